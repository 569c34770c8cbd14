"""The life of a month's figures."""

from __future__ import annotations

from kernel.transitions import Moves

OPEN, LOCKED = "open", "locked"
STATES = {OPEN: "待复核", LOCKED: "已锁定"}
ACTS = {"lock": "复核锁定", "unlock": "解除锁定"}

FIGURES_MOVES = Moves(subject="该月业务数据", states=STATES, acts=ACTS, table={(OPEN, "lock"): LOCKED, (LOCKED, "unlock"): OPEN})
