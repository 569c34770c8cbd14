"""Writes of what a signed agreement is corrected by: proposed by one person, confirmed by another (ADR 0112).

Every one takes the agreement's row first: it is the lock of its corrections, too.
"""

from __future__ import annotations

from copy import copy
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from branch.audit.actions import record
from branch.files.papers import keep_paper
from branch.notices.actions import tell
from branch.people.models import Person
from branch.people.queries import holders
from kernel.refusals import Refusal, Unknown
from kernel.seen import require_seen
from teams.plans.marketing import access, rules, states
from teams.plans.marketing.actions.agreements import PAPER, locked, put_wording, shown_agreement
from teams.plans.marketing.models import AgreementCorrection, CooperationAgreement

MANAGERS = ("deputy_manager", "branch_manager")
DAYS = ("signed_on", "valid_from", "valid_to")


@transaction.atomic
def propose_correction(
    *,
    agreement_id: int,
    bank: str,
    agreement_no: str,
    valid_from: date,
    valid_to: date,
    reason: str,
    by: Person,
    signed_on: date | None = None,
    file: bytes | None = None,
    file_name: str = "",
    seen: str = "",
) -> AgreementCorrection:
    """Say how a signed agreement should be, and why; nothing changes yet. Raises Overtaken where `seen` is not what is."""
    row = locked(agreement_id)
    access.require_may_keep_agreements(by, row.branch)
    if row.file is None or not row.signed:
        raise Refusal(f"{row}还没有签订日期和协议文件,可以直接修改,不需要更正", code="not_signed")
    require_seen(seen, shown_agreement(row), what=str(row))
    if row.corrections.waiting().exists():
        raise Refusal(f"{row}已有一项更正等待确认,请先由同事确认,或不采纳、撤回那一项", code="second_proposal")
    if not reason.strip():
        raise Refusal("请写明更正的原因,例如哪里登记错了,或补充协议的编号", code="reason_missing")
    _require_signing_day(signed_on)
    wanted = copy(row)
    put_wording(wanted, bank=bank, agreement_no=agreement_no, signed_on=signed_on, span=(valid_from, valid_to))
    if wanted.content == row.content and not file:
        raise Refusal("内容与登记的相同,没有要更正的", code="nothing_changed")
    correction = AgreementCorrection.objects.create(
        agreement=row,
        before=row.content,
        after=wanted.content,
        former_file=row.file,
        file=keep_paper(file, name=file_name, what=PAPER, by=by) if file else None,
        reason=reason.strip()[:200],
        proposed_by=by,
    )
    _note(by, "propose", correction, f"提出{_of(correction)}的更正:{correction.reason}")
    others = {one.pk: one for role in MANAGERS for one in holders(role, branch=row.branch) if one.pk != by.pk}
    key = f"agreements.correct:{correction.pk}"
    tell(others.values(), f"{by.name}提出{_of(correction)}的更正,待另一位同事确认", key=key, link=row.get_absolute_url())
    return correction


@transaction.atomic
def confirm_correction(*, correction_id: int, by: Person) -> CooperationAgreement:
    """The second person confirms: the agreement is as the correction says, the paper of before stays with the correction."""
    correction = _held(correction_id)
    row = correction.agreement
    access.require_may_confirm(by, correction)
    correction.state = states.CORRECTION.after(correction.state, "confirm")
    wanted = {name: date.fromisoformat(text) if text else None for name, text in correction.after.items() if name in DAYS}
    _require_signing_day(wanted["signed_on"])
    span = (wanted["valid_from"] or row.valid_from, wanted["valid_to"] or row.valid_to)
    words = {name: correction.after[name] for name in ("bank", "agreement_no")}
    put_wording(row, **words, signed_on=wanted["signed_on"], span=span)
    row.file = correction.file or row.file
    row.save()
    correction.decided_by, correction.decided_at = by, timezone.now()
    correction.save(update_fields=["state", "decided_by", "decided_at"])
    _note(by, "confirm", correction, f"确认{_of(correction)}的更正", subject=row, proposed_by=correction.proposed_by.staff_no)
    key = f"agreements.corrected:{correction.pk}"
    tell([correction.proposed_by], f"您提出的{_of(correction)}的更正已由{by.name}确认", key=key, link=row.get_absolute_url())
    return row


@transaction.atomic
def decline_correction(*, correction_id: int, reason: str, by: Person) -> AgreementCorrection:
    """Say no, and why; the proposer withdraws the own one the same way. The agreement stays as it is."""
    correction = _held(correction_id)
    access.require_may_keep_agreements(by, correction.agreement.branch)
    correction.state = states.CORRECTION.after(correction.state, "decline")
    if not reason.strip():
        raise Refusal("请写明不采纳或撤回的原因", code="reason_missing")
    own = correction.proposed_by_id == by.pk
    correction.decided_by, correction.decided_at = None if own else by, timezone.now()
    correction.note = reason.strip()[:200]
    correction.save(update_fields=["state", "decided_by", "decided_at", "note"])
    _note(by, "decline", correction, f"{'撤回' if own else '未采纳'}{_of(correction)}的更正:{correction.note}")
    if not own:
        text = f"您提出的{_of(correction)}的更正未采纳:{correction.note}"
        link = correction.agreement.get_absolute_url()
        tell([correction.proposed_by], text, key=f"agreements.declined:{correction.pk}", link=link)
    return correction


def _require_signing_day(signed_on: date | None) -> None:
    """What was signed stays signed: without its day it would be 拟定 again, and one person could change it."""
    if signed_on is None:
        raise Refusal(rules.STAYS_SIGNED, code="signing_day_missing")


def _held(correction_id: int) -> AgreementCorrection:
    """The correction with its agreement, whose row is locked. Raises Unknown."""
    found = AgreementCorrection.objects.filter(pk=correction_id).values_list("agreement", flat=True).first()
    if found is None:
        raise Unknown("没有这项更正")
    agreement = locked(found)
    correction = AgreementCorrection.objects.select_related("proposed_by", "former_file", "file").get(pk=correction_id)
    correction.agreement = agreement
    return correction


def _of(correction: AgreementCorrection) -> str:
    return f"{correction.agreement.outlet.name}{correction.agreement}"


def _note(
    by: Person, verb: str, correction: AgreementCorrection, summary: str, *, subject: Model | None = None, **details: Any
) -> None:
    """One row of the log; of what changes the agreement `subject` is the agreement."""
    record(
        by=by,
        act=f"agreements.{verb}_correction",
        subject=subject or correction,
        summary=summary,
        branch_code=correction.agreement.branch.code,
        changes=correction.changes,
        **details,
    )
