from __future__ import annotations

from payroll.corrections.models import Reversal
from payroll.intake.models import InputSheet, MonthlyInput, OpeningBalance, OpeningSet, TaxMode
from payroll.runs.models import PayRun, PaySlip
from payroll.schemes.models import SchemeVersion

__all__ = [
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
