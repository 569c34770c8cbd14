"""The states of a 调动 and of a 离职 and the moves between them. 待生效 and 已生效 are days of one that took effect: read off."""

from __future__ import annotations

from kernel.transitions import Moves

DRAFT, APPROVING, RETURNED, REJECTED = "draft", "approving", "returned", "rejected"
HANDING, EFFECTIVE, CLOSED, CANCELLED = "handing", "effective", "closed", "cancelled"

_TO_SIGN = {
    (DRAFT, "edit"): DRAFT,
    (DRAFT, "submit"): APPROVING,
    (DRAFT, "cancel"): CANCELLED,
    (APPROVING, "withdraw"): DRAFT,
    (APPROVING, "return"): RETURNED,
    (APPROVING, "reject"): REJECTED,
    (APPROVING, "approve"): HANDING,
    (RETURNED, "edit"): RETURNED,
    (RETURNED, "resubmit"): APPROVING,
    (RETURNED, "withdraw"): DRAFT,
    (HANDING, "cancel"): CANCELLED,
}
_ACTS = {
    "edit": "修改",
    "submit": "报批",
    "resubmit": "再次提交",
    "withdraw": "撤回",
    "return": "退回",
    "reject": "驳回",
    "approve": "批准",
    "cancel": "撤销",
}

MOVE = Moves(
    subject="这次调动",
    states={
        DRAFT: "拟调",
        APPROVING: "审批中",
        RETURNED: "已退回",
        REJECTED: "已驳回",
        HANDING: "待交接",
        EFFECTIVE: "已生效",
        CANCELLED: "已撤销",
    },
    acts=_ACTS | {"take_effect": "生效"},
    table=_TO_SIGN | {(HANDING, "take_effect"): EFFECTIVE},
)
LEAVING = Moves(
    subject="这次离职",
    states={
        DRAFT: "拟办",
        APPROVING: "审批中",
        RETURNED: "已退回",
        REJECTED: "已驳回",
        HANDING: "办理中",
        CLOSED: "已办结",
        CANCELLED: "已撤销",
    },
    acts=_ACTS | {"close": "办结", "revoke": "撤销离职登记"},
    table=_TO_SIGN | {(HANDING, "close"): CLOSED, (CLOSED, "revoke"): CANCELLED},
)
OPEN = (DRAFT, APPROVING, RETURNED, HANDING)
"""Neither done nor given up: of these a person has one at most."""
COLOURS = {APPROVING: "blue", RETURNED: "orange", REJECTED: "red", HANDING: "orange", EFFECTIVE: "green", CLOSED: "green"}
