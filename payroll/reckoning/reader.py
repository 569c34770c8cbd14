"""Reads decoded JSON strictly: every key asked for by name, every mistake a Chinese sentence, nothing skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from kernel.money import decimal
from kernel.months import Month
from payroll.reckoning.tables import Band, Bands, Tier

Part = TypeVar("Part")

_ABSENT = object()


class Reader:
    """Reads one JSON object; remembers what it was asked for, so that `close` can name what nobody asked for."""

    def __init__(self, data: Any, path: str, mistakes: list[str]) -> None:
        self.path = path
        self.mistakes = mistakes
        self.asked: set[str] = set()
        self.data: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        if not isinstance(data, Mapping):
            self.mistake(f"方案的“{path or '整体'}”应是一组项目,现为:{data}")

    def mistake(self, sentence: str) -> None:
        self.mistakes.append(sentence)

    def name(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def get(self, key: str) -> Any:
        self.asked.add(key)
        value = self.data.get(key, _ABSENT)
        if value is _ABSENT:
            self.mistake(f"方案缺少“{self.name(key)}”")
            return None
        return value

    def part(self, key: str) -> Reader:
        return Reader(self.get(key), self.name(key), self.mistakes)

    def optional(self, key: str, build: Callable[[Reader], Part]) -> Part | None:
        """A part that a scheme may leave out by writing null."""
        value = self.get(key)
        if value is None:
            return None
        reader = Reader(value, self.name(key), self.mistakes)
        built = build(reader)
        reader.close()
        return built

    def given(self, key: str, build: Callable[[Reader], Part], default: Part) -> Part:
        """A part that older schemes don't have: left out, it means `default`."""
        if key not in self.data:
            return default
        built = self.optional(key, build)
        return default if built is None else built

    def number(self, key: str, *, low: str | None = "0", high: str | None = None) -> Decimal:
        """A number written as text or a whole number, between `low` and `high` (both included)."""
        return self.as_number(self.get(key), self.name(key), low=low, high=high)

    def as_number(self, value: Any, name: str, *, low: str | None = "0", high: str | None = None) -> Decimal:
        try:
            if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
                raise ValueError
            found = decimal(value)
        except ValueError:
            self.mistake(f"方案的“{name}”应是数字(写成文字以免失真),现为:{value}")
            return Decimal(0)
        if (low is not None and found < Decimal(low)) or (high is not None and found > Decimal(high)):
            self.mistake(f"方案的“{name}”应在 {low or '不限'} 至 {high or '不限'} 之间,现为:{found}")
        return found

    def share(self, key: str) -> Decimal:
        return self.number(key, high="1")

    def whole(self, key: str, *, low: str = "0") -> int:
        value = self.number(key, low=low)
        if value != int(value):
            self.mistake(f"方案的“{self.name(key)}”应是整数,现为:{value}")
        return int(value)

    def flag(self, key: str) -> bool:
        value = self.get(key)
        if not isinstance(value, bool):
            self.mistake(f"方案的“{self.name(key)}”应是 true 或 false,现为:{value}")
        return bool(value)

    def text(self, key: str) -> str:
        value = self.get(key)
        if not isinstance(value, str) or not value.strip():
            self.mistake(f"方案的“{self.name(key)}”不能为空")
        return str(value)

    def one_of(self, key: str, words: Iterable[Any]) -> Any:
        value, known = self.get(key), list(words)
        if value not in known:
            self.mistake(f"方案的“{self.name(key)}”写的是“{value}”,系统只认得:{'、'.join(str(word) for word in known)}")
            return known[0]
        return value

    def month(self, key: str, *, empty: bool = False) -> Month | None:
        value = self.get(key)
        if value is None and empty:
            return None
        try:
            return Month.parse(value)
        except ValueError:
            self.mistake(f"方案的“{self.name(key)}”应是月份(如 2026-08),现为:{value}")
            return None

    def close(self) -> None:
        """Names every key that no rule asked for."""
        self.mistakes.extend(f"方案里的“{self.name(key)}”系统不认得,不能忽略" for key in self.data if key not in self.asked)

    def bands(self, key: str, *, low: str | None = None) -> Bands:
        """Falling lower bounds, the last one null."""
        return Bands(Band(lower, rate) for lower, rate in self._table(key, "from", rising=False, low=low))

    def tiers(self, key: str) -> tuple[Tier, ...]:
        """Rising upper bounds, the last one null."""
        return tuple(Tier(upper, rate) for upper, rate in self._table(key, "up_to", rising=True, low="0"))

    def _table(self, key: str, bound: str, *, rising: bool, low: str | None) -> list[tuple[Decimal | None, Decimal]]:
        rows, name = self.get(key), self.name(key)
        if not isinstance(rows, list) or not rows:
            self.mistake(f"方案的“{name}”应是一张不空的表")
            return [(None, Decimal(0))]
        read: list[tuple[Decimal | None, Decimal]] = []
        for number, row in enumerate(rows, 1):
            line = Reader(row, f"{name}[{number}]", self.mistakes)
            edge = line.get(bound)
            read.append(
                (None if edge is None else line.as_number(edge, line.name(bound), low=low), line.number("rate", high="1"))
            )
            line.close()
        edges = [edge for edge, _ in read[:-1]]
        ordered = sorted(edge for edge in edges if edge is not None)
        if read[-1][0] is not None or None in edges:
            self.mistake(f"方案的“{name}”:只有最后一行的 {bound} 为空,其余都要写")
        elif edges != (ordered if rising else ordered[::-1]) or len(set(edges)) != len(edges):
            self.mistake(f"方案的“{name}”:{bound} 应{'由小到大' if rising else '由大到小'},不能重复")
        if read[-1][0] is not None:
            read.append((None, Decimal(0)))
        return read
