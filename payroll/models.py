from __future__ import annotations

from payroll.intake.models import InputSheet, MonthlyInput, OpeningBalance, OpeningSet
from payroll.schemes.models import SchemeVersion

__all__ = ["InputSheet", "MonthlyInput", "OpeningBalance", "OpeningSet", "SchemeVersion"]
