"""The states of a business analysis report and the moves between them. 未写 has no row: the list reads it off."""

from __future__ import annotations

from kernel.transitions import Moves

DRAFT, SUBMITTED, RETURNED, REJECTED = "draft", "submitted", "returned", "rejected"
APPROVED, FILED = "approved", "filed"

REPORT = Moves(
    subject="业务分析报告",
    states={
        DRAFT: "草稿",
        SUBMITTED: "已提交",
        RETURNED: "已退回",
        REJECTED: "未通过",
        APPROVED: "已审核",
        FILED: "已归档",
    },
    acts={
        "write": "修改",
        "refresh": "重新取数",
        "submit": "提交",
        "resubmit": "再次提交",
        "withdraw": "撤回",
        "return": "退回",
        "reject": "驳回",
        "approve": "审核通过",
        "file": "归档",
    },
    table={
        (DRAFT, "write"): DRAFT,
        (DRAFT, "refresh"): DRAFT,
        (DRAFT, "submit"): SUBMITTED,
        (SUBMITTED, "withdraw"): DRAFT,
        (SUBMITTED, "return"): RETURNED,
        (SUBMITTED, "reject"): REJECTED,
        (SUBMITTED, "approve"): APPROVED,
        (RETURNED, "write"): RETURNED,
        (RETURNED, "refresh"): RETURNED,
        (RETURNED, "resubmit"): SUBMITTED,
        (RETURNED, "withdraw"): DRAFT,
        (REJECTED, "write"): DRAFT,
        (REJECTED, "refresh"): DRAFT,
        (APPROVED, "file"): FILED,
    },
)
OPEN = (DRAFT, RETURNED, REJECTED)  # what may be written and refreshed
HANDED_IN = (SUBMITTED, APPROVED, FILED)  # what is no longer due
IN_FORCE = (APPROVED, FILED)
COLOURS = {DRAFT: "grey", SUBMITTED: "blue", RETURNED: "orange", REJECTED: "red", APPROVED: "green", FILED: "green"}
