"""The states of a proposal and the moves between them: both agree, then it is approved."""

from __future__ import annotations

from kernel.transitions import Moves

CONSULTING, APPROVING, RETURNED = "consulting", "approving", "returned"
APPROVED, REJECTED, DROPPED = "approved", "rejected", "dropped"

PROPOSAL = Moves(
    subject="分工申请",
    states={
        CONSULTING: "征求双方意见",
        APPROVING: "审批中",
        RETURNED: "已退回",
        APPROVED: "已批准",
        REJECTED: "未批准",
        DROPPED: "已撤回",
    },
    acts={
        "agree": "同意",
        "send": "报送审批",
        "decline": "不同意",
        "edit": "修改",
        "drop": "撤回",
        "withdraw": "撤回审批",
        "return": "退回",
        "reject": "驳回",
        "approve": "批准",
    },
    table={
        (CONSULTING, "agree"): CONSULTING,
        (CONSULTING, "send"): APPROVING,
        (CONSULTING, "decline"): RETURNED,
        (CONSULTING, "drop"): DROPPED,
        (CONSULTING, "withdraw"): DROPPED,
        (RETURNED, "edit"): CONSULTING,
        (RETURNED, "drop"): DROPPED,
        (RETURNED, "withdraw"): DROPPED,
        (APPROVING, "withdraw"): DROPPED,
        (DROPPED, "withdraw"): DROPPED,  # dropped by a manager while its request still stood: that is ended now
        (APPROVING, "return"): RETURNED,
        (APPROVING, "reject"): REJECTED,
        (APPROVING, "approve"): APPROVED,
    },
)
WAITING = (CONSULTING, APPROVING, RETURNED)  # no second proposal for the same client meanwhile
COLOURS = {CONSULTING: "blue", APPROVING: "blue", RETURNED: "orange", APPROVED: "green", REJECTED: "red", DROPPED: "grey"}
