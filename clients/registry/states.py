"""The life of a 《客户经理营销客户确认单》: a void one keeps its number (art. 21)."""

from __future__ import annotations

from kernel.transitions import Moves

PROPOSED, VALID, VOID, ENDED = "proposed", "valid", "void", "ended"
STATES = {PROPOSED: "待核", VALID: "有效", VOID: "作废", ENDED: "解除"}
ACTS = {"confirm": "确认", "void": "作废", "end": "解除"}

SLIP_MOVES = Moves(
    subject="这张确认单",
    states=STATES,
    acts=ACTS,
    table={
        (PROPOSED, "confirm"): VALID,
        (PROPOSED, "void"): VOID,
        (VALID, "void"): VOID,
        (VALID, "end"): ENDED,
    },
)
