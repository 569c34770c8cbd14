"""Where a month begins for who came from another branch, changed the kind of engagement, or was away over New Year."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from approvals.requests.actions import decide
from branch.people.employment import employed_rows
from branch.people.models import Engagement
from clients.figures.models import ManagerFigure
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.corrections.recomputing import recompute
from payroll.intake.models import MonthlyInput
from payroll.runs import chain
from payroll.runs.chain import starts_of
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.report import rows, slips_for_report
from payroll.runs.states import APPROVED, ISSUED, REVERSED
from tests.factories.branch import People
from tests.factories.close import committed, computed
from tests.factories.runs import (
    AUGUST,
    OCTOBER,
    SEPTEMBER,
    approved_run,
    engage,
    fresh,
    make_ready,
    second_branch,
    sent_up_run,
    sign,
    three,
)

LOT = {"origin": "2026-07", "balance": "110.00", "left": 11, "instalment": "10.00"}
ARREAR = {"number": "GZ-1", "month": "2026-07", "slip": 1, "balance": "88.00"}


@pytest.fixture
def there(people: People) -> People:
    """600103 left for another branch on 1 October; here August is approved and September with its signers."""
    approved_run(people, AUGUST)
    make_ready(people, SEPTEMBER)
    other = second_branch(people)
    engage(people, "600103", OCTOBER.first, at=other)
    make_ready(other, OCTOBER, only=["600103"])
    sent_up_run(people, SEPTEMBER)
    return other


def slip(people: People, month: Month, no: str = "600103") -> PaySlip:
    return PaySlip.objects.get(person=people[no], month=month, current=True)


def test_a_mover_waits_for_the_month_where_they_came_from(people: People, there: People) -> None:
    (problem,) = computed(there, OCTOBER).problems
    assert problem == ("600103 丁一凡:2026年9月在深圳福田营业部,请先批准深圳福田营业部2026年9月的薪酬月报(审批中),再核算本月")
    september = PayRun.objects.get(month=SEPTEMBER)
    sign(september.approval, *three(people))
    run = computed(there, OCTOBER)
    assert not run.problems
    assert slip(people, OCTOBER).facts["sources"]["previous_slip"] == slip(people, SEPTEMBER).pk
    before, after = slip(people, SEPTEMBER).carried_after["chain"], slip(people, OCTOBER).carried_after["chain"]
    assert Decimal(after["additional"]) - Decimal(before["additional"]) == 2000


def test_a_month_reversed_and_not_redone_is_waited_for_too(people: People, there: People) -> None:
    PayRun.objects.filter(month=SEPTEMBER).update(state=REVERSED)
    PaySlip.objects.filter(month=SEPTEMBER).update(current=False)
    assert "还没有核算,或已冲销" in computed(there, OCTOBER).problems[0]


def test_a_branch_that_reckoned_nothing_by_then_is_not_waited_for(people: People) -> None:
    """Served elsewhere before pay was kept here: nothing is to come from there."""
    other = second_branch(people)
    Engagement.objects.create(
        person=people["600104"], branch=people.branch, kind="employee", hired_on=date(2025, 1, 6),
        ended_on=date(2026, 7, 31), contract_from=date(2025, 1, 6),
    )  # fmt: skip
    assert not computed(people, AUGUST).problems
    assert other.branch != people.branch


def test_the_last_signature_looks_where_everybody_came_from_once_more(
    people: People, there: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before_it_was_known:
        before_it_was_known.setattr(chain, "_unsettled", lambda *_: [])
        run = sent_up_run(there, OCTOBER)
    assert slip(people, OCTOBER).facts["sources"]["previous_slip"] == slip(people, AUGUST).pk
    accountant, deputy, manager = three(people)
    sign(run.approval, accountant, deputy)
    with pytest.raises(Refusal, match="不能签本月的最后一环") as refused:
        sign(run.approval, manager)
    assert refused.value.code == "elsewhere_open"
    assert "600103 丁一凡:2026年9月在深圳福田营业部" in refused.value.items[0]
    sign(PayRun.objects.get(month=SEPTEMBER).approval, *three(people))
    with pytest.raises(Refusal, match="重新计算本月") as refused:
        sign(run.approval, manager)
    assert (refused.value.code, refused.value.items) == ("stale", ["600103 丁一凡"])
    assert run.approval is not None
    run.approval.refresh_from_db()
    with committed():
        decide(request_id=run.approval.pk, act="return", opinion="重算", seen_digest=run.digest, by=manager, reentered=True)
    again = approved_run(there, OCTOBER)
    assert fresh(again).state == APPROVED
    assert slip(people, OCTOBER).facts["sources"]["previous_slip"] == slip(people, SEPTEMBER).pk


def carry(run: PayRun, no: str, **state: object) -> PaySlip:
    """Give the slip something to carry on."""
    found = run.slips.get(staff_no=no)
    found.carried_after |= state
    found.save()
    return found


def test_an_employee_who_becomes_a_broker_and_again_an_employee_has_two_chains(people: People) -> None:
    engage(people, "600103", SEPTEMBER.first, "broker")
    august = computed(people, AUGUST)
    assert august.slips.get(staff_no="600103").facts["person"]["left_on"] == "2026-08-31"
    last = carry(august, "600103", lots=[LOT], negative_commission="-7.00", arrears=[ARREAR])
    make_ready(people, SEPTEMBER)
    MonthlyInput.objects.filter(person=people["600103"], month=SEPTEMBER).update(vat=0)
    run = computed(people, SEPTEMBER)
    assert not run.problems
    broker = run.slips.get(staff_no="600103")
    assert broker.carried_before == {"chain": None, "lots": [], "negative_commission": "0.00", "arrears": [ARREAR]}
    assert broker.facts["sources"]["arrears_slip"] == last.pk
    assert broker.carried_after["chain"]["kind"] == "broker"
    assert broker.carried_after["chain"]["employed_from"] == 9

    carry(run, "600103", arrears=[ARREAR | {"balance": "33.00"}])
    engage(people, "600103", OCTOBER.first)
    make_ready(people, OCTOBER)
    run = computed(people, OCTOBER)
    assert run.problems == ["600103 丁一凡:2026年8月在深圳福田营业部,请先批准深圳福田营业部2026年8月的薪酬月报(待审),再核算本月"]
    PayRun.objects.filter(pk=august.pk).update(state=APPROVED)
    run = computed(people, OCTOBER)
    assert not run.problems
    again = run.slips.get(staff_no="600103")
    assert again.carried_before["chain"] == last.carried_after["chain"]
    assert again.carried_before["lots"] == [LOT]
    assert again.carried_before["negative_commission"] == "-7.00"
    assert again.carried_before["arrears"] == [ARREAR | {"balance": "33.00"}]
    assert again.facts["sources"]["previous_slip"] == last.pk
    began, ended = again.carried_before["chain"], again.carried_after["chain"]
    assert again.facts["person"]["away"] == 1, "September, when they were a broker"
    assert (Decimal(began["basic"]), Decimal(ended["basic"])) == (45000, 50000), "January to August, October, November"
    assert Decimal(ended["additional"]) - Decimal(began["additional"]) == 2000
    assert "1 个月不在职或是另一种用工" in str([line.rule for line in again.explained()])


def test_months_served_elsewhere_or_of_another_year_are_not_months_away(people: People) -> None:
    """August's slip is the last one here; what lies between it and the new day of hire counts by what was served in it."""
    other = second_branch(people)
    computed(people, AUGUST)
    PayRun.objects.update(state=APPROVED)
    Engagement.objects.filter(person=people["600103"]).update(ended_on=date(2026, 8, 31))

    def away(back: date) -> list[str]:
        month = Month.of(back)
        engagement = next(row for row in employed_rows(people.branch, month) if row.person_id == people["600103"].pk)
        start = starts_of(people.branch, month, [engagement]).starts[people["600103"].pk]
        found = [str(one) for one in start.away]
        assert start.away_in(2026) == sum(one.startswith("2026") for one in found)
        assert start.away_in(2027) == 0, "a chain of 2027 begins with the day of hire"
        return found

    engage(people, "600103", date(2027, 1, 11))
    assert away(date(2027, 1, 11)) == ["2026-09", "2026-10", "2026-11", "2026-12"]
    Engagement.objects.create(
        person=people["600103"], branch=other.branch, kind="employee", hired_on=date(2026, 10, 20),
        ended_on=date(2026, 11, 3), contract_from=date(2026, 10, 20),
    )  # fmt: skip
    assert away(date(2027, 1, 11)) == ["2026-09", "2026-12"]


