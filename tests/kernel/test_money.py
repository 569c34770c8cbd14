"""Amounts in little room."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kernel.money import short


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "0"),
        ("6160.40", "6,160"),
        ("38000", "3.8万"),
        ("55000000", "5,500万"),
        ("682083061.07", "6.82亿"),
        ("-45000", "-4.5万"),
    ],
)
def test_short_for_a_glance(amount: str, said: str) -> None:
    assert short(Decimal(amount)) == said
