"""The states of a rule document and the moves between them. 生效 and 废止 are days of an approved one: they are read off;
one that is replaced on its own first day never counted, and its state says 废止."""

from __future__ import annotations

from kernel.transitions import Moves

DRAFT, APPROVING, RETURNED, REJECTED = "draft", "approving", "returned", "rejected"
REGISTERED, APPROVED, DROPPED, REPLACED = "registered", "approved", "dropped", "replaced"

DOCUMENT = Moves(
    subject="实施细则",
    states={
        DRAFT: "草稿",
        APPROVING: "会签中",
        RETURNED: "已退回",
        REJECTED: "未批准",
        REGISTERED: "登记待复核",
        APPROVED: "已批准",
        DROPPED: "登记已退回",
        REPLACED: "废止",
    },
    acts={
        "edit": "修改",
        "submit": "报送",
        "resubmit": "再次报送",
        "withdraw": "撤回",
        "return": "退回",
        "reject": "驳回",
        "approve": "批准",
        "confirm": "复核登记",
        "drop": "退回登记",
        "replace": "由新版替代",
    },
    table={
        (DRAFT, "edit"): DRAFT,
        (DRAFT, "submit"): APPROVING,
        (APPROVING, "withdraw"): DRAFT,
        (APPROVING, "return"): RETURNED,
        (APPROVING, "reject"): REJECTED,
        (APPROVING, "approve"): APPROVED,
        (RETURNED, "edit"): RETURNED,
        (RETURNED, "resubmit"): APPROVING,
        (RETURNED, "withdraw"): DRAFT,
        (REJECTED, "edit"): DRAFT,
        (REGISTERED, "confirm"): APPROVED,
        (REGISTERED, "drop"): DROPPED,
        (APPROVED, "replace"): REPLACED,
    },
)
OPEN = (DRAFT, RETURNED, REJECTED)  # what may be edited
