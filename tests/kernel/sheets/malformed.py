"""Odd and malformed files, made in code, each with its verdict: `CASES`.

A case with `general` bends the file around any table: `case.make(rows)` serves the imports' tests too.
"""

from tests.kernel.sheets import odd_books, odd_texts
from tests.kernel.sheets.making import CASES, COLUMNS, GOOD, HEADER, ROWS, Case

__all__ = ["CASES", "COLUMNS", "GOOD", "HEADER", "ROWS", "Case", "odd_books", "odd_texts"]
