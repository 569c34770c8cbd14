"""How a milestone stands on a day: 未开始, 进行中, 逾期 n 天, 完成, 已取消. Plain words of plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from teams.plans.targets.pace import overdue_days

NOT_BEGUN, GOING_ON, OVERDUE, DONE, DROPPED = "未开始", "进行中", "逾期", "完成", "已取消"
COLOURS = {NOT_BEGUN: "grey", GOING_ON: "blue", OVERDUE: "orange", DONE: "green", DROPPED: "grey"}


class Dated(Protocol):
    """What of a milestone tells how it stands."""

    starts_on: date | None
    due_on: date
    done_on: date | None
    dropped_on: date | None


@dataclass(frozen=True)
class Word:
    """The state, how many days it is overdue, and what a page says."""

    state: str
    days: int = 0

    @property
    def said(self) -> str:
        return f"{self.state} {self.days} 天" if self.days else self.state

    @property
    def colour(self) -> str:
        return COLOURS[self.state]


def standing_of(row: Dated, today: date) -> Word:
    """Due today is not overdue yet; from tomorrow it is, by one day."""
    if row.done_on is not None:
        return Word(DONE)
    if row.dropped_on is not None:
        return Word(DROPPED)
    days = overdue_days(row.due_on, today)
    if days:
        return Word(OVERDUE, days)
    return Word(NOT_BEGUN if row.starts_on is not None and today < row.starts_on else GOING_ON)
