"""How long this machine takes for what took the machine a second on which the goals in seconds were set.

Ratios are compared with a floor of the same run; what has no floor (a page's p95, a report's seconds) would say more of the
machine than of the work. openpyxl's write-only mode, plain Python from end to end, was timed there and is timed here.
"""

from __future__ import annotations

from functools import cache

from bench.measure import timed
from bench.workbook import SHOWN, rows_of, write_only

THERE = 350_000 / 4.0  # cells a second: 10,000 × 35, styled, with totals
ROWS = 1_000


@cache
def pace() -> float:
    """1 on that machine and on quicker ones, 2 on one that takes twice as long. Measured once, when a bench is done: the best of
    five, so that a moment's noise relaxes no goal."""
    rows = rows_of(ROWS)
    took = min(timed(lambda: write_only(rows)) for _ in range(5))
    return max(1.0, took / (ROWS * len(SHOWN) / THERE))
