"""How a stage comes to its end: plain functions of plain values."""

from __future__ import annotations

from collections.abc import Sequence

from approvals.requests.states import Act, StageState
from approvals.routes.rules import Mode, OnReturn


def outcome(mode: str, on_return: str, answers: Sequence[str | None]) -> StageState:
    """Where a stage stands after `answers` (acts in seat order, None = not yet): OPEN, PASSED, RETURNED or REJECTED.

    驳回 ends a stage at once in every mode. In 或签 the first answer counts. In 会签 a 退回
    waits for the others if the stage says so.
    """
    given = [answer for answer in answers if answer is not None]
    if Act.REJECT in given:
        return StageState.REJECTED
    complete = len(given) == len(answers) or (mode == Mode.ANY and bool(given))
    if Act.RETURN in given:
        waits = mode == Mode.ALL and on_return == OnReturn.AFTER_ALL and not complete
        return StageState.OPEN if waits else StageState.RETURNED
    return StageState.PASSED if complete else StageState.OPEN


def seats_open(mode: str, answers: Sequence[str | None]) -> list[int]:
    """Which seats (by index) may sign now, while the stage is open."""
    unanswered = [index for index, answer in enumerate(answers) if answer is None]
    return unanswered[:1] if mode == Mode.IN_TURN else unanswered
