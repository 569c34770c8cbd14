"""Dated values: what holds on a day. Nothing is guessed: a day without a value is refused."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from branch.parameters.models import ParameterValue
from kernel import dated


class ParameterBook:
    """All confirmed values, read once: `book.value("wage.min_month", day)`. Values as kept: numbers as text."""

    def __init__(self, rows: list[ParameterValue]) -> None:
        self._rows: dict[str, list[ParameterValue]] = defaultdict(list)
        for row in rows:
            self._rows[row.code].append(row)

    @classmethod
    def load(cls) -> ParameterBook:
        return cls(list(ParameterValue.objects.filter(state=ParameterValue.State.CONFIRMED)))

    def row(self, code: str, day: date) -> ParameterValue:
        """The row in force on `day`. Raises Missing with the parameter's name."""
        rows = self._rows.get(code, [])
        name = rows[0].name if rows else f"参数 {code}"
        return dated.on(rows, day, f"“{name}”")

    def value(self, code: str, day: date) -> Any:
        return self.row(code, day).value

    def find(self, code: str, day: date, default: Any = None) -> Any:
        """The value in force, or `default` where the parameter is optional."""
        found = dated.find(self._rows.get(code, []), day)
        return found.value if found else default
