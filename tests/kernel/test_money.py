"""Amounts in little room, and in 大写."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kernel.money import in_words, short


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


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "零元整"),
        ("-0.05", "负伍分"),
        ("0.50", "伍角"),
        ("100.05", "壹佰元零伍分"),
        ("10.10", "壹拾元壹角"),
        ("1409.50", "壹仟肆佰零玖元伍角"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("100010.00", "壹拾万零壹拾元整"),
        ("10000000", "壹仟万元整"),
        ("100001000", "壹亿零壹仟元整"),
        ("68208306107.99", "陆佰捌拾贰亿零捌佰叁拾万陆仟壹佰零柒元玖角玖分"),
        ("1000000000000", "壹万亿元整"),
    ],
)
def test_in_words_as_a_voucher_has_it(amount: str, said: str) -> None:
    assert in_words(Decimal(amount)) == said
