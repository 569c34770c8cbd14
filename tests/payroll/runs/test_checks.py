"""What pay holds against a person's leaving, and which grades it lends the roster."""

from __future__ import annotations

from datetime import date

import pytest

from branch.people.models import Engagement
from branch.people.queries import person_for
from branch.roster.register import grades_known
from branch.staff.actions import register_leaving
from kernel.refusals import Refusal
from payroll.runs.models import PayRun
from payroll.runs.states import APPROVED, REVIEW, VOID
from payroll.schemes.models import SchemeVersion
from tests.factories.close import AUGUST, settled_branch


@pytest.mark.django_db
def test_a_leaving_inside_a_closed_month_or_before_a_later_run_is_refused() -> None:
    people = settled_branch()
    run = PayRun.objects.create(
        number="x", branch=people.branch, month=AUGUST, pay_month=AUGUST.next, scheme=SchemeVersion.objects.get(),
        maker=people["600002"], state=APPROVED, digest="x",
    )  # fmt: skip

    def leave(last_day: date) -> None:
        register_leaving(person=person_for("600103"), last_day=last_day, reason="辞职", by=people["600001"])

    for last_day in (date(2026, 7, 31), date(2026, 8, 14)):
        with pytest.raises(Refusal, match=r"2026.*8.*已批"):
            leave(last_day)
    run.state = REVIEW
    run.save()
    with pytest.raises(Refusal, match="待审"):
        leave(date(2026, 7, 31))  # a later run, even an unsigned one, has counted the person in
    run.state = APPROVED
    run.save()
    leave(date(2026, 8, 31))  # the whole of a closed month stays as it was paid
    assert Engagement.objects.get(person__staff_no="600103").ended_on == date(2026, 8, 31)
    run.state = VOID
    run.save()
    register_leaving(person=person_for("600102"), last_day=date(2026, 8, 14), reason="辞职", by=people["600001"])


@pytest.mark.django_db
def test_the_roster_learns_the_grades_of_the_scheme_in_force() -> None:
    people = settled_branch()
    scheme = SchemeVersion.objects.get()
    assert grades_known(people.branch, date(2026, 8, 1)) == set(scheme.scheme().grades) != set()
    assert grades_known(people.branch, date(2020, 1, 1)) == set()
