"""What a cell holds before anybody has said what it means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

NULL = r"\N"  # how a database's own export writes that there is no value
_BLANK = {"", NULL}
_ADDRESS = re.compile(r"^([A-Z]{1,4})(\d{1,8})$")


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that has no value to read: a formula never reckoned, an Excel error. `message` says how to mend it."""

    shown: str
    message: str

    def __str__(self) -> str:
        return self.shown


Raw = str | float | int | bool | date | datetime | time | timedelta | Broken | None
Content = bytes | Path


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range; rows and columns count from 1, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        return f"{address(self.top, self.left)}:{address(self.bottom, self.right)}"


def opened(content: Content) -> BinaryIO:
    return BytesIO(content) if isinstance(content, bytes) else content.open("rb")


def size_of(content: Content) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def column_letters(column: int) -> str:
    """1 → A, 27 → AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    return f"{column_letters(column)}{row}"


def position(written: str) -> tuple[int, int]:
    """`C5` → (5, 3). Raises ValueError."""
    found = _ADDRESS.match(written)
    if not found:
        raise ValueError(f"不是单元格地址:{written}")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


def is_blank(cell: Raw) -> bool:
    return cell is None or (isinstance(cell, str) and cell.strip() in _BLANK)


def trimmed(rows: list[list[Raw]]) -> list[list[Raw]]:
    """Without the blank rows at the end."""
    last = len(rows)
    while last and all(is_blank(cell) for cell in rows[last - 1]):
        last -= 1
    del rows[last:]
    return rows
