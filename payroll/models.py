from __future__ import annotations

from payroll.close.models import BranchClose, CompanyClose
from payroll.corrections.models import Reversal
from payroll.intake.models import InputSheet, MonthlyInput, OpeningBalance, OpeningSet, TaxMode
from payroll.runs.models import PayRun, PaySlip
from payroll.schemes.models import SchemeVersion

__all__ = [
    "BranchClose",
    "CompanyClose",
    "InputSheet",
    "MonthlyInput",
    "OpeningBalance",
    "OpeningSet",
    "PayRun",
    "PaySlip",
    "Reversal",
    "SchemeVersion",
    "TaxMode",
]
