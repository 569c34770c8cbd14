"""Writes of cooperation agreements with banks: entered, changed, signed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from branch.audit.actions import record
from branch.files.papers import keep_paper
from branch.org.models import Outlet
from branch.people.models import Person
from kernel.refusals import Refusal, Unknown
from kernel.seen import require_seen
from teams.plans.marketing import access
from teams.plans.marketing.models import CooperationAgreement

SHOWN = ("bank", "agreement_no", "signed_on", "valid_from", "valid_to")


def shown_agreement(row: CooperationAgreement) -> dict[str, Any]:
    """What the page shows of it, for the stamp of two editors."""
    return {name: getattr(row, name) for name in SHOWN}


@transaction.atomic
def enter_agreement(
    *,
    outlet: Outlet,
    bank: str,
    agreement_no: str,
    valid_from: date,
    valid_to: date,
    by: Person,
    signed_on: date | None = None,
    file: bytes | None = None,
    file_name: str = "",
) -> CooperationAgreement:
    """Enter an agreement of an outlet; without `signed_on` it is 拟定."""
    row = CooperationAgreement(branch=outlet.branch, outlet=outlet, made_by=by)
    _write(row, by, file, file_name, bank=bank, agreement_no=agreement_no, signed_on=signed_on, span=(valid_from, valid_to))
    _note(by, "enter", row, f"登记{outlet.name}的{row}")
    return row


@transaction.atomic
def change_agreement(
    *,
    agreement_id: int,
    bank: str,
    agreement_no: str,
    valid_from: date,
    valid_to: date,
    by: Person,
    signed_on: date | None = None,
    file: bytes | None = None,
    file_name: str = "",
    seen: str = "",
) -> CooperationAgreement:
    """Change it, or say that it is signed. Raises Overtaken when a colleague has changed it since `seen` was shown."""
    rows = CooperationAgreement.objects.select_for_update(of=("self",)).select_related("branch", "outlet")
    row = rows.filter(pk=agreement_id).first()
    if row is None:
        raise Unknown("没有这份合作方案")
    before = shown_agreement(row)
    require_seen(seen, before, what=str(row))
    _write(row, by, file, file_name, bank=bank, agreement_no=agreement_no, signed_on=signed_on, span=(valid_from, valid_to))
    _note(by, "change", row, f"修改{row.outlet.name}的{row}", before=before, after=shown_agreement(row))
    return row


def _write(
    row: CooperationAgreement,
    by: Person,
    file: bytes | None,
    file_name: str,
    *,
    bank: str,
    agreement_no: str,
    signed_on: date | None,
    span: tuple[date, date],
) -> None:
    access.require_may_keep_agreements(by, row.branch)
    row.bank, row.agreement_no, row.signed_on = bank.strip()[:60], agreement_no.strip()[:60], signed_on
    row.valid_from, row.valid_to = span
    if not row.bank or not row.agreement_no:
        raise Refusal("请写明合作银行与协议编号", code="nameless")
    if row.valid_to < row.valid_from:
        raise Refusal("合作方案的有效期至不能早于有效期自", code="span")
    others = CooperationAgreement.objects.filter(branch=row.branch, agreement_no=row.agreement_no).exclude(pk=row.pk)
    if others.exists():
        raise Refusal(f"协议编号 {row.agreement_no} 已经登记过,请核对", code="already_there")
    if file:
        row.file = keep_paper(file, name=file_name, what="协议文件", by=by)
    row.save()


def _note(by: Person, verb: str, row: CooperationAgreement, summary: str, **details: Any) -> None:
    record(by=by, act=f"agreements.{verb}", subject=row, summary=summary, branch_code=row.branch.code, **details)
