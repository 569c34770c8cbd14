"""补发 and 扣回: nothing is lost, nothing taken beyond what the law lets a month bear, and the sums hold to the 分."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.months import Month
from kernel.refusals import Refusal
from payroll.reckoning.adjustments import Adjustment, Arrear, recoverable, settle
from payroll.reckoning.facts import Carried, PersonFacts
from payroll.reckoning.lines import EARLIER, EARLIER_DEDUCTIONS, Line, Reckoning
from payroll.reckoning.reading import parse_scheme
from payroll.runs.frozen import person_as_dict, person_from_dict
from tests.payroll.reckoning.makers import D, broker, employee, parameters, pay, salary_state
from tests.payroll.reckoning.reference import scheme_data

fen = st.integers(-2_000_000, 2_000_000).map(lambda cents: Decimal(cents).scaleb(-2))
positive = st.integers(1, 2_000_000).map(lambda cents: Decimal(cents).scaleb(-2))
months = st.integers(1, 9).map(lambda month: Month(2026, month))


def adjustments(least: int = 0) -> st.SearchStrategy[tuple[Adjustment, ...]]:
    made = st.builds(
        Adjustment,
        key=st.integers(1, 9999),
        number=st.sampled_from(["GZ-1", "GZ-2", "GZ-3"]),
        month=months,
        slip=st.integers(1, 99),
        reason=st.just("职责分"),
        gross=fen,
        special=fen.map(lambda value: value / 100).map(lambda value: value.quantize(Decimal("0.01"))),
        after_tax=fen.map(lambda value: (value / 100).quantize(Decimal("0.01"))),
        parts=st.sampled_from([{}, {"单位": {"工伤": D("3.20"), "养老": D("-16.00")}, "专项附加": {"赡养老人": D("1000.00")}}]),
    )
    return st.lists(made, min_size=least, max_size=4).map(tuple)


arrears = st.lists(
    st.builds(Arrear, number=st.sampled_from(["GZ-1", "GZ-2"]), month=months, slip=st.just(1), balance=positive), max_size=3
).map(tuple)


@given(adjustments(), arrears, positive)
def test_what_is_owed_is_taken_or_carried_on(due: tuple[Adjustment, ...], old: tuple[Arrear, ...], limit: Decimal) -> None:
    items, left = settle(due, old, limit)
    owed = sum((one.gross for one in due), D(0)) - sum((one.balance for one in old), D(0))
    paid = sum((item.amount for item in items), D(0))
    assert paid - sum((one.balance for one in left), D(0)) == owed
    assert paid >= -limit
    assert all(one.balance > 0 for one in left)
    assert all(item.amount == item.owed for item in items if item.owed > 0)
    assert all(item.owed <= item.amount <= 0 for item in items if item.owed < 0)


@given(adjustments(), arrears, positive)
def test_nothing_is_carried_on_while_there_is_room(due: tuple[Adjustment, ...], old: tuple[Arrear, ...], limit: Decimal) -> None:
    items, left = settle(due, old, limit)
    if left:
        assert sum((item.amount for item in items), D(0)) == -limit


@given(fen, st.sampled_from([D("0.10"), D("0.20")]), positive, positive)
def test_a_months_wage_bears_no_more_than_the_share_and_keeps_the_minimum(
    wage: Decimal, share: Decimal, taken: Decimal, keep: Decimal
) -> None:
    limit = recoverable(wage, share, taken, keep)
    assert limit >= 0
    if limit:
        assert limit + taken <= wage * share + D("0.01")
        assert wage - taken - limit >= keep


def test_the_oldest_is_taken_first() -> None:
    old = (Arrear("GZ-1", Month(2026, 7), 7, D("300.00")),)
    due = (Adjustment(1, "GZ-2", Month(2026, 8), 8, "职责分", gross=D("-500.00")),)
    items, left = settle(due, old, D("400.00"))
    assert [(item.month, item.amount) for item in items] == [(Month(2026, 7), D("-300.00")), (Month(2026, 8), D("-100.00"))]
    assert left == (Arrear("GZ-2", Month(2026, 8), 8, D("400.00")),)


def _plain_and_adjusted(facts: PersonFacts, due: tuple[Adjustment, ...]) -> tuple[Reckoning, Reckoning]:
    return pay(facts), pay(replace(facts, adjustments=due))


@pytest.mark.parametrize("who", [employee(), broker()], ids=["员工", "经纪人"])
@given(due=adjustments(1))
def test_lines_make_the_figure_and_the_figures_make_the_slip(who: PersonFacts, due: tuple[Adjustment, ...]) -> None:
    """`pay` checks that 应发 and 实发 are the sums of their parts."""
    plain, adjusted = _plain_and_adjusted(who, due)
    lines = [line for line in adjusted.lines if line.code == "adjustment"]
    assert sum((line.amount for line in lines), D(0)) == adjusted.figures.get(EARLIER, D(0))
    assert adjusted.gross == plain.gross + adjusted.figures[EARLIER]
    left = {of_net: D(0) for of_net in (False, True)}
    for one in adjusted.carried_after.arrears:
        left[one.of_net] += one.balance
    assert adjusted.figures.get(EARLIER_DEDUCTIONS, D(0)) + left[True] == sum((one.deductions for one in due), D(0))
    assert adjusted.figures[EARLIER] - left[False] == sum((one.gross for one in due), D(0))
    lines = [line for line in adjusted.lines if line.code == "earlier_deduction"]
    assert sum((line.amount for line in lines), D(0)) == adjusted.figures.get(EARLIER_DEDUCTIONS, D(0))


@pytest.mark.parametrize("who", [employee(), broker()], ids=["员工", "经纪人"])
@pytest.mark.parametrize("part", ["special", "vat", "surtax", "after_tax"])
def test_a_difference_of_deductions_is_bounded_like_any_other_and_never_brings_pay_below_nothing(
    who: PersonFacts, part: str
) -> None:
    due = (Adjustment(1, "GZ-1", Month(2026, 8), 8, "其他扣款", **{part: D("60000.00")}),)
    plain, adjusted = _plain_and_adjusted(who, due)
    taken = adjusted.figures[EARLIER_DEDUCTIONS]
    wage = plain.figures["应发"] - plain.figures["加班"]
    assert 0 < taken <= wage * (1 if who.is_broker else D("0.20"))
    assert adjusted.net >= 0
    assert adjusted.carried_after.arrears == (Arrear("GZ-1", Month(2026, 8), 8, D("60000.00") - taken, of_net=True),)


def test_what_is_taken_of_pay_and_of_deductions_shares_one_bound() -> None:
    due = (Adjustment(1, "GZ-1", Month(2026, 8), 8, "职责分", gross=D("-90000.00"), after_tax=D("500.00")),)
    plain, adjusted = _plain_and_adjusted(employee(), due)
    assert adjusted.figures[EARLIER] == -(plain.figures["应发"] * D("0.20")).quantize(D("0.01"))
    assert EARLIER_DEDUCTIONS not in adjusted.figures
    assert [one.balance for one in adjusted.carried_after.arrears if one.of_net] == [D("500.00")]


def test_a_deduction_carried_on_is_taken_later_and_lessens_no_income() -> None:
    """It was never paid, so there is nothing to give back of income tax: only 实发 is smaller."""
    before = salary_state(arrears=(Arrear("GZ-1", Month(2026, 8), 8, D("300.00"), of_net=True),))
    plain, later = pay(employee()), pay(employee(), before)
    assert later.figures[EARLIER_DEDUCTIONS] == D("300.00")
    assert (later.gross, later.figures["个税"], later.net) == (plain.gross, plain.figures["个税"], plain.net - D("300.00"))
    assert later.carried_after.chain == plain.carried_after.chain
    assert later.carried_after.arrears == ()
    (line,) = [line for line in later.lines if line.code == "earlier_deduction"]
    assert "上月结转的待扣余额" in line.rule


def test_the_companys_difference_is_booked_with_the_month_that_pays_it_in() -> None:
    parts = {"单位": {"工伤": D("3.20"), "养老": D("160.00")}}
    due = (Adjustment(1, "GZ-1", Month(2026, 8), 8, "社保基数", parts=parts),)
    plain, adjusted = _plain_and_adjusted(employee(), due)
    assert adjusted.employer == dict(plain.employer) | {
        item: plain.employer[item] + amount for item, amount in parts["单位"].items()
    }
    assert list(adjusted.employer) == list(plain.employer)
    assert (adjusted.gross, adjusted.net) == (plain.gross, plain.net)
    assert pay(replace(broker(), adjustments=due)).employer == {"养老": D("160.00"), "工伤": D("3.20")}


def test_a_deduction_too_large_is_given_back_whole() -> None:
    due = (Adjustment(1, "GZ-1", Month(2026, 8), 8, "其他扣款", after_tax=D("-9000.00")),)
    plain, adjusted = _plain_and_adjusted(employee(), due)
    assert adjusted.net == plain.net + D("9000.00")


def test_insurance_that_could_not_be_taken_yet_is_deductible_all_the_same() -> None:
    """The company has paid it in; that the person still owes it is no matter of the tax office's."""
    due = (Adjustment(1, "GZ-1", Month(2026, 8), 8, "社保基数", special=D("60000.00")),)
    plain, adjusted = _plain_and_adjusted(employee(), due)
    assert adjusted.carried_after.chain.special - plain.carried_after.chain.special == D("60000.00")


