"""Plain rules of the registry: search letters, serials, a client's income shared by two."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from kernel.heavy import pypinyin
from kernel.money import yuan
from kernel.months import Month


@lru_cache(maxsize=8192)
def _letter(character: str) -> str:
    found = pypinyin.lazy_pinyin(character, style=pypinyin.Style.FIRST_LETTER)[0]
    return found[:1].lower() if found[:1].isalnum() else ""


def initials(name: str) -> str:
    """`谢辉俊` → `xhj`; other letters and digits stay, marks fall away."""
    return "".join(map(_letter, name))[:80]


def serial(month: Month, branch_code: str, number: int) -> str:
    """`202610-0755FT-0001`; beyond 9999 the number grows."""
    return f"{month.number}-{branch_code}-{number:04d}"


def shared(amount: Decimal, developer_percent: Decimal) -> tuple[Decimal, Decimal]:
    """An amount (yuan) as the developer's and the service person's part. The developer's is rounded half up to 分 (away from
    zero: a refund takes back what its income gave), the service person has the rest: the parts always sum to the amount."""
    developers = yuan(amount * developer_percent / 100)
    return developers, amount - developers
