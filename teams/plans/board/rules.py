"""Who is behind and why, in a plain sentence from facts; how groups rank. Plain functions of plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kernel.money import ZERO, half_up, total

SILENT_DAYS = 7  # after so many days without anything new it is said


@dataclass(frozen=True)
class Behind:
    """Something a person is behind in: figures as shown; `silent`: days without anything new, None where days are not known."""

    label: str
    actual: str
    goal: str
    silent: int | None = None

    @property
    def said(self) -> str:
        quiet = f",近 {self.silent} 天无新增" if self.silent is not None and self.silent >= SILENT_DAYS else ""
        return f"{self.label} {self.actual}/{self.goal}{quiet}"


@dataclass(frozen=True)
class Owes:
    """What else a person owes: logs that are missing, notes to write, milestones that are overdue."""

    logs: int = 0
    notes: int = 0
    milestones: int = 0

    def __bool__(self) -> bool:
        return bool(self.logs or self.notes or self.milestones)

    @property
    def said(self) -> list[str]:
        words = (
            (self.logs, f"缺日志 {self.logs} 天"),
            (self.notes, f"偏差说明待写 {self.notes} 份"),
            (self.milestones, f"里程碑逾期 {self.milestones} 项"),
        )
        return [word for count, word in words if count]


def why(behind: Sequence[Behind], owes: Owes, *, known: bool, reached: bool, has_targets: bool, former_group: str = "") -> str:
    """One sentence a person: `新开户数 3/10,近 9 天无新增;缺日志 2 天`. `known`: the month has figures; `reached`: all of it;
    `former_group`: where the target still hangs of somebody who has changed groups."""
    parts = [one.said for one in behind] + owes.said
    if former_group:
        parts.append(f"已换组,目标还在{former_group}")
    if not has_targets:
        parts.insert(0, "本月没有个人目标")
    if parts:
        return ";".join(parts)
    if not known:
        return "还没有业务数据"
    return "各项已达标" if reached else "进度正常"


def score(completions: Sequence[Decimal | None]) -> Decimal | None:
    """综合完成率: the mean of the completions, each counted up to 100 %, so that one runaway does not hide the rest."""
    known = [min(one, Decimal(1)) for one in completions if one is not None]
    return half_up(total(known) / len(known), 4) if known else None


def ranks(scores: Sequence[Decimal | None]) -> list[int | None]:
    """The place of each, the best first; the same score is the same place, no score none."""
    return [None if one is None else 1 + sum(other is not None and other > one for other in scores) for one in scores]


def cumulative(pairs: Sequence[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    """累计完成率 of (planned, actual) by month: Σ actual / Σ planned over the months that have both."""
    known = [(planned, actual) for planned, actual in pairs if actual is not None and planned > 0]
    planned = total(one for one, _ in known)
    return half_up(sum((actual for _, actual in known), ZERO) / planned, 4) if planned else None