def test_the_difference_is_income_of_the_month_that_pays_it() -> None:
    due = (Adjustment(1, "GZ-1", Month(2026, 8), 8, "社保基数", gross=D("1000.00"), special=D("80.00"), additional=D("500.00")),)
    plain, adjusted = _plain_and_adjusted(employee(), due)
    before, after = plain.carried_after.chain, adjusted.carried_after.chain
    assert (after.income - before.income, after.special - before.special) == (D("1000.00"), D("80.00"))
    assert after.additional - before.additional == D("500.00")
    assert after.taxable - before.taxable == D("420.00")


def test_somebody_without_adjustments_has_none_of_the_lines_figures_or_keys() -> None:
    done = pay(employee())
    assert EARLIER not in done.figures
    assert "arrears" not in done.carried_after.as_dict()
    assert "adjustments" not in person_as_dict(employee())


@given(adjustments(1))
def test_kept_as_json_they_come_back(due: tuple[Adjustment, ...]) -> None:
    facts = replace(employee(), adjustments=due)
    assert person_from_dict(person_as_dict(facts)).adjustments == due
    old, net = Arrear("GZ-1", Month(2026, 8), 8, D("12.30")), Arrear("GZ-1", Month(2026, 8), 8, D("4.50"), of_net=True)
    carried = Carried(arrears=(old, net))
    assert Carried.from_dict(carried.as_dict()) == carried
    assert "of_net" not in old.as_dict()


