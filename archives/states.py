"""The states of a filing."""

from __future__ import annotations

from kernel.transitions import Moves

WAITING, FILED = "waiting", "filed"
STATES = {WAITING: "待接收", FILED: "已备案"}

MOVES = Moves(subject="备案件", states=STATES, acts={"receive": "接收"}, table={(WAITING, "receive"): FILED})
