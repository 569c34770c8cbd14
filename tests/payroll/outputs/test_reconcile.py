"""Whatever a month holds, its papers agree; whatever single amount is changed, they don't."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.money import total
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.outputs.pay import Pay
from payroll.outputs.reconcile import Reconciliation, RunTotals, reconcile
from payroll.outputs.summaries import BANK, TO_RECOVER, voucher
from payroll.reckoning.adjustments import AMOUNTS, Adjustment
from payroll.reckoning.facts import Carried
from payroll.reckoning.lines import Reckoning
from tests.payroll.reckoning.makers import D, broker, broker_state, employee, inputs, pay, salary_state

MONEY = st.decimals(min_value="-20000", max_value="200000", places=2)
DIFFERENCE = st.decimals(min_value="-9000", max_value="9000", places=2)
SMALL = st.decimals(min_value="0", max_value="3000", places=2)
TEAMS = st.sampled_from(["营销一部", "营销二部", ""])


def as_pay(number: int, done: Reckoning, before: Carried, due: Sequence[Adjustment] = ()) -> Pay:
    """The reckoning as its slip would be read back."""
    figures, social = done.figures, ("养老", "医疗", "失业", "公积金")
    after, chain = done.carried_after.as_dict()["chain"], before.as_dict()["chain"]
    return Pay(
        person_id=number,
        staff_no=f"60{number:04d}",
        name=done.name,
        kind=done.kind,
        team=("营销一部", "营销二部", "")[number % 3],
        grade="" if done.kind == "证券经纪人" else ("中级", "高级")[number % 2],
        figures=figures,
        columns={
            "gross_pay": figures["应发"],
            "social": total(figures[name] for name in social),
            "iit": figures["个税"],
            "net_pay": figures["实发"],
            "employer_si": done.employer_total,
        },
        employer=done.employer,
        before=chain,
        after=after,
        earlier={name: total(getattr(one, name) for one in due) for name in AMOUNTS},
        lent=total(one.balance for one in done.carried_after.arrears if one.of_net),
    )


@st.composite
def months(draw: st.DrawFn) -> list[Pay]:
    """A handful of employees and brokers with any commission, allowance and deduction."""
    found = []
    for number in range(draw(st.integers(1, 5))):
        net, other, allowance = draw(MONEY), draw(SMALL), draw(SMALL)
        amounts = {name: draw(DIFFERENCE) for name in ("gross", "after_tax", *draw(st.sampled_from([(), ("vat", "surtax")])))}
        due = (Adjustment(1, "GZ-1", Month(2026, 8), 8, "更正", **amounts),) if draw(st.booleans()) else ()
        if draw(st.booleans()):
            before = salary_state()
            facts = employee(inputs(other_deduction=other, other_allowance=allowance), net_commission=net, adjustments=due)
        else:
            before = broker_state()
            given_inputs = replace(broker().inputs, other_deduction=other, other_allowance=allowance, vat=draw(SMALL))
            facts = broker(given_inputs, net_commission=net, adjustments=due)
        found.append(as_pay(number, pay(facts, before), before, due))
    return found


def totals(pays: Sequence[Pay]) -> RunTotals:
    """As the run has them: sums of the slips' columns."""
    sums = {name: total(one.columns[name] for one in pays) for name in ("gross_pay", "iit", "net_pay", "employer_si")}
    return RunTotals(len(pays), sums["gross_pay"], sums["iit"], sums["net_pay"], sums["employer_si"], sums)


def checked(pays: Sequence[Pay], run: RunTotals | None = None) -> Reconciliation:
    return reconcile(pays, run or totals(pays))


@settings(max_examples=60, deadline=None)
@given(months())
def test_every_month_agrees_with_itself(pays: list[Pay]) -> None:
    found = checked(pays)
    assert found.holds, found.sentences
    assert {check.label for check in found.checks} >= {"应发合计", "实发合计", "个人所得税", "社保公积金(单位)", "三险一金(个人)"}
    found.require()


CHANGEABLE = ("应发", "实发", "个税", "养老", "医疗", "失业", "公积金", "底薪", "绩效", "其他扣款", "风险金", "附加", "增值税")


@settings(max_examples=80, deadline=None)
@given(months(), st.sampled_from(CHANGEABLE), st.sampled_from([D("0.01"), D("-0.01"), D("100")]), st.data())
def test_no_changed_amount_goes_unseen(pays: list[Pay], column: str, amount: Decimal, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(pays) - 1))
    one = pays[at]
    pays[at] = replace(one, figures={**one.figures, column: one.figures[column] + amount})
    found = checked(pays)
    assert not found.holds
    with pytest.raises(Refusal, match="不一致"):
        found.require()


@settings(max_examples=40, deadline=None)
@given(months())
def test_the_bank_account_is_credited_with_what_the_bank_file_pays_out(pays: list[Pay]) -> None:
    booked = {entry.account: entry.amount for entry in voucher(pays)}
    assert booked.get(BANK, D(0)) == total(max(one["实发"], D(0)) for one in pays)
    assert booked.get(TO_RECOVER, D(0)) == total(max(-one["实发"], D(0)) for one in pays)


@settings(max_examples=40, deadline=None)
@given(months(), st.sampled_from(["gross_pay", "iit", "net_pay", "employer_si", "social"]))
def test_no_changed_column_goes_unseen(pays: list[Pay], column: str) -> None:
    one = pays[0]
    pays[0] = replace(one, columns={**one.columns, column: one.columns[column] + D("0.01")})
    assert not checked(pays).holds


@pytest.mark.parametrize("field", ["headcount", "gross", "iit", "net", "employer"])
def test_the_runs_own_totals_are_held_against_the_rest(field: str) -> None:
    before = salary_state()
    pays = [as_pay(1, pay(employee(), before), before)]
    run = totals(pays)
    assert checked(pays, run).holds
    assert not checked(pays, replace(run, **{field: getattr(run, field) + 1})).holds


@pytest.mark.parametrize("key", ["gross_pay", "iit", "net_pay", "employer_si"])
def test_the_signed_report_is_held_against_the_rest(key: str) -> None:
    before = salary_state()
    pays = [as_pay(1, pay(employee(), before), before)]
    run = totals(pays)
    assert not checked(pays, replace(run, report={**run.report, key: run.report[key] + D("0.01")})).holds


def test_somebody_left_out_is_missed() -> None:
    before = salary_state()
    pays = [as_pay(number, pay(employee(), before), before) for number in (1, 2)]
    assert not checked(pays[:1], totals(pays)).holds


def test_an_altered_slip_is_named_even_where_all_sums_agree() -> None:
    before = salary_state()
    pays = [as_pay(1, pay(employee(), before), before)]
    found = reconcile(pays, totals(pays), altered=["600001 张三"])
    assert not found.holds
    assert found.sentences == ["600001 张三:工资单内容与签字时不同"]


def test_a_new_years_chain_counts_from_nothing() -> None:
    before = salary_state()
    done = pay(employee(), before)
    one = as_pay(1, done, before)
    assert one.grown("income") == done.figures["应发"]
    turned = replace(one, before={**before.as_dict()["chain"], "year": 2025})
    assert turned.grown("income") == Decimal(one.after["income"])
    other = replace(one, before={**before.as_dict()["chain"], "kind": "broker"})
    assert other.grown("income") == Decimal(one.after["income"])
