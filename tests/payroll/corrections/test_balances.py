"""Whatever is settled outside the pay run, settled and left make up the balance to the 分."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.money import ZERO, total
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.corrections.balances import (
    adjustment_after,
    arrear_key,
    arrears_after,
    divisible,
    lots_after,
    lots_total,
    owed_of,
    part_of,
    plan,
)
from payroll.reckoning.adjustments import Adjustment, Arrear
from payroll.reckoning.deferral import Lot, new_lot, release

D = Decimal
LAST = Month(2026, 8)
amounts = st.decimals(min_value="0.01", max_value="9999.99", places=2)


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[Lot, ...]:
    """Lots of different months, each released so far as it would be after LAST."""
    found: list[Lot] = []
    for age in draw(st.lists(st.integers(0, 20), unique=True, min_size=1, max_size=5)):
        lots: tuple[Lot, ...] = (new_lot(LAST + -age, draw(amounts), draw(st.integers(1, 24))),)
        for month in range(age):
            _, _, lots = release(lots, LAST + (month + 1 - age))
        found += lots
    return tuple(found)


@settings(deadline=None)
@given(ledgers(), st.decimals(0, 1, places=4), st.integers(1, 3))
def test_settled_and_left_make_the_deferral(lots: tuple[Lot, ...], share: Decimal, starts_after: int) -> None:
    balance = lots_total(lots)
    settled = (balance * share).quantize(D("0.01"))
    left = lots_after(lots, settled, LAST, starts_after)
    assert settled + lots_total(left) == balance
    assert all(lot.balance > 0 for lot in left)
    due = plan(lots, LAST, starts_after, settled)
    assert total(one.amount for one in due) == balance - settled
    assert {one.month for one in due} <= {one.month for one in plan(lots, LAST, starts_after)}


@settings(deadline=None)
@given(ledgers(), st.integers(1, 12))
def test_whole_instalments_settled_are_instalments_released(lots: tuple[Lot, ...], months: int) -> None:
    due = plan(lots, LAST, 1)[:months]
    released, month = lots, LAST
    while due and month < due[-1].month:
        month = month.next
        _, _, released = release(released, month)
    settled = due[-1].so_far if due else ZERO
    assert lots_total(lots_after(lots, settled, LAST, 1)) == lots_total(released)
    if settled:
        assert lots_after(lots, settled, LAST, 1) == released


@settings(deadline=None)
@given(ledgers(), amounts)
def test_more_than_there_is_leaves_nothing_and_is_refused_before(lots: tuple[Lot, ...], more: Decimal) -> None:
    balance = lots_total(lots)
    assert lots_after(lots, balance + more, LAST, 1) == ()
    if balance:
        with pytest.raises(Refusal, match="只剩"):
            part_of(balance, balance + more)


ADJUSTMENTS = {  # gross, deductions: what it comes to, and parts that may or may not be settled alone
    "补发": ("500.00", "0.00", "500.00", {"200.00": True, "499.99": True, "500.00": False}),
    "扣回": ("-500.00", "0.00", "-500.00", {"-200.00": True, "-499.99": True}),
    "补发 with more to deduct": ("500.00", "80.00", "420.00", {"200.00": True, "419.99": True}),
    "扣回 with less to deduct than is paid back": ("-100.00", "-150.00", "50.00", {"50.00": True}),
    "deductions alone": ("0.00", "40.00", "-40.00", {"-10.00": False}),
    "more to deduct than is paid": ("30.00", "40.00", "-10.00", {"-5.00": True}),
}


@pytest.mark.parametrize("name", ADJUSTMENTS)
def test_settled_and_left_make_the_adjustment(name: str) -> None:
    gross, deductions, owed, parts = ADJUSTMENTS[name]
    one = Adjustment(1, "GZ-1", LAST, 7, "职责分", gross=D(gross), special=D(deductions))
    assert owed_of(one) == D(owed)
    assert adjustment_after(one, ZERO) is one
    assert adjustment_after(one, D(owed)) is None
    for part, may in parts.items():
        assert divisible(one, D(part)) == may
        rest = adjustment_after(one, D(part))
        if rest is not None:
            assert D(part) + owed_of(rest) == D(owed)
            assert rest.deductions == one.deductions
            assert "已线下结清" in rest.reason


@settings(deadline=None)
@given(st.lists(amounts, min_size=1, max_size=4), st.data())
def test_settled_and_left_make_the_arrears(balances: list[Decimal], data: st.DataObject) -> None:
    kept = enumerate(balances)  # of one correction and month there may be two: of 应发 and of 实发
    arrears = tuple(Arrear(f"GZ-{number // 2}", LAST, 7, balance, of_net=number % 2 == 1) for number, balance in kept)
    shares = [data.draw(st.decimals(0, one.balance, places=2)) for one in arrears]
    left = arrears_after(arrears, {arrear_key(one): -share for one, share in zip(arrears, shares, strict=True)})
    assert total(one.balance for one in left) + total(shares) == total(balances)
    assert all(one.balance > 0 for one in left)


@pytest.mark.parametrize(
    ("left", "amount"), [("100", "0"), ("100", "-5"), ("100", "0.001"), ("100", "100.01"), ("-100", "100.01")]
)
def test_an_amount_that_is_none_is_refused(left: str, amount: str) -> None:
    with pytest.raises(Refusal):
        part_of(D(left), D(amount))


def test_a_part_has_the_direction_of_what_is_left() -> None:
    assert part_of(D("-100.00"), D("40.00")) == D("-40.00")
    assert part_of(D("100.00"), D("100.00")) == D("100.00")
