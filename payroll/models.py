from __future__ import annotations

from payroll.close.models import BranchClose, CompanyClose
from payroll.corrections.models import CorrectedSlip, Correction, CorrectionLine, OutsideSettlement, PayAdjustment, Reversal
from payroll.intake.models import InputSheet, MonthlyInput, OpeningBalance, OpeningSet, TaxMode
from payroll.runs.models import PayRun, PaySlip
from payroll.schemes.models import SchemeVersion

__all__ = [
    "BranchClose",
    "CompanyClose",
    "CorrectedSlip",
    "Correction",
    "CorrectionLine",
    "InputSheet",
    "MonthlyInput",
    "OpeningBalance",
    "OpeningSet",
    "OutsideSettlement",
    "PayAdjustment",
    "PayRun",
    "PaySlip",
    "Reversal",
    "SchemeVersion",
    "TaxMode",
]
