"""Every write of marketing plans and cooperation agreements."""

from __future__ import annotations

from teams.plans.marketing.actions.agreements import change_agreement, enter_agreement, shown_agreement
from teams.plans.marketing.actions.corrections import confirm_correction, decline_correction, propose_correction
from teams.plans.marketing.actions.papers import open_correction_paper, open_former_paper, open_paper
from teams.plans.marketing.actions.plans import draft_plan, edit_plan, send_up, summarise, take_back

__all__ = [
    "change_agreement",
    "confirm_correction",
    "decline_correction",
    "draft_plan",
    "edit_plan",
    "enter_agreement",
    "open_correction_paper",
    "open_former_paper",
    "open_paper",
    "propose_correction",
    "send_up",
    "shown_agreement",
    "summarise",
    "take_back",
]
