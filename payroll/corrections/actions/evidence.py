"""What proves a correction or a settlement leaves the house: who took it stands in the log."""

from __future__ import annotations

from django.db import transaction

from branch.files.actions import Opened, hand_out
from branch.people.models import Person
from kernel.refusals import Unknown
from payroll.corrections.leavers import settlement_for
from payroll.corrections.queries import correction_for


@transaction.atomic
def open_line_evidence(*, number: str, line_id: int, by: Person) -> Opened:
    """The proof of a correction's line, for who may see the correction. Raises Unknown. Each opening is logged."""
    correction = correction_for(by, number)
    line = correction.lines.select_related("evidence", "person").filter(pk=line_id).first()
    if line is None or line.evidence is None:
        raise Unknown("这一项没有依据文件")
    what = f"{correction}的依据,{line.person.name}({line.person.staff_no}){line.month.label}"
    code = correction.branch.code
    return hand_out(line.evidence, what=what, act="correction.evidence", subject=correction, branch_code=code, by=by)


@transaction.atomic
def open_settlement_evidence(*, settlement_id: int, by: Person) -> Opened:
    """The proof of what was settled outside the run, for who may see it. Raises Unknown. Each opening is logged."""
    found = settlement_for(by, settlement_id)
    if found.evidence is None:
        raise Unknown("这笔登记没有依据文件,只有凭证号")
    what = f"{found.person.name}({found.person.staff_no})线下结清的依据"
    return hand_out(found.evidence, what=what, act="settlement.evidence", subject=found, branch_code=found.branch.code, by=by)
