"""The states of a request, its stages and its seats, and the table of moves. The diagram in docs/diagrams is drawn from here."""

from __future__ import annotations

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
    },
)


def ended(state: str) -> bool:
    """Whether no move leads on from `state`."""
    return not any(before == state for before, _ in MOVES.table)


def diagram() -> str:
    """The request's states as Mermaid, with its beginning and its ends."""
    head, *lines = MOVES.diagram().splitlines()
    begin = [f"    [*] --> {State.PENDING}: 提交"]
    ends = [f"    {state} --> [*]" for state in STATE_WORDS if ended(state)]
    return "\n".join([head, *begin, *lines, *ends]) + "\n"
