"""The states of a version of a route and the one table of its moves. docs/diagrams/route_version.mmd is drawn from it."""

from __future__ import annotations

from kernel.transitions import Moves

DRAFT, PROPOSED, ACTIVE, ENDED, DROPPED = "draft", "proposed", "active", "ended", "dropped"

ROUTE = Moves(
    subject="这一版审批流程",
    states={DRAFT: "草案", PROPOSED: "待确认", ACTIVE: "生效", ENDED: "失效", DROPPED: "已作废"},
    acts={
        "edit": "修改",
        "propose": "提交确认",
        "withdraw": "撤回提交",
        "return": "退回",
        "confirm": "确认生效",
        "end": "由下一版接替",
        "drop": "作废",
    },
    table={
        (DRAFT, "edit"): DRAFT,
        (DRAFT, "propose"): PROPOSED,
        (DRAFT, "drop"): DROPPED,
        (PROPOSED, "withdraw"): DRAFT,
        (PROPOSED, "return"): DRAFT,
        (PROPOSED, "confirm"): ACTIVE,
        (ACTIVE, "end"): ENDED,
    },
)
COLOURS = {DRAFT: "grey", PROPOSED: "blue", ACTIVE: "green", ENDED: "grey", DROPPED: "grey"}
TO_COME = "待生效"