def test_a_broker_who_becomes_an_employee_is_paid_and_reported(people: People) -> None:
    computed(people, AUGUST)
    engage(people, "600105", SEPTEMBER.first)
    make_ready(people, SEPTEMBER)
    days = {"due_days": 21, "worked_days": 21, "damages_balance": 0}
    zero = ("personal_leave", "sick_leave", "absence", "overtime_weekday", "overtime_rest", "overtime_statutory")
    MonthlyInput.objects.filter(person=people["600105"], month=SEPTEMBER).update(**days, **dict.fromkeys(zero, 0))
    run = computed(people, SEPTEMBER)
    assert not run.problems
    (row,) = [one for one in rows(run, slips_for_report(run)) if one["staff_no"] == "600105"]
    assert row["special_additional"] == 4000, "of September, when they were hired, and of October, when it is paid"
    chain_of = run.slips.get(staff_no="600105").carried_after["chain"]
    assert (chain_of["kind"], chain_of["employed_from"]) == ("salary", 9)


def test_a_correction_hands_nothing_from_one_kind_to_the_other(people: People) -> None:
    """With nothing to correct the months come out as they were paid."""
    engage(people, "600103", SEPTEMBER.first, "broker")
    ManagerFigure.objects.filter(person=people["600103"], month=AUGUST).update(net_commission=-500)
    computed(people, AUGUST)
    assert slip(people, AUGUST).carried_after["negative_commission"] == "-500.00"
    make_ready(people, SEPTEMBER)
    MonthlyInput.objects.filter(person=people["600103"], month=SEPTEMBER).update(vat=0)
    assert not computed(people, SEPTEMBER).problems
    PayRun.objects.update(state=ISSUED, issued_on=date(2026, 10, 7))
    assert recompute(people.branch, AUGUST, {}).redone == []


