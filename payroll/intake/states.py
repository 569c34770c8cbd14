"""The states of an opening set, of an input sheet and of a tax mode, and the moves between them."""

from __future__ import annotations

from kernel.transitions import Moves

REFUSED, PROPOSED, CONFIRMED, REJECTED = "refused", "proposed", "confirmed", "rejected"
CHECKED, BOOKED, REPLACED, DROPPED = "checked", "booked", "replaced", "dropped"

OPENING = Moves(
    subject="期初余额",
    states={REFUSED: "校验未通过", PROPOSED: "待确认", CONFIRMED: "已确认", REJECTED: "未采纳"},
    acts={"confirm": "确认", "reject": "退回"},
    table={(PROPOSED, "confirm"): CONFIRMED, (PROPOSED, "reject"): REJECTED},
)

INPUT_SHEET = Moves(
    subject="核算输入",
    states={CHECKED: "已预检", BOOKED: "已导入", REPLACED: "已被替换", DROPPED: "已放弃"},
    acts={"book": "确认导入", "replace": "替换", "drop": "放弃"},
    table={(CHECKED, "book"): BOOKED, (CHECKED, "drop"): DROPPED, (BOOKED, "replace"): REPLACED},
)

TAX_MODE = Moves(
    subject="个税减除方式",
    states={PROPOSED: "待确认", CONFIRMED: "已确认", REJECTED: "未采纳", REPLACED: "已被替换"},
    acts={"confirm": "确认", "reject": "退回", "replace": "替换"},
    table={(PROPOSED, "confirm"): CONFIRMED, (PROPOSED, "reject"): REJECTED, (CONFIRMED, "replace"): REPLACED},
)
