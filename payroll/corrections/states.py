"""The states of the room's three subjects, each with its table of moves. docs/diagrams is drawn from here."""

from __future__ import annotations

from kernel.transitions import Moves

SIGNING, DONE, SENT_BACK = "signing", "done", "sent_back"

REVERSAL_STATES = {SIGNING: "审批中", DONE: "已冲销", SENT_BACK: "未通过"}
REVERSAL = Moves(
    subject="冲销",
    states=REVERSAL_STATES,
    acts={"approve": "批准", "send_back": "退回、驳回或撤回"},
    table={(SIGNING, "approve"): DONE, (SIGNING, "send_back"): SENT_BACK},
)

DRAFT, REVIEW, APPROVED, VOID = "draft", "review", "approved", "void"

CORRECTION_STATES = {DRAFT: "草稿", REVIEW: "待送审", SIGNING: "审批中", APPROVED: "已批准", VOID: "已作废"}
CORRECTION = Moves(
    subject="更正单",
    states=CORRECTION_STATES,
    acts={
        "edit": "修改",
        "compute": "重算",
        "send_up": "送审",
        "approve": "批准",
        "send_back": "退回或撤回",
        "reject": "驳回",
        "void": "作废",
    },
    table={
        (DRAFT, "edit"): DRAFT,
        (REVIEW, "edit"): DRAFT,
        (DRAFT, "compute"): REVIEW,
        (REVIEW, "compute"): REVIEW,
        (REVIEW, "send_up"): SIGNING,
        (SIGNING, "approve"): APPROVED,
        (SIGNING, "send_back"): DRAFT,
        (SIGNING, "reject"): VOID,
        (DRAFT, "void"): VOID,
        (REVIEW, "void"): VOID,
    },
)
UNFINISHED = (DRAFT, REVIEW, SIGNING)
"""One correction of a branch and month may be in these states at a time."""

PROPOSED, CONFIRMED, REJECTED = "proposed", "confirmed", "rejected"

SETTLEMENT = Moves(
    subject="线下结清的登记",
    states={PROPOSED: "待确认", CONFIRMED: "已确认", REJECTED: "未采纳"},
    acts={"confirm": "确认", "reject": "退回或撤回"},
    table={(PROPOSED, "confirm"): CONFIRMED, (PROPOSED, "reject"): REJECTED},
)
