"""How a 调动 and a 离职 are reckoned: plain functions of plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from kernel.months import Month
from kernel.refusals import Refusal

KINDS = {"resigned": "辞职", "dismissed": "辞退", "expired": "合同到期", "other": "其他"}
OPEN, KEEP, HAND = "open", "keep", "hand"
DECISIONS = {OPEN: "未定", KEEP: "留给本人", HAND: "移交"}
LONGEST = 400  # characters of a reason

Place = tuple[int | None, int | None, int | None]
"""Keys of team, group and outlet."""


def require_another_place(now: Place, then: Place) -> None:
    if now == then:
        raise Refusal("去向与现在的团队、小组和网点相同,请选择新的网点或小组", code="same_place")


def keeps_clients(now: Place, then: Place) -> bool:
    """Whether the clients stay with the person unless somebody says otherwise: only the outlet changes."""
    return now[:2] == then[:2]


def day_of_effect(planned: date, today: date) -> date:
    """A move that waited for its handover beyond its day begins when that was signed, never earlier."""
    return max(planned, today)


def first_month(today: date, last_day: date) -> Month:
    """From which month handed clients count for their new manager: the one after the giver's last day there, and never a month
    that has begun (a change of manager takes effect the month after, art. 21)."""
    return max(Month.of(today), Month.of(last_day)).next


def day_before(day: date) -> date:
    return day - timedelta(1)


def listed(lines: Iterable[tuple[str, str, str]]) -> list[list[str]]:
    """What a signature covers of a handover list: 客户号, what becomes of the client, the receiver's 工号; in one order."""
    return [list(line) for line in sorted(lines)]


def require_reason(text: str, *, to: str) -> str:
    said = text.strip()
    if not said:
        raise Refusal(f"请写明{to}", code="reason_missing")
    if len(said) > LONGEST:
        raise Refusal(f"{to}最多 {LONGEST} 字,请精简", code="too_long")
    return said


def require_nothing_bound(words: Sequence[str], *, verb: str) -> None:
    if words:
        raise Refusal(f"还有没有了结的事项,不能{verb},请先逐项办完", code="bound", items=list(words))
