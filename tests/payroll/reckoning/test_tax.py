from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import yuan
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.reckoning import tax
from payroll.reckoning.tax import BrokerChain, SalaryChain, TaxTable, Withheld
from tests.payroll.reckoning.reference import lookup

DAY = date(2026, 10, 1)
ANNUAL = TaxTable.of(lookup("iit.annual_table", DAY))
MONTHLY = TaxTable.of(lookup("iit.monthly_table", DAY))
BASIC = {"basic_month": Decimal(5000), "lump_amount": Decimal(60000)}
RATES = {"expense_rate": Decimal("0.20"), "development_cost_rate": Decimal("0.25")}
RETURNING: dict[str, Any] = yaml.safe_load((Path(settings.BASE_DIR) / "tests" / "tables" / "returning.yaml").read_text())
MONEY = st.decimals(min_value=0, max_value=200000, places=2)


def D(text: str) -> Decimal:
    return Decimal(text)


def paid(chain: SalaryChain, month: int, income: str, **more: Decimal) -> tuple[SalaryChain, Withheld]:
    return tax.salary_step(chain, ANNUAL, month, income=D(income), **BASIC, **more)


@pytest.mark.parametrize(
    ("taxable", "rate"),
    [
        ("-5", "0.03"),
        ("0", "0.03"),
        ("36000", "0.03"),
        ("36000.01", "0.10"),
        ("144000", "0.10"),
        ("144000.01", "0.20"),
        ("960000", "0.35"),
        ("960000.01", "0.45"),
    ],
)
def test_a_row_includes_its_upper_bound(taxable: str, rate: str):
    assert ANNUAL.row(D(taxable)).rate == D(rate)


@pytest.mark.parametrize(
    "rows", [[], [[100, "0.1", 0]], [[None, "0.1", 0], [None, "0.2", 0]], [[200, "0.1", 0], [100, "0.2", 0], [None, "0.3", 0]]]
)
def test_a_table_that_is_none_is_refused(rows: list[list[object]]):
    with pytest.raises(Refusal):
        TaxTable.of(rows)  # type: ignore[arg-type]


def test_tax_is_rounded_half_up_where_bankers_rounding_differs():
    _, step = paid(SalaryChain(2026), 1, "5000.50")
    assert step.tax == D("0.02")
    _, step = paid(SalaryChain(2026), 1, "41000.05")
    assert step.cum_tax == D("1080.01")


def test_a_negative_balance_withholds_nothing_and_eats_later_tax():
    chain, first = paid(SalaryChain(2026), 1, "1000.00")
    assert (first.cum_taxable, first.tax) == (D("-4000.00"), D("0.00"))
    chain, second = paid(chain, 2, "10000.00")
    assert (second.cum_taxable, second.tax) == (D("1000.00"), D("30.00"))


def test_no_refund_within_the_year_when_the_cumulative_tax_falls():
    chain, first = paid(SalaryChain(2026), 1, "15000.00")
    assert first.tax == D("300.00")
    chain, second = paid(chain, 2, "0.00")
    assert (second.cum_tax, second.tax) == (D("150.00"), D("0.00"))
    assert chain.withheld == D("300.00")
    _, third = paid(chain, 3, "10500.00")
    assert (third.cum_tax, third.tax) == (D("315.00"), D("15.00"))


def test_relief_comes_off_before_what_was_withheld():
    chain, first = paid(SalaryChain(2026), 1, "13000.00", relief=D("50"))
    assert (first.cum_tax, first.tax) == (D("240.00"), D("190.00"))
    _, second = paid(chain, 2, "13000.00", relief=D("50"))
    assert second.tax == D("190.00")


def test_the_lump_stands_in_place_of_the_months():
    chain = SalaryChain(2026, lump=True)
    for month in range(1, 11):
        chain, step = paid(chain, month, "6000.00")
        assert step.tax == D("0.00")
        assert chain.basic == D("60000")
    _, step = paid(chain, 11, "6000.00")
    assert step.tax == D("180.00")


@pytest.mark.parametrize(
    ("hired", "payment", "from_january", "expected"),
    [
        ((2026, 9), (2026, 10), False, (9, 9)),
        ((2026, 7), (2026, 8), True, (7, 1)),
        ((2025, 12), (2026, 1), False, (1, 1)),
        ((2024, 2), (2026, 9), False, (1, 1)),
        ((2026, 1), (2026, 1), False, (1, 1)),
    ],
)
def test_where_a_new_chain_starts(
    hired: tuple[int, int], payment: tuple[int, int], from_january: bool, expected: tuple[int, int]
):
    assert tax.starting_months(Month(*hired), Month(*payment), from_january=from_january) == expected


@pytest.mark.parametrize(
    ("employed_from", "last_month", "month", "added"),
    [(9, 0, 10, 2), (9, 10, 11, 1), (1, 8, 9, 1), (12, 0, 12, 1), (1, 0, 1, 1), (3, 5, 5, 0), (3, 5, 8, 3)],
)
def test_months_that_special_additional_deductions_add(employed_from: int, last_month: int, month: int, added: int):
    assert SalaryChain(2026, employed_from, employed_from, last_month=last_month).months_added(month) == added


