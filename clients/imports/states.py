"""The life of an import batch."""

from __future__ import annotations

from kernel.transitions import Moves

CHECKED, BOOKED, DROPPED = "checked", "booked", "dropped"
STATES = {CHECKED: "待确认", BOOKED: "已入账", DROPPED: "已放弃"}
ACTS = {"book": "确认入账", "drop": "放弃", "recheck": "重新预检"}

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
