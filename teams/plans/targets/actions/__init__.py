"""Every write of the targets: breaking down, changing, income by department, progress, milestones, sheets."""

from __future__ import annotations

from teams.plans.targets.actions.adopting import adopt_plan
from teams.plans.targets.actions.breaking import put_in_force, put_parts, set_parts, set_root
from teams.plans.targets.actions.changing import agree_change, propose_change, refuse_change, withdraw_change
from teams.plans.targets.actions.incomes import drop_income, put_income, save_income
from teams.plans.targets.actions.milestones import add_milestone, drop_milestone, finish_milestone, open_evidence
from teams.plans.targets.actions.progress import answer_note, shown_note, take_figures, take_marked, take_open_months
from teams.plans.targets.actions.reminding import remind_of_the_15th
from teams.plans.targets.actions.sheets import (
    book_sheet,
    check_sheet,
    drop_sheet,
    recheck_sheet,
    shown_changes,
    take_mistakes,
    take_template,
)

__all__ = [
    "add_milestone",
    "adopt_plan",
    "agree_change",
    "answer_note",
    "book_sheet",
    "check_sheet",
    "drop_income",
    "drop_milestone",
    "drop_sheet",
    "finish_milestone",
    "open_evidence",
    "propose_change",
    "put_in_force",
    "put_income",
    "put_parts",
    "recheck_sheet",
    "refuse_change",
    "remind_of_the_15th",
    "save_income",
    "set_parts",
    "set_root",
    "shown_changes",
    "shown_note",
    "take_figures",
    "take_marked",
    "take_mistakes",
    "take_open_months",
    "take_template",
    "withdraw_change",
]
