"""The states of a target, of a change to it, of an income plan, of a note and of a sheet, and the moves between them."""

from __future__ import annotations

from kernel.transitions import Moves

DRAFT, IN_FORCE, REPLACED, DROPPED = "draft", "in_force", "replaced", "dropped"
PROPOSED, AGREED, REFUSED, WITHDRAWN = "proposed", "agreed", "refused", "withdrawn"
ASKED, ANSWERED, LAPSED = "asked", "answered", "lapsed"
CHECKED, BOOKED = "checked", "booked"

TARGET = Moves(
    subject="目标",
    states={DRAFT: "草案", IN_FORCE: "生效"},
    acts={"put": "下达"},
    table={(DRAFT, "put"): IN_FORCE},
)

CHANGE = Moves(
    subject="目标变更",
    states={PROPOSED: "待同意", AGREED: "已同意", REFUSED: "未同意", WITHDRAWN: "已撤回"},
    acts={"agree": "同意", "refuse": "不同意", "withdraw": "撤回"},
    table={(PROPOSED, "agree"): AGREED, (PROPOSED, "refuse"): REFUSED, (PROPOSED, "withdraw"): WITHDRAWN},
)

INCOME = Moves(
    subject="部门收入目标",
    states={DRAFT: "草案", IN_FORCE: "生效", REPLACED: "已被取代", DROPPED: "已放弃"},
    acts={"put": "生效", "replace": "取代", "drop": "放弃"},
    table={(DRAFT, "put"): IN_FORCE, (DRAFT, "drop"): DROPPED, (IN_FORCE, "replace"): REPLACED},
)

NOTE = Moves(
    subject="偏差说明",
    states={ASKED: "待说明", ANSWERED: "已说明", LAPSED: "已赶上"},
    acts={"answer": "说明", "lapse": "赶上", "ask": "再次要求"},
    table={(ASKED, "answer"): ANSWERED, (ASKED, "lapse"): LAPSED, (LAPSED, "ask"): ASKED, (ANSWERED, "answer"): ANSWERED},
)

SHEET = Moves(
    subject="目标分解表",
    states={CHECKED: "已预检", BOOKED: "已导入", DROPPED: "已放弃"},
    acts={"book": "确认导入", "drop": "放弃"},
    table={(CHECKED, "book"): BOOKED, (CHECKED, "drop"): DROPPED},
)
