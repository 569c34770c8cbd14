"""Every write of the targets: breaking down, changing, income by department, progress, milestones, sheets."""

from __future__ import annotations

from teams.plans.targets.actions.breaking import put_in_force, put_parts, set_parts, set_root
from teams.plans.targets.actions.changing import agree_change, propose_change, refuse_change, withdraw_change
from teams.plans.targets.actions.incomes import drop_income, put_income, save_income
from teams.plans.targets.actions.progress import answer_note, take_figures, take_marked, take_open_months

__all__ = [
    "agree_change",
    "answer_note",
    "drop_income",
    "propose_change",
    "put_in_force",
    "put_income",
    "put_parts",
    "refuse_change",
    "save_income",
    "set_parts",
    "set_root",
    "take_figures",
    "take_marked",
    "take_open_months",
    "withdraw_change",
]
