"""Every write of the intake: the monthly inputs and the opening balances."""

from payroll.intake.actions.inputs import book_inputs, check_inputs, drop_inputs, import_inputs
from payroll.intake.actions.openings import confirm_opening, import_opening, propose_opening, reject_opening

__all__ = [
    "book_inputs",
    "check_inputs",
    "confirm_opening",
    "drop_inputs",
    "import_inputs",
    "import_opening",
    "propose_opening",
    "reject_opening",
]
