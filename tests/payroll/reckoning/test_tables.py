from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import yuan
from payroll.reckoning.tables import PROGRESSIVE, WHOLE_TIER, Tiers
from tests.payroll.reckoning.reference import demo_scheme

TIERS = demo_scheme().commission.tiers
AMOUNTS = st.decimals(min_value="-100000", max_value="500000", places=2)


@pytest.mark.parametrize(
    ("net", "progressive", "whole_tier"),
    [
        ("-0.01", "0.00", "0.00"),
        ("0", "0.00", "0.00"),
        ("0.01", "0.00", "0.00"),
        ("0.04", "0.01", "0.01"),
        ("10000.00", "1500.00", "1500.00"),
        ("10000.01", "1500.00", "2000.00"),
        ("10000.03", "1500.01", "2000.01"),
        ("30000.00", "5500.00", "6000.00"),
        ("30000.01", "5500.00", "7500.00"),
        ("60000.00", "13000.00", "15000.00"),
        ("60000.01", "13000.00", "18000.00"),
        ("100000.00", "25000.00", "30000.00"),
        ("100000.01", "25000.00", "35000.00"),
    ],
)
def test_upper_bounds_belong_to_the_tier_below(net: str, progressive: str, whole_tier: str):
    assert yuan(Tiers(PROGRESSIVE, TIERS).pay(Decimal(net))) == Decimal(progressive)
    assert yuan(Tiers(WHOLE_TIER, TIERS).pay(Decimal(net))) == Decimal(whole_tier)


@given(AMOUNTS, AMOUNTS)
def test_progressive_commission_never_falls_when_income_rises(one: Decimal, other: Decimal):
    tiers = Tiers(PROGRESSIVE, TIERS)
    assert tiers.pay(min(one, other)) <= tiers.pay(max(one, other))


@given(AMOUNTS)
def test_the_slices_add_up_to_the_amount(net: Decimal):
    for method in (PROGRESSIVE, WHOLE_TIER):
        assert sum(part.amount for part in Tiers(method, TIERS).slices(net)) == max(net, Decimal(0))


@given(AMOUNTS)
def test_the_whole_method_never_pays_less_than_the_progressive(net: Decimal):
    assert Tiers(WHOLE_TIER, TIERS).pay(net) >= Tiers(PROGRESSIVE, TIERS).pay(net)


@pytest.mark.parametrize(
    ("completion", "rate"),
    [("0.8000", "1.00"), ("0.7999", "0.80"), ("0.5000", "0.80"), ("0.4999", "0.60"), ("-1.0000", "0.60"), ("3", "1.00")],
)
def test_lower_bounds_of_completion_are_inclusive(completion: str, rate: str):
    assert demo_scheme().completion_bands.rate(Decimal(completion)) == Decimal(rate)


@pytest.mark.parametrize(
    ("score", "rate"),
    [
        ("100", "1.0"),
        ("90", "1.0"),
        ("89.9", "0.9"),
        ("80", "0.9"),
        ("79", "0.8"),
        ("70", "0.8"),
        ("69", "0.6"),
        ("60", "0.6"),
        ("59.9", "0"),
    ],
)
def test_duty_bands(score: str, rate: str):
    assert demo_scheme().duty_bands.rate(Decimal(score)) == Decimal(rate)
