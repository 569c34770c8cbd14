"""How a stage comes to its end: plain functions of plain values."""

from __future__ import annotations

from collections.abc import Sequence

from approvals.requests.states import Act, StageState
from approvals.routes.rules import Mode, OnReturn


def outcome(mode: str, on_return: str, answers: Sequence[str | None], share: int | None = None) -> StageState:
    """Where a stage stands after `answers` (acts in seat order, None = not yet): OPEN, PASSED, RETURNED or REJECTED.

    驳回 ends a stage at once. In 或签 the first answer counts. In 会签 a 退回 waits for the others if the stage says so.
    票签 passes as soon as `share` percent of all seats have agreed, and returns as soon as they can't any more.
    """
    given = [answer for answer in answers if answer is not None]
    if Act.REJECT in given:
        return StageState.REJECTED
    if mode == Mode.VOTE:
        return _vote(given, len(answers), share or 100)
    complete = len(given) == len(answers) or (mode == Mode.ANY and bool(given))
    if Act.RETURN in given:
        waits = mode == Mode.ALL and on_return == OnReturn.AFTER_ALL and not complete
        return StageState.OPEN if waits else StageState.RETURNED
    return StageState.PASSED if complete else StageState.OPEN


def votes_needed(seats: int, share: int) -> int:
    """How many of `seats` must agree for `share` percent: rounded up, at least one."""
    return max(1, -(-seats * share // 100))


def _vote(given: Sequence[str], seats: int, share: int) -> StageState:
    needed, against = votes_needed(seats, share), given.count(Act.RETURN)
    if len(given) - against >= needed:
        return StageState.PASSED
    return StageState.RETURNED if seats - against < needed else StageState.OPEN


def joint_answer(answers: Sequence[str | None]) -> str | None:
    """What a seat and those added to it (加签) say together: one 驳回 or 退回 speaks for all; None = not all have agreed yet."""
    for act in (Act.REJECT, Act.RETURN):
        if act in answers:
            return act
    return None if None in answers else Act.AMEND if Act.AMEND in answers else Act.AGREE


def next_turn(seats: Sequence[tuple[int, str | None]]) -> list[int]:
    """Which of a seat and those added to it (turn, answer) sign now, by index: those unanswered of the lowest turn; none once one
    has said 退回 or 驳回."""
    if joint_answer([answer for _, answer in seats]) is not None:
        return []
    unanswered = [(turn, index) for index, (turn, answer) in enumerate(seats) if answer is None]
    now = min(turn for turn, _ in unanswered)
    return [index for turn, index in unanswered if turn == now]


def seats_open(mode: str, answers: Sequence[str | None]) -> list[int]:
    """Which seats (by index) may sign now, while the stage is open."""
    unanswered = [index for index, answer in enumerate(answers) if answer is None]
    return unanswered[:1] if mode == Mode.IN_TURN else unanswered
