"""The states of a scheme version and the moves between them."""

from __future__ import annotations

from kernel.transitions import Moves

DRAFT, PROPOSED, IN_FORCE, RETIRED, DROPPED = "draft", "proposed", "in_force", "retired", "dropped"

SCHEME = Moves(
    subject="薪酬方案",
    states={DRAFT: "草稿", PROPOSED: "待确认", IN_FORCE: "生效", RETIRED: "停用", DROPPED: "已作废"},
    acts={
        "edit": "修改",
        "propose": "提交确认",
        "confirm": "确认生效",
        "return": "退回",
        "retire": "停用",
        "drop": "作废",
    },
    table={
        (DRAFT, "edit"): DRAFT,
        (DRAFT, "propose"): PROPOSED,
        (DRAFT, "drop"): DROPPED,
        (PROPOSED, "confirm"): IN_FORCE,
        (PROPOSED, "return"): DRAFT,
        (IN_FORCE, "retire"): RETIRED,
    },
)
