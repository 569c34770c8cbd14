from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kernel.months import Month
from payroll.reckoning.deferral import Lot, new_lot, release

D = Decimal
MONTH = Month(2026, 8)


@given(st.decimals(min_value="0.01", max_value="100000", places=2), st.integers(min_value=1, max_value=36))
def test_the_instalments_sum_to_the_amount_and_none_is_negative(amount: Decimal, months: int):
    lots, month, paid = (new_lot(MONTH, amount, months),), MONTH, []
    while lots:
        month = month.next
        one, _, lots = release(lots, month)
        paid.append(one)
        assert month - MONTH <= months
    assert sum(paid) == amount
    assert all(one >= 0 for one in paid)


def test_a_lot_begins_the_month_after_its_own():
    lot = new_lot(MONTH, D("1000.00"), 12)
    assert release((lot,), MONTH) == (D("0.00"), (), (lot,))
    amount, paid, left = release((lot,), MONTH.next)
    assert (amount, paid) == (D("83.33"), (lot,))
    assert left == (Lot(MONTH, D("916.67"), 11, D("83.33")),)


def test_a_later_start_waits():
    lot = new_lot(MONTH, D("1200.00"), 12)
    assert release((lot,), MONTH + 2, starts_after=3)[0] == 0
    assert release((lot,), MONTH + 3, starts_after=3)[0] == D("100.00")


def test_the_last_instalment_takes_the_rest():
    lot = Lot(None, D("2294.96"), 1, D("2295.00"))
    assert release((lot,), MONTH) == (D("2294.96"), (lot,), ())


def test_lots_run_side_by_side():
    lots = (Lot(None, D("100.00"), 2, D("50.00")), new_lot(MONTH, D("120.00"), 12), new_lot(MONTH.next, D("240.00"), 12))
    amount, _, left = release(lots, MONTH.next)
    assert amount == D("60.00")
    assert [lot.left for lot in left] == [1, 11, 12]


def test_lots_survive_json():
    for lot in (new_lot(MONTH, D("0.07"), 12), Lot(None, D("5.00"), 1, D("5.00"))):
        assert Lot.from_dict(json.loads(json.dumps(lot.as_dict()))) == lot
