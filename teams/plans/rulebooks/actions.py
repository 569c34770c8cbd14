"""Writes of rule documents: drafted, edited, sent up; papers approved before, registered by one and checked by another."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max

from approvals.requests import actions as approvals
from approvals.requests.models import Request
from branch.files.actions import Opened, hand_out
from branch.files.papers import keep_paper
from branch.org.models import Branch, Team
from branch.people.models import Person
from branch.serials.actions import pass_over
from kernel.refusals import Refusal, Unknown
from kernel.seen import require_seen
from teams.plans.rulebooks import access, queries, rules, signing, states
from teams.plans.rulebooks.models import RuleDocument
from teams.plans.rulebooks.signing import note_down, take_effect


def _new(branch: Branch, team: Team | None, kind: str, by: Person, **given: Any) -> RuleDocument:
    """The next version, not saved. The branch's row is locked, so that versions follow each other."""
    if kind not in rules.KINDS:
        raise Refusal("请选择管理实施细则或薪酬标准实施细则", code="bad_kind")
    if team is not None and team.branch_id != branch.pk:
        raise Refusal("这个团队不在所选的营业部", code="other_branch")
    Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    same = RuleDocument.objects.filter(branch=branch, team=team, kind=kind)
    version = (same.aggregate(last=Max("version"))["last"] or 0) + 1
    row = RuleDocument(branch=branch, team=team, kind=kind, version=version, made_by=by, **given)
    rules.require_text(row.text, row.effective_from, row.effective_to)
    return row


def locked(document_id: int) -> RuleDocument:
    """The row, locked for this transaction. Raises Unknown."""
    rows = RuleDocument.objects.select_for_update(of=("self",)).select_related("branch", "team", "approval", "made_by", "file")
    found = rows.filter(pk=document_id).first()
    if found is None:
        raise Unknown("没有这份实施细则")
    return found


@transaction.atomic
def draft_document(
    *, branch: Branch, team: Team | None, kind: str, text: str, effective_from: date, by: Person, effective_to: date | None = None
) -> RuleDocument:
    """A new version of a team's (None: the whole branch's) rules."""
    access.require_may_write(by, branch, team)
    row = _new(branch, team, kind, by, text=text.strip(), effective_from=effective_from, effective_to=effective_to)
    row.save()
    note_down(by, "draft", row, f"拟定{row}")
    return row


@transaction.atomic
def edit_document(
    *, document_id: int, text: str, effective_from: date, by: Person, effective_to: date | None = None, seen: str = ""
) -> RuleDocument:
    """Another text for one that is not on its way. Raises Overtaken when somebody else saved it since `seen` was shown."""
    row = locked(document_id)
    access.require_may_write(by, row.branch, row.team)
    row.state = states.DOCUMENT.after(row.state, "edit")
    require_seen(seen, row.content, what=str(row))
    before = row.digest
    row.text, row.effective_from, row.effective_to = text.strip(), effective_from, effective_to
    rules.require_text(row.text, row.effective_from, row.effective_to)
    row.save()
    note_down(by, "edit", row, f"修改{row}", before=before, after=row.digest)
    return row


@transaction.atomic
def send_up(*, document_id: int, by: Person) -> RuleDocument:
    """报送, and again after a 退回."""
    # The request's row before the document's, as every signature takes them.
    asked = RuleDocument.objects.filter(pk=document_id).values("approval")
    Request.objects.select_for_update().filter(pk__in=asked).first()
    row = locked(document_id)
    access.require_may_write(by, row.branch, row.team)
    act = "resubmit" if row.state == states.RETURNED else "submit"
    row.state = states.DOCUMENT.after(row.state, act)
    if not row.text:
        raise Refusal("请先写正文再报送", code="incomplete")
    given: dict[str, Any] = {"content_digest": row.digest, "facts": row.content, "by": by, "title": str(row)}
    if act == "resubmit":
        assert row.approval is not None  # a returned one was sent up
        row.approval = approvals.resubmit(request_id=row.approval.pk, **given)
    else:
        row.approval = approvals.submit(kind=signing.KIND, branch=row.branch, applicant=by, **given)
    row.save(update_fields=["state", "approval"])
    note_down(by, act, row, f"{row}报送", number=row.approval.number, round=row.approval.round)
    return row


@transaction.atomic
def take_back(*, document_id: int, reason: str, by: Person) -> RuleDocument:
    """撤回, while the request is unfinished; the document is a draft again."""
    found = RuleDocument.objects.filter(pk=document_id).only("approval_id").first()
    if found is None:
        raise Unknown("没有这份实施细则")
    if found.approval_id is None:
        raise Refusal("这份实施细则没有报送,不需要撤回", code="not_asked")
    approvals.withdraw(request_id=found.approval_id, reason=reason, by=by)
    return locked(document_id)


