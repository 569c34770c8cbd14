"""Where a month begins for those who leave, come back, or are paid into a new year."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from branch.people.employment import employed_rows
from branch.people.models import Engagement
from kernel.months import Month
from payroll.runs.chain import starts_of
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.states import APPROVED
from tests.factories.branch import People
from tests.factories.close import computed
from tests.factories.runs import AUGUST, SEPTEMBER, make_ready


def test_december_paid_in_january_begins_the_new_year(people: People) -> None:
    run = computed(people, AUGUST, pay_month=Month(2027, 1))
    assert run.problems == []
    slip = run.slips.get(staff_no="600103")
    assert slip.carried_before["chain"]["year"] == 2026
    after = slip.carried_after["chain"]
    assert (after["year"], Decimal(after["income"]), Decimal(after["basic"])) == (2027, slip.gross_pay, Decimal(5000))


def test_one_who_comes_back_within_the_year_goes_on_with_the_chain(people: People) -> None:
    august = computed(people, AUGUST)
    PayRun.objects.update(state=APPROVED)
    back = people["600103"]
    Engagement.objects.filter(person=back).update(ended_on=date(2026, 8, 31))
    Engagement.objects.create(
        person=back,
        branch=people.branch,
        kind="employee",
        hired_on=date(2026, 10, 8),
        contract_from=date(2026, 10, 8),
        medical_tier="一档",
        insurance_base=8000,
        housing_fund_rate=Decimal("0.05"),
        additional_total=0,
    )
    (engagement,) = [row for row in employed_rows(people.branch, Month(2026, 10)) if row.person_id == back.pk]
    found = starts_of(people.branch, Month(2026, 10), [engagement])
    assert found.starts[back.pk].source == {"previous_slip": august.slips.get(person=back).pk}
    assert any("请先核算 2026年9月" in sentence for sentence in found.problems)


def test_slips_of_an_unapproved_other_branch_are_not_taken(people: People) -> None:
    """Somebody who came from another branch goes on from the slip there, once it has been approved."""
    august = computed(people, AUGUST)
    make_ready(people, SEPTEMBER)
    other = PaySlip.objects.get(run=august, staff_no="600103")
    assert other.run.state != APPROVED
    september = computed(people, SEPTEMBER)
    assert september.slips.get(staff_no="600103").facts["sources"]["previous_slip"] == other.pk