def test_lines_explain_themselves_after_storage() -> None:
    due = (Adjustment(1, "GZ-1", Month(2026, 8), 8, "职责分录错", gross=D("-90000.00"), after_tax=D("5.00")),)
    _, adjusted = _plain_and_adjusted(employee(), due)
    kept = [Line.from_dict(line.as_dict()) for line in adjusted.lines if line.code in ("adjustment", "earlier_deduction")]
    assert [line.label for line in kept] == ["扣回 2026年8月(GZ-1)", "前期扣款差额 2026年8月(GZ-1)"]
    assert "职责分录错" in kept[0].rule
    assert "余" in kept[0].rule
    assert kept[0].inputs["slip"] == 8


def test_the_share_is_the_schemes_and_never_above_the_laws() -> None:
    assert parse_scheme(scheme_data()).recovery.share_of_wage == D("0.20")
    lower = parse_scheme(scheme_data() | {"recovery": {"share_of_wage": "0.10", "broker_share": "0.50"}})
    assert (lower.recovery.share_of_wage, lower.recovery.broker_share) == (D("0.10"), D("0.50"))
    with pytest.raises(Refusal, match="share_of_wage"):
        parse_scheme(scheme_data() | {"recovery": {"share_of_wage": "0.30", "broker_share": "1"}})


def test_a_month_below_the_minimum_wage_gives_nothing_back() -> None:
    facts = employee(grade="见习", net_commission=D("0.00"))
    due = (Adjustment(1, "GZ-1", Month(2026, 8), 8, "职责分", gross=D("-100.00")),)
    done = pay(replace(facts, adjustments=due))
    assert parameters().minimum_wage >= done.figures["应发"] - done.figures["加班"]
    assert done.figures[EARLIER] == 0
    assert done.carried_after.arrears[0].balance == D("100.00")
