"""How long a document is kept, and how its number is written. Plain functions of plain values."""

from __future__ import annotations

import re
from datetime import date

_SERIAL = re.compile(r"^综备〔(20\d{2})〕([0-9]{1,6})号$")


def keep_until(made: date, years: int) -> date:
    """The last day of keeping: `years` full years counted from the first day after the end of the year the document belongs to.

    会计档案管理办法 (79号令) art. 15: 会计档案的保管期限,从会计年度终了后的第一天算起.
    """
    return date(made.year + years, 12, 31)


def serial(year: int, number: int) -> str:
    """The 备案号 of a year's run, e.g. 综备〔2026〕12号."""
    return f"综备〔{year}〕{number}号"


def running(text: str) -> tuple[int, int] | None:
    """Year and number of a 备案号 of the run's own form; None of any other."""
    found = _SERIAL.match(text)
    return (int(found[1]), int(found[2])) if found else None