@pytest.mark.parametrize("case", RETURNING["months"], ids=lambda case: case["name"])
def test_months_that_are_none_of_employment_are_not_counted(case: dict[str, Any]) -> None:
    start, from_january = case["from"], case.get("from_january", False)
    begun = SalaryChain(2026, start, 1 if from_january else start, last_month=case["paid"])
    chain, _ = paid(begun.resumed(case["away"], from_january=from_january), case["now"], "8000.00")
    assert (chain.basic / 5000, begun.months_added(case["now"], case["away"])) == (case["months"], case["added"])
    if not from_january:
        broker = BrokerChain(2026, start, start, last_month=case["paid"]).resumed(case["away"])
        after, _ = tax.broker_step(broker, ANNUAL, case["now"], net=D("8000.00"), **BASIC, **RATES)
        assert after.basic == 5000 * case["months"]


@pytest.mark.parametrize("case", [case for case in RETURNING["months"] if case["away"]], ids=lambda case: case["name"])
def test_the_month_after_the_first_one_back_counts_one_more(case: dict[str, Any]) -> None:
    start = case["from"]
    chain, _ = paid(SalaryChain(2026, start, start, last_month=case["paid"]).resumed(case["away"]), case["now"], "8000.00")
    if case["now"] < 12:
        assert chain.months_added(case["now"] + 1) == 1
        after, _ = paid(chain, case["now"] + 1, "8000.00")
        assert after.basic - chain.basic == 5000


def test_under_announcement_13_the_5000_count_from_january_and_the_additional_deductions_from_the_hire_month():
    chain = SalaryChain(2026, employed_from=7, basic_start=1)
    assert chain.months_added(8) == 2
    after, _ = paid(chain, 8, "30000.00")
    assert after.basic == D("40000")


def test_an_earlier_month_than_the_last_payment_is_refused():
    with pytest.raises(Refusal, match="不能再按 7 月发放"):
        paid(SalaryChain(2026, last_month=8), 7, "1.00")


@given(st.lists(MONEY, min_size=12, max_size=12), st.lists(MONEY, min_size=12, max_size=12))
def test_january_to_december_in_one_go_equals_the_chain(incomes: list[Decimal], deductions: list[Decimal]):
    chain = SalaryChain(2026)
    for month, (income, deduction) in enumerate(zip(incomes, deductions, strict=True), 1):
        chain, step = tax.salary_step(chain, ANNUAL, month, income=income, special=deduction, **BASIC)
        taxable = sum(incomes[:month]) - sum(deductions[:month]) - 5000 * month
        assert step.cum_taxable == taxable
        assert step.cum_tax == ANNUAL.tax(taxable)
        assert step.tax >= 0
        # What was withheld is the highest cumulative tax so far: nothing is refunded within the year.
    seen = [ANNUAL.tax(sum(incomes[:m]) - sum(deductions[:m]) - 5000 * m) for m in range(1, 13)]
    assert chain.withheld == max(seen)


@given(st.lists(MONEY, min_size=1, max_size=12))
def test_the_broker_s_chain_is_the_formula(nets: list[Decimal]):
    chain = BrokerChain(2026)
    incomes = costs = Decimal(0)
    for month, net in enumerate(nets, 1):
        chain, step = tax.broker_step(chain, ANNUAL, month, net=net, surtax=D("0.60"), **BASIC, **RATES)
        income = net - yuan(net * D("0.2"))
        incomes, costs = incomes + income, costs + yuan(income * D("0.25"))
        assert step.withheld.cum_taxable == incomes - costs - 5000 * month - D("0.60") * month
        assert step.withheld.cum_taxable == chain.taxable


@given(MONEY, MONEY)
def test_states_survive_json(income: Decimal, withheld: Decimal):
    for chain in (SalaryChain(2026, 3, 1, True, 9, income=income, withheld=withheld), BrokerChain(2025, 2, 2, surtax=income)):
        assert tax.chain_from_dict(json.loads(json.dumps(chain.as_dict()))) == chain
    with pytest.raises(ValueError, match="不是税款累计的种类"):
        tax.chain_from_dict({"kind": "other"})


@pytest.mark.parametrize(
    ("bonus", "loss"),
    [
        ("36001", "2309.10"),
        ("144001", "13199.20"),
        ("300001", "13749.25"),
        ("420001", "19249.30"),
        ("660001", "30249.35"),
        ("960001", "87999.45"),
    ],
)
def test_one_yuan_more_of_bonus_leaves_this_much_less(bonus: str, loss: str):
    more, less = D(bonus), D(bonus) - 1
    assert tax.annual_bonus(more, MONTHLY) - tax.annual_bonus(less, MONTHLY) == D(loss) + 1
    assert "加税区间" in (tax.bonus_trap(more, MONTHLY) or "")
    assert tax.bonus_trap(less, MONTHLY) is None


def test_well_above_a_bound_there_is_no_trap():
    assert tax.bonus_trap(D("40000"), MONTHLY) is None
    assert tax.bonus_trap(D("1000"), MONTHLY) is None
