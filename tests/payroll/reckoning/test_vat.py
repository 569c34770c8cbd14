from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kernel.refusals import Missing, Refusal
from payroll.reckoning import vat
from payroll.reckoning.parameters import vat_rule
from payroll.reckoning.vat import EXEMPT, MANUAL, PER_MONTH, PER_TRANSACTION, VatRule, surtaxes
from tests.payroll.reckoning.reference import lookup

RATES = (Decimal("0.07"), Decimal("0.03"), Decimal("0.02"))
HALF = Decimal("0.5")


@pytest.mark.parametrize(
    ("mode", "day", "gross", "amount"),
    [
        (PER_TRANSACTION, date(2026, 1, 1), "1009.99", "0.00"),
        (PER_TRANSACTION, date(2026, 1, 1), "1010.00", "10.00"),
        (PER_TRANSACTION, date(2025, 12, 31), "504.99", "0.00"),
        (PER_TRANSACTION, date(2025, 12, 31), "505.00", "5.00"),
        (PER_MONTH, date(2026, 1, 1), "100999.99", "0.00"),
        (PER_MONTH, date(2026, 1, 1), "101000.00", "1000.00"),
        (PER_MONTH, date(2025, 12, 31), "101000.00", "0.00"),
        (PER_MONTH, date(2025, 12, 31), "101000.01", "1000.00"),
        (EXEMPT, date(2026, 1, 1), "500000.00", "0.00"),
        (PER_TRANSACTION, date(2026, 1, 1), "0.00", "0.00"),
    ],
)
def test_thresholds(mode: str, day: date, gross: str, amount: str):
    assert vat.vat(Decimal(gross), vat_rule(lookup, day, mode=mode)) == Decimal(amount)


def test_by_hand_the_imported_amount_is_taken_and_a_missing_one_refused():
    rule = vat_rule(lookup, date(2026, 11, 1))
    assert rule.mode == MANUAL
    assert vat.vat(Decimal(5000), rule, Decimal("12.34")) == Decimal("12.34")
    assert vat.vat(Decimal(5000), rule, Decimal("0.00")) == 0
    with pytest.raises(Refusal, match="没有增值税金额"):
        vat.vat(Decimal(5000), rule)


def test_an_unknown_mode_and_a_mode_without_threshold_are_refused():
    with pytest.raises(Refusal, match="口径"):
        vat.vat(Decimal(5000), VatRule("weekly", Decimal("0.01"), Decimal(1)))
    with pytest.raises(Refusal, match="口径"):
        vat.vat(Decimal(5000), VatRule(PER_MONTH, Decimal("0.01")))


def test_after_2027_the_law_is_unknown_and_refused():
    with pytest.raises(Missing):
        vat_rule(lookup, date(2028, 1, 1), mode=PER_MONTH)


def test_surtaxes_are_halved_and_rounded_one_by_one():
    found = surtaxes(Decimal("69.13"), RATES, HALF)
    assert found == (Decimal("2.42"), Decimal("1.04"), Decimal("0.69"))
    assert found.total == Decimal("4.15")
    assert surtaxes(Decimal("297.03"), RATES, HALF, edu_exempt=True) == (Decimal("10.40"), 0, 0)
