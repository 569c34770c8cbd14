"""A month is a value, never a date pretending to be one."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

_WRITTEN = re.compile(r"^(\d{4})\s*(?:[-/.年]\s*)?(\d{1,2})\s*月?$")


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month. `str` is `2026-10`, `.label` is `2026年10月`, `.number` is 202610 (as the database keeps it)."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1900 <= self.year <= 9999 and 1 <= self.month <= 12):
            raise ValueError(f"不是有效的月份:{self.year}-{self.month}")

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    @classmethod
    def from_number(cls, number: int) -> Month:
        return cls(*divmod(number, 100))

    @classmethod
    def parse(cls, text: object) -> Month:
        """Read `2026-10`, `2026/10`, `202610`, `2026年10月`, full-width digits, or a real date. Raises ValueError."""
        if isinstance(text, Month):
            return text
        if isinstance(text, datetime | date):
            return cls(text.year, text.month)
        written = unicodedata.normalize("NFKC", str(text)).strip()
        if found := _WRITTEN.match(written):
            return cls(int(found[1]), int(found[2]))
        raise ValueError(f"不是月份:{text}(请写成 2026-10)")

    @property
    def number(self) -> int:
        return self.year * 100 + self.month

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    @property
    def label(self) -> str:
        return f"{self.year}年{self.month}月"

    @property
    def next(self) -> Month:
        return self + 1

    @property
    def previous(self) -> Month:
        return self + -1

    def __add__(self, months: int) -> Month:
        index = self.year * 12 + self.month - 1 + months
        return Month(index // 12, index % 12 + 1)

    def __sub__(self, other: Month) -> int:
        """Months from `other` to this one: 0 within the same month."""
        return (self.year - other.year) * 12 + self.month - other.month

    def __contains__(self, day: date) -> bool:
        return (day.year, day.month) == (self.year, self.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Every month from `first` to `last`, both included."""
    for step in range(last - first + 1):
        yield first + step
