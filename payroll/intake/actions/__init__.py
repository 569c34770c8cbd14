"""Every write of the intake: the monthly inputs, the opening balances and the tax modes."""

from payroll.intake.actions.inputs import book_inputs, check_inputs, drop_inputs, import_inputs, recheck_inputs, shown_changes
from payroll.intake.actions.openings import confirm_opening, import_opening, propose_opening, reject_opening
from payroll.intake.actions.tax_modes import confirm_tax_mode, propose_lump, propose_tax_mode, reject_tax_mode

__all__ = [
    "book_inputs",
    "check_inputs",
    "confirm_opening",
    "confirm_tax_mode",
    "drop_inputs",
    "import_inputs",
    "import_opening",
    "propose_lump",
    "propose_opening",
    "propose_tax_mode",
    "recheck_inputs",
    "reject_opening",
    "reject_tax_mode",
    "shown_changes",
]