@transaction.atomic
def attach_file(*, document_id: int, content: bytes, name: str, by: Person) -> RuleDocument:
    """The file of the paper, in the place of one that is there: of a draft by who writes it (signed with the text), of a
    registered paper by 综合室; one that is approved takes a scan only where it has none."""
    row = locked(document_id)
    access.require_may_attach(by, row)
    former = row.file
    row.file = keep_paper(content, name=name, what="附件", by=by)
    row.save(update_fields=["file"])
    details = {"file": row.file.name, "sha256": row.file.sha256, "former": former.sha256 if former is not None else ""}
    note_down(by, "attach", row, f"上传{row}的附件“{row.file.name}”", **details)
    return row


@transaction.atomic
def open_file(*, document_id: int, by: Person) -> Opened:
    """The attachment, for who may see the document or signs its request. Raises Unknown. Each opening is logged."""
    row, file = queries.with_file_for(by, document_id)
    what = f"{row}的附件“{file.name}”"
    return hand_out(file, what=what, act="rules.open", subject=row, branch_code=row.branch.code, by=by)


@transaction.atomic
def register_paper(
    *, branch: Branch, team: Team | None, kind: str, paper_no: str, effective_from: date, by: Person, text: str = ""
) -> RuleDocument:
    """已批准文件登记: a paper that was approved before, under its number. It counts once another person has checked it."""
    access.require_may_register(by)
    number = rules.paper_number(paper_no)
    require_unused(number)
    return _registered(branch, team, kind, number, by, effective_from=effective_from, text=text.strip())


def require_unused(number: str, *, but: RuleDocument | None = None) -> None:
    """No other paper bears that number, a request's 文号 among them (ADR 0083)."""
    others = RuleDocument.objects.filter(paper_no=number).exclude(state=states.DROPPED)
    if but is not None:
        others = others.exclude(pk=but.pk)
    found = others.first() or Request.objects.filter(document_number=number).first()
    if found is not None:
        raise Refusal(f"文号 {number} 已用于“{found}”,请核对原件后填写", code="already_there")


def _registered(branch: Branch, team: Team | None, kind: str, paper_no: str, by: Person, **given: Any) -> RuleDocument:
    number = rules.paper_number(paper_no)
    if RuleDocument.objects.filter(branch=branch, kind=kind, paper_no=number).exclude(state=states.DROPPED).exists():
        raise Refusal(f"{number}已经登记过,请核对", code="already_there")
    row = _new(branch, team, kind, by, legacy=True, paper_no=number, state=states.REGISTERED, **given)
    row.save()
    note_down(by, "register", row, f"登记已批准文件{row.label}")
    return row


@transaction.atomic
def check_paper(*, document_id: int, by: Person) -> RuleDocument:
    """复核登记: by another person; from now on the paper counts."""
    row = locked(document_id)
    access.require_may_check(by, row)
    require_unused(row.paper_no, but=row)
    return _checked(row, by)


def _checked(row: RuleDocument, by: Person) -> RuleDocument:
    """Only now is its number passed over: what one person mistyped would have burnt the run of the branches for the year."""
    row.state, row.checked_by = states.DOCUMENT.after(row.state, "confirm"), by
    take_effect(row, row.paper_no, by)
    series, year, running = rules.parts_of(row.paper_no)
    pass_over("document", scope=series, period=year, number=running)
    return row


@transaction.atomic
def drop_paper(*, document_id: int, reason: str, by: Person) -> RuleDocument:
    """退回登记: what was registered wrongly doesn't count; it stays readable."""
    row = locked(document_id)
    access.require_may_check(by, row)
    if not reason.strip():
        raise Refusal("请写明退回登记的原因", code="reason_missing")
    row.state = states.DOCUMENT.after(row.state, "drop")
    row.save(update_fields=["state"])
    note_down(by, "drop", row, f"退回{row.label}的登记", reason=reason.strip()[:200])
    return row


@transaction.atomic
def seed_paper(*, branch: Branch, kind: str, paper_no: str, effective_from: date, by: Person, checked_by: Person) -> RuleDocument:
    """A paper of the whole branch that is on file before it begins here: two persons, no power asked; done once."""
    number = rules.paper_number(paper_no)
    there = RuleDocument.objects.filter(branch=branch, kind=kind, paper_no=number, state=states.APPROVED).first()
    if there is not None:
        return there
    row = _registered(branch, None, kind, number, by, effective_from=effective_from)
    return _checked(row, checked_by)
