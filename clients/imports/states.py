"""The life of an import batch."""

from __future__ import annotations

from kernel.transitions import Moves

CHECKED, BOOKED, DROPPED = "checked", "booked", "dropped"
STATES = {CHECKED: "待确认", BOOKED: "已入账", DROPPED: "已放弃"}
ACTS = {"book": "确认入账", "drop": "放弃", "recheck": "重新预检"}

# the company's file, and a branch's part of it
SPLITTING, BOOKING, DONE, REFUSED = "splitting", "booking", "done", "refused"
COMPANY_STATES = {SPLITTING: "正在拆分", BOOKING: "逐家导入中", DONE: "已完成", REFUSED: "未读入"}
QUEUED, PART_BOOKED, SAME, PART_REFUSED = "queued", "booked", "same", "refused"
PART_STATES = {QUEUED: "排队中", PART_BOOKED: "已入账", SAME: "无变化", PART_REFUSED: "未入账"}

BATCH_MOVES = Moves(
    subject="这批导入",
    states=STATES,
    acts=ACTS,
    table={
        (CHECKED, "book"): BOOKED,
        (CHECKED, "drop"): DROPPED,
        (CHECKED, "recheck"): CHECKED,
    },
)
