"""What proves a correction or a settlement leaves the house: who took it stands in the log."""

from __future__ import annotations

from django.db import transaction

from branch.audit.actions import record
from branch.files.actions import read
from branch.files.models import StoredFile
from branch.people.models import Person
from kernel.refusals import Unknown
from payroll.corrections.leavers import settlement_for
from payroll.corrections.models import Correction, OutsideSettlement
from payroll.corrections.queries import correction_for

Opened = tuple[bytes, str, str]
"""(content, name, content type)"""


@transaction.atomic
def open_line_evidence(*, number: str, line_id: int, by: Person) -> Opened:
    """The proof of a correction's line, for who may see the correction. Raises Unknown. Each opening is logged."""
    correction = correction_for(by, number)
    line = correction.lines.select_related("evidence", "person").filter(pk=line_id).first()
    if line is None or line.evidence is None:
        raise Unknown("这一项没有依据文件")
    what = f"{correction}的依据,{line.person.name}({line.person.staff_no}){line.month.label}"
    return _opened(line.evidence, correction, act="correction.evidence", what=what, by=by)


@transaction.atomic
def open_settlement_evidence(*, settlement_id: int, by: Person) -> Opened:
    """The proof of what was settled outside the run, for who may see it. Raises Unknown. Each opening is logged."""
    found = settlement_for(by, settlement_id)
    if found.evidence is None:
        raise Unknown("这笔登记没有依据文件,只有凭证号")
    what = f"{found.person.name}({found.person.staff_no})线下结清的依据"
    return _opened(found.evidence, found, act="settlement.evidence", what=what, by=by)


def _opened(file: StoredFile, subject: Correction | OutsideSettlement, *, act: str, what: str, by: Person) -> Opened:
    content = read(file)
    record(by=by, act=act, subject=subject, summary=f"下载{what}", branch_code=subject.branch.code, sha256=file.sha256)
    return content, file.name, file.content_type
