"""Steps that the tests of corrections share: months paid, a correction opened, filled, reckoned and signed."""

from __future__ import annotations

from typing import Any

from clients.figures.models import ManagerFigure
from kernel.months import Month
from payroll.corrections.actions import corrections
from payroll.corrections.models import Correction
from payroll.intake.models import MonthlyInput
from payroll.runs.models import PaySlip
from tests.factories.branch import People
from tests.factories.close import committed, computed
from tests.factories.runs import AUGUST, make_ready, paid_run, sign, three


def ready(people: People, *months: Month) -> None:
    for month in months:
        if not MonthlyInput.objects.filter(month=month).exists():
            make_ready(people, month)


def inputs(people: People, staff_no: str, month: Month, **cells: Any) -> None:
    MonthlyInput.objects.filter(person=people[staff_no], month=month).update(**cells)


def figures(people: People, staff_no: str, month: Month, **values: Any) -> None:
    ManagerFigure.objects.filter(person=people[staff_no], month=month).update(**values)


def paid(people: People, *months: Month) -> None:
    for month in months:
        paid_run(people, month)


def opened(people: People, month: Month = AUGUST, reason: str = "职责分录错") -> Correction:
    with committed():
        return corrections.open_correction(branch=people.branch, month=month, reason=reason, by=people["600002"])


def line(people: People, correction: Correction, staff_no: str, field: str, new: str, **others: Any) -> None:
    given = {"month": correction.month, "reason": "与考核表不符"} | others
    corrections.add_line(
        number=correction.number, person_id=people[staff_no].pk, field=field, new=new, by=people["600002"], **given
    )


def reckoned(people: People, correction: Correction) -> Correction:
    return corrections.compute_correction(number=correction.number, by=people["600002"])


def sent(people: People, correction: Correction) -> Correction:
    with committed():
        return corrections.send_correction(number=correction.number, by=people["600002"])


def approved(people: People, correction: Correction) -> Correction:
    found = sent(people, reckoned(people, correction))
    assert found.approval is not None
    sign(found.approval, *three(people))
    return Correction.objects.get(pk=found.pk)


def slip(people: People, staff_no: str, month: Month) -> PaySlip:
    return PaySlip.objects.get(person=people[staff_no], month=month, current=True)


def following(people: People, month: Month) -> dict[str, PaySlip]:
    """The month computed after a correction, by staff number."""
    run = computed(people, month)
    assert not run.problems, run.problems
    return {one.staff_no: one for one in run.slips.all()}
