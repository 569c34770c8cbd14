"""The states of a reversal and of a correction, each with its table of moves. docs/diagrams is drawn from here."""

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