@pytest.mark.parametrize("back", [date(2026, 11, 2), date(2027, 1, 11), date(2028, 3, 1)])
def test_who_comes_back_brings_what_is_not_tax_whatever_the_year(people: People, back: date) -> None:
    august = computed(people, AUGUST)
    last = carry(august, "600103", lots=[LOT], negative_commission="-7.00", arrears=[ARREAR])
    PayRun.objects.update(state=APPROVED)
    Engagement.objects.filter(person=people["600103"]).update(ended_on=date(2026, 8, 31))
    engage(people, "600103", back)
    month = Month.of(back)
    (engagement,) = [row for row in employed_rows(people.branch, month) if row.person_id == people["600103"].pk]
    start = starts_of(people.branch, month, [engagement]).starts[people["600103"].pk]
    assert start.source == {"previous_slip": last.pk}
    assert start.carried.as_dict() == last.carried_after


def test_who_comes_back_waits_for_the_month_they_left_in(people: People) -> None:
    computed(people, AUGUST)
    Engagement.objects.filter(person=people["600103"]).update(ended_on=date(2026, 8, 31))
    engage(people, "600103", OCTOBER.first)
    engagements = [row for row in employed_rows(people.branch, OCTOBER) if row.person_id == people["600103"].pk]
    found = starts_of(people.branch, OCTOBER, engagements)
    assert any("600103 丁一凡:2026年8月在深圳福田营业部" in sentence and "(待审)" in sentence for sentence in found.problems)
