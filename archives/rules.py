"""How long a document is kept. Plain functions of plain values."""

from __future__ import annotations

from datetime import date


def keep_until(made: date, years: int) -> date:
    """The last day of keeping: `years` full years counted from the first day after the end of the year the document belongs to.

    会计档案管理办法 (79号令) art. 15: 会计档案的保管期限,从会计年度终了后的第一天算起.
    """
    return date(made.year + years, 12, 31)
