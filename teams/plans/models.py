"""The models of every room, where Django looks for them."""

from __future__ import annotations

from teams.plans.division.models import DivisionProposal, ProposedClient
from teams.plans.expenses.models import Expense, ExpenseKind, ExpenseNote
from teams.plans.logs.models import LogCheck, LogContact, LogDraw, LogVersion, WorkLog
from teams.plans.marketing.models import AgreementCorrection, CooperationAgreement, MarketingPlan
from teams.plans.moves.models import Handover, HandoverLine, HandoverReceipt, Leaving, Move
from teams.plans.reports.models import AnalysisReport
from teams.plans.rulebooks.models import RuleDocument
from teams.plans.targets.models import (
    DayFigure,
    DeviationNote,
    IncomePart,
    IncomePlan,
    Milestone,
    StaleMonth,
    Target,
    TargetChange,
    TargetMonth,
    TargetSheet,
)

__all__ = [
    "AgreementCorrection",
    "AnalysisReport",
    "CooperationAgreement",
    "DayFigure",
    "DeviationNote",
    "DivisionProposal",
    "Expense",
    "ExpenseKind",
    "ExpenseNote",
    "Handover",
    "HandoverLine",
    "HandoverReceipt",
    "IncomePart",
    "IncomePlan",
    "Leaving",
    "LogCheck",
    "LogContact",
    "LogDraw",
    "LogVersion",
    "MarketingPlan",
    "Milestone",
    "Move",
    "ProposedClient",
    "RuleDocument",
    "StaleMonth",
    "Target",
    "TargetChange",
    "TargetMonth",
    "TargetSheet",
    "WorkLog",
]
