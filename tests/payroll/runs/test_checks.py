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
from tests.factories.close import AUGUST, computed, settled_branch
from tests.factories.runs import make_ready, small_branch


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
@pytest.mark.parametrize(("lots", "refused"), [("continue", False), ("release", True), ("forfeit", True)])
def test_a_leaving_at_the_end_of_a_signed_month_is_refused_where_its_slip_should_have_settled_lots(
    lots: str, refused: bool
) -> None:
    people = small_branch()
    SchemeVersion.objects.update(data={**SchemeVersion.objects.get().data, "leaver": {"lots": lots}})
    make_ready(people, AUGUST)
    run = computed(people, AUGUST)
    lot = {"origin": "2026-07", "balance": "110.00", "left": 11, "instalment": "10.00"}
    for number, kept in (("600102", [lot]), ("600103", []), ("600105", [])):
        slip = run.slips.get(staff_no=number)
        slip.carried_after["lots"] = kept
        slip.save()
    PayRun.objects.update(state=APPROVED)

    def leave(number: str, last_day: date) -> None:
        register_leaving(person=person_for(number), last_day=last_day, reason="辞职", by=people["600001"])

    if refused:
        with pytest.raises(Refusal, match=r"没有把夏娜芳.*作离职结算.*还没有发放的请先冲销"):
            leave("600102", date(2026, 8, 31))
        leave("600102", date(2026, 9, 30))
    else:
        leave("600102", date(2026, 8, 31))
    leave("600103", date(2026, 8, 31))  # nothing is kept back
    leave("600105", date(2026, 8, 31))


@pytest.mark.django_db
def test_the_roster_learns_the_grades_of_the_scheme_in_force() -> None:
    people = settled_branch()
    scheme = SchemeVersion.objects.get()
    assert grades_known(people.branch, date(2026, 8, 1)) == set(scheme.scheme().grades) != set()
    assert grades_known(people.branch, date(2020, 1, 1)) == set()
