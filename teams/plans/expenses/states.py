"""The states of a note on a month whose expenses went over the limit, and the moves between them."""

from __future__ import annotations

from kernel.transitions import Moves

ASKED, ANSWERED, LAPSED = "asked", "answered", "lapsed"

NOTE = Moves(
    subject="费用超限说明",
    states={ASKED: "待说明", ANSWERED: "已说明", LAPSED: "已不超限"},
    acts={"answer": "说明", "lapse": "不再超限", "ask": "再次要求"},
    table={(ASKED, "answer"): ANSWERED, (ASKED, "lapse"): LAPSED, (LAPSED, "ask"): ASKED, (ANSWERED, "answer"): ANSWERED},
)
