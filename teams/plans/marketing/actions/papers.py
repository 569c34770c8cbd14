"""The papers of cooperation agreements leave the house: who took one stands in the log."""

from __future__ import annotations

from django.db import transaction

from branch.files.actions import Opened, hand_out
from branch.files.models import StoredFile
from branch.people.models import Person
from kernel.refusals import Unknown
from teams.plans.marketing import queries
from teams.plans.marketing.models import AgreementCorrection, CooperationAgreement


@transaction.atomic
def open_paper(*, agreement_id: int, by: Person) -> Opened:
    """The signed paper, for who may see the agreement. Raises Unknown. Each opening is logged."""
    row = queries.agreement_for(by, agreement_id)
    if row.file is None:
        raise Unknown("这份合作方案没有上传文件")
    what = f"{_named(row)}的协议文件"
    return hand_out(row.file, what=what, act="agreements.open", subject=row, branch_code=row.branch.code, by=by)


@transaction.atomic
def open_correction_paper(*, correction_id: int, by: Person) -> Opened:
    """The paper that a correction brings, for who may see it. Raises Unknown. Each opening is logged."""
    correction = queries.correction_for(by, correction_id)
    if correction.file is None:
        raise Unknown("这项更正没有换协议文件")
    return _opened(correction, correction.file, "更正所附的协议文件", by)


@transaction.atomic
def open_former_paper(*, correction_id: int, by: Person) -> Opened:
    """The paper that was signed before a correction, in the same way."""
    correction = queries.correction_for(by, correction_id)
    return _opened(correction, correction.former_file, "更正前的协议文件", by)


def _opened(correction: AgreementCorrection, file: StoredFile, paper: str, by: Person) -> Opened:
    what, code = f"{_named(correction.agreement)}{paper}", correction.agreement.branch.code
    return hand_out(file, what=what, act="agreements.open_correction", subject=correction, branch_code=code, by=by)


def _named(row: CooperationAgreement) -> str:
    return f"{row.outlet.name}的{row}"
