"""The states of a request, its stages and its seats, and their tables of moves; docs/diagrams are drawn from here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from kernel.transitions import Moves


class State(StrEnum):
    """A request's own words; a subject (the pay run, the plan) has its own."""

    PENDING = "pending"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    APPROVED = "approved"


class Act(StrEnum):
    """What a signer may do. An opinion is required for every act but AGREE."""

    AGREE = "agree"
    AMEND = "amend"
    RETURN = "return"
    REJECT = "reject"


class How(StrEnum):
    """Where an added signer (加签) stands to the seat: before it, after it, or beside it."""

    BEFORE = "before"
    AFTER = "after"
    BESIDE = "beside"


class StageState(StrEnum):
    """`CARRIED` 沿用: decided in an earlier round, and that counts on in this one."""

    WAITING = "waiting"
    OPEN = "open"
    PASSED = "passed"
    RETURNED = "returned"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    CARRIED = "carried"
    VOID = "void"


STANDING = (StageState.PASSED, StageState.CARRIED)
"""What counts as decided in the present round."""


class SeatState(StrEnum):
    WAITING = "waiting"
    OPEN = "open"
    SIGNED = "signed"
    VOID = "void"


STATE_WORDS: dict[str, str] = {
    State.PENDING: "审批中",
    State.RETURNED: "已退回",
    State.WITHDRAWN: "已撤回",
    State.REJECTED: "已驳回",
    State.APPROVED: "已通过",
}
ACT_WORDS: dict[str, str] = {
    Act.AGREE: "同意",
    Act.AMEND: "同意并修改意见",
    Act.RETURN: "退回",
    Act.REJECT: "驳回",
}
HOW_WORDS: dict[str, str] = {How.BEFORE: "前加签", How.AFTER: "后加签", How.BESIDE: "并加签"}
STAGE_WORDS: dict[str, str] = {
    StageState.WAITING: "未开始",
    StageState.OPEN: "进行中",
    StageState.PASSED: "已通过",
    StageState.RETURNED: "已退回",
    StageState.REJECTED: "已驳回",
    StageState.SKIPPED: "已跳过",
    StageState.CARRIED: "沿用",
    StageState.VOID: "已终止",
}
SEAT_WORDS: dict[str, str] = {
    SeatState.WAITING: "未轮到",
    SeatState.OPEN: "待签署",
    SeatState.SIGNED: "已签",
    SeatState.VOID: "无须签署",
}

MOVES = Moves(
    subject="申请",
    states=STATE_WORDS,
    acts={
        "sign": "签署",
        "remind": "催办",
        "seat": "转交、加签或减签",
        "finish": "办结",
        "return": "退回",
        "step_back": "退回前面的环节",
        "reject": "驳回",
        "withdraw": "撤回",
        "resubmit": "再次提交",
        "take_over": "接办",
    },
    table={
        (State.PENDING, "sign"): State.PENDING,
        (State.PENDING, "remind"): State.PENDING,
        (State.PENDING, "seat"): State.PENDING,
        (State.PENDING, "finish"): State.APPROVED,
        (State.PENDING, "step_back"): State.PENDING,
        (State.PENDING, "return"): State.RETURNED,
        (State.PENDING, "reject"): State.REJECTED,
        (State.PENDING, "withdraw"): State.WITHDRAWN,
        (State.RETURNED, "resubmit"): State.PENDING,
        (State.RETURNED, "withdraw"): State.WITHDRAWN,
        (State.PENDING, "take_over"): State.PENDING,
        (State.RETURNED, "take_over"): State.RETURNED,
    },
)


STAGE_MOVES = Moves(
    subject="环节",
    states=STAGE_WORDS,
    acts={
        "open": "轮到",
        "circulate": "传阅",
        "skip": "选定为无须签署",
        "pass": "签完",
        "return": "退回",
        "reject": "驳回",
        "close": "本轮终止",
    },
    table={
        (StageState.WAITING, "open"): StageState.OPEN,
        (StageState.WAITING, "circulate"): StageState.PASSED,
        (StageState.WAITING, "skip"): StageState.SKIPPED,
        (StageState.WAITING, "close"): StageState.VOID,
        (StageState.OPEN, "pass"): StageState.PASSED,
        (StageState.OPEN, "return"): StageState.RETURNED,
        (StageState.OPEN, "reject"): StageState.REJECTED,
        (StageState.OPEN, "close"): StageState.VOID,
    },
)
STAGE_BEGINNINGS: dict[str, str] = {
    StageState.WAITING: "新一轮",
    StageState.SKIPPED: "按要素跳过",
    StageState.CARRIED: "前一轮已签",
}

SEAT_MOVES = Moves(
    subject="席位",
    states=SEAT_WORDS,
    acts={"open": "轮到", "sign": "签署", "yield": "前加签", "close": "不再需要"},
    table={
        (SeatState.WAITING, "open"): SeatState.OPEN,
        (SeatState.WAITING, "close"): SeatState.VOID,
        (SeatState.OPEN, "sign"): SeatState.SIGNED,
        (SeatState.OPEN, "yield"): SeatState.WAITING,
        (SeatState.OPEN, "close"): SeatState.VOID,
    },
)
UNSIGNED = tuple(state for state in SeatState if SEAT_MOVES.can(state, "close"))
"""A seat that somebody may still sit on, now or when its turn comes."""
UNFINISHED = tuple(state for state in StageState if STAGE_MOVES.can(state, "close"))
"""A stage of which something is still to come."""


def ended(state: str) -> bool:
    """Whether no move leads a request on from `state`."""
    return not _leads_on(MOVES, state)


def _leads_on(moves: Moves, state: str) -> bool:
    return any(before == state for before, _ in moves.table)


def _drawn(moves: Moves, beginnings: Mapping[str, str]) -> str:
    head, *lines = moves.diagram().splitlines()
    begin = [f"    [*] --> {state}: {word}" for state, word in beginnings.items()]
    ends = [f"    {state} --> [*]" for state in moves.states if not _leads_on(moves, state)]
    return "\n".join([head, *begin, *lines, *ends]) + "\n"


def diagrams() -> dict[str, str]:
    """File of docs/diagrams → its drawing as Mermaid, with beginnings and ends: the request, a stage and a seat of a round."""
    return {
        "approval_request": _drawn(MOVES, {State.PENDING: "提交"}),
        "approval_stage": _drawn(STAGE_MOVES, STAGE_BEGINNINGS),
        "approval_seat": _drawn(SEAT_MOVES, {SeatState.WAITING: "新一轮、选定或加签"}),
    }
