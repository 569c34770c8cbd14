"""The states of a marketing plan and of a correction of an agreement, each with its table of moves. 会签 is a stage of the plan's
request, 执行 a day of its year: both are read off (`standing.py`), nobody has to press a button for them."""

from __future__ import annotations

from kernel.transitions import Moves

DRAFT, APPROVING, RETURNED, REJECTED = "draft", "approving", "returned", "rejected"
APPROVED, SUMMARISED = "approved", "summarised"

PLAN = Moves(
    subject="营销方案",
    states={
        DRAFT: "草稿",
        APPROVING: "报批",
        RETURNED: "已退回",
        REJECTED: "未批准",
        APPROVED: "已批准",
        SUMMARISED: "已总结",
    },
    acts={
        "edit": "修改",
        "submit": "报批",
        "resubmit": "再次提交",
        "withdraw": "撤回",
        "return": "退回",
        "reject": "驳回",
        "approve": "批准",
        "summarise": "年度总结",
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
        (APPROVED, "summarise"): SUMMARISED,
    },
)
OPEN = (DRAFT, RETURNED, REJECTED)  # what may be edited
IN_FORCE = (APPROVED, SUMMARISED)

PROPOSED, CONFIRMED, DECLINED = "proposed", "confirmed", "declined"

CORRECTION = Moves(
    subject="合作方案的更正",
    states={PROPOSED: "待确认", CONFIRMED: "已确认", DECLINED: "未采纳"},
    acts={"confirm": "确认", "decline": "不采纳或撤回"},
    table={(PROPOSED, "confirm"): CONFIRMED, (PROPOSED, "decline"): DECLINED},
)
