"""Writes of cooperation agreements with banks: entered, changed until they are signed."""

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
from teams.plans.marketing import access, rules
from teams.plans.marketing.models import CooperationAgreement

PAPER = "协议文件"


def shown_agreement(row: CooperationAgreement) -> dict[str, Any]:
    """What the page shows of it, for the stamp of two editors; `file` by its name and content."""
    paper = f"{row.file.name} {row.file.sha256}" if row.file is not None else ""
    return {**{name: getattr(row, name) for name in rules.WORDS}, "paper": paper}


def locked(agreement_id: int) -> CooperationAgreement:
    """The agreement, its row locked for this transaction. Raises Unknown."""
    rows = CooperationAgreement.objects.select_for_update(of=("self",)).select_related("branch", "outlet", "file")
    row = rows.filter(pk=agreement_id).first()
    if row is None:
        raise Unknown("没有这份合作方案")
    return row


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
    access.require_may_keep_agreements(by, outlet.branch)
    row = CooperationAgreement(branch=outlet.branch, outlet=outlet, made_by=by)
    put_wording(row, bank=bank, agreement_no=agreement_no, signed_on=signed_on, span=(valid_from, valid_to))
    _save(row, by, file, file_name)
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
    """Change it, or say that it is signed; a signed one is only corrected (ADR 0112). Raises Overtaken when a
    colleague has changed it since `seen` was shown."""
    row = locked(agreement_id)
    access.require_may_keep_agreements(by, row.branch)
    if row.signed:
        raise Refusal(f"{row}已签订并附有协议文件,不能直接修改;请改用“更正”:写明原因,由另一位同事确认后生效", code="signed")
    before = shown_agreement(row)
    require_seen(seen, before, what=str(row))
    put_wording(row, bank=bank, agreement_no=agreement_no, signed_on=signed_on, span=(valid_from, valid_to))
    _save(row, by, file, file_name)
    _note(by, "change", row, f"修改{row.outlet.name}的{row}", before=before, after=shown_agreement(row))
    return row


def put_wording(
    row: CooperationAgreement, *, bank: str, agreement_no: str, signed_on: date | None, span: tuple[date, date]
) -> None:
    """Put what counts of it into the row, not saved. Raises Refusal where it can't be so."""
    row.bank, row.agreement_no, row.signed_on = bank.strip()[:60], agreement_no.strip()[:60], signed_on
    row.valid_from, row.valid_to = span
    if not row.bank or not row.agreement_no:
        raise Refusal("请写明合作银行与协议编号", code="nameless")
    if row.valid_to < row.valid_from:
        raise Refusal("合作方案的有效期至不能早于有效期自", code="span")
    others = CooperationAgreement.objects.filter(branch=row.branch, agreement_no=row.agreement_no).exclude(pk=row.pk)
    if others.exists():
        raise Refusal(f"协议编号 {row.agreement_no} 已经登记过,请核对", code="already_there")


def _save(row: CooperationAgreement, by: Person, file: bytes | None, file_name: str) -> None:
    if file:
        row.file = keep_paper(file, name=file_name, what=PAPER, by=by)
    row.save()


def _note(by: Person, verb: str, row: CooperationAgreement, summary: str, **details: Any) -> None:
    record(by=by, act=f"agreements.{verb}", subject=row, summary=summary, branch_code=row.branch.code, **details)
