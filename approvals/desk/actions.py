"""Every write of the approval centre beside the engine's own: comments, attachments, phrases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.db import transaction
from django.utils import timezone

from approvals.desk import access
from approvals.desk.models import Attachment, Comment, Phrase
from approvals.desk.queries import attachment_of, mentioned_in
from approvals.desk.rules import KINDS_SAID, MOST_FILES, checked_file
from approvals.requests import actions as engine
from approvals.requests.models import CopyTo, Decision, Request
from approvals.requests.progress import waiting_people
from approvals.requests.queries import request_for
from branch.audit.actions import record
from branch.files.actions import Opened, hand_out, keep
from branch.notices.actions import tell
from branch.people.models import Person
from kernel.file_types import FileType
from kernel.refusals import Refusal, Unknown

MOST_PHRASES = 20


@dataclass(frozen=True)
class Upload:
    """A file as it came: its name and its content."""

    name: str
    content: bytes


@transaction.atomic
def comment(*, request_id: int, text: str, by: Person) -> Comment:
    """Say something; whoever is mentioned with @ gets a copy of the request and a notice.

    Refused: nothing said; a name that nobody has, that several have, or whose bearer may not see the request.
    """
    request = _locked(request_id)
    said = text.strip()
    if not said:
        raise Refusal("请写下评论的内容", code="empty")
    if len(said) > 1000:
        raise Refusal("评论不能超过 1000 字,请分成几条", code="too_long")
    people = mentioned_in(said, request, by)
    row = Comment.objects.create(request=request, round=request.round, author=by, text=said)
    row.mentioned.set(people)
    fresh = [CopyTo(request=request, person=person) for person in people if person.pk != request.applicant_id]
    CopyTo.objects.bulk_create(fresh, ignore_conflicts=True)
    tell(
        people,
        f"{by.name}在“{request.title}”({request.number})的评论中提到您:{said[:80]}",
        key=f"approval:{request.pk}:comment:{row.pk}",
        link=f"{request.get_absolute_url()}#comments",
    )
    _log(request, by, "comment", f"评论申请 {request.number}", mentioned=[person.staff_no for person in people])
    return row


@transaction.atomic
def strike(*, comment_id: int, request_id: int, by: Person) -> Comment:
    """划去 one's own comment: it stays readable, crossed out."""
    request = _locked(request_id)
    row = Comment.objects.select_for_update().filter(pk=comment_id, request=request).first()
    if row is None:
        raise Unknown("没有这条评论", code="unknown")
    now = timezone.now()
    access.require_strikable(by, row, now)
    row.struck_at = now
    row.save(update_fields=["struck_at"])
    _log(request, by, "strike", f"划去申请 {request.number} 的一条评论")
    return row


@transaction.atomic
def attach(*, request_id: int, files: Sequence[Upload], by: Person) -> list[Attachment]:
    """Add files to an unfinished request of one's own; who is to sign now hears of it. Refused as `checked_files` says."""
    request = _locked(request_id)
    access.require_attachable(by, request)
    if not files:
        raise Refusal("请选择要补充的附件", code="empty")
    rows = _attached(request, checked_files(files), by=by, decision=None)
    names = "、".join(row.file.name for row in rows)
    tell(
        waiting_people(request),
        f"{by.name}补充了附件:{request.title}({request.number}):{names[:100]}",
        key=f"approval:{request.pk}:attached:{rows[-1].pk}",
        link=f"{request.get_absolute_url()}#attachments",
    )
    _log(request, by, "attach", f"申请 {request.number} 补充附件:{names[:200]}")
    return rows


@transaction.atomic
def open_attachment(*, number: str, attachment_id: int, by: Person) -> Opened:
    """One attachment, for whoever may see the request. Raises Unknown. Each opening is logged."""
    request = request_for(by, number)
    file = attachment_of(request, attachment_id).file
    what = f"申请 {request.number} 的附件:{file.name}"
    return hand_out(file, what=what, act="approvals.open", subject=request, branch_code=request.branch_code, by=by)


@transaction.atomic
def sign(*, files: Sequence[Upload] = (), by: Person, **given: Any) -> Request:
    """Sign as requests.actions.decide does, with files that belong to the signature. Neither without the other."""
    checked = checked_files(files)
    request = engine.decide(by=by, **given)
    if checked:
        decision = Decision.objects.filter(request=request, signer=by).latest("id")
        _attached(request, checked, by=by, decision=decision)
        _log(request, by, "attach", f"签署申请 {request.number} 时上传附件 {len(checked)} 个")
    return request


def checked_files(files: Sequence[Upload]) -> list[tuple[Upload, FileType]]:
    """Each file with its type. Refused: more than MOST_FILES, or a file that rules.checked_file refuses; none is kept then."""
    if len(files) > MOST_FILES:
        raise Refusal(f"一次最多上传 {MOST_FILES} 个附件,请分几次", code="bad_file")
    found, problems = [], []
    for upload in files:
        try:
            found.append((upload, checked_file(upload.name, upload.content)))
        except Refusal as refusal:
            problems.append(refusal.sentence)
    if problems:
        raise Refusal(f"附件没有上传,请按下列说明更换(可收 {KINDS_SAID})", code="bad_file", items=problems)
    return found


@transaction.atomic
def keep_phrases(*, texts: Sequence[str], by: Person) -> list[Phrase]:
    """One's own 常用语, in this order; those not named are dropped."""
    wanted = list(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if len(wanted) > MOST_PHRASES:
        raise Refusal(f"常用语最多 {MOST_PHRASES} 条,请删去不常用的", code="too_many")
    long = next((text for text in wanted if len(text) > 60), None)
    if long is not None:
        raise Refusal(f"常用语“{long[:10]}…”超过 60 字,请写短一些", code="too_long")
    Phrase.objects.filter(person=by).delete()
    rows = Phrase.objects.bulk_create(Phrase(person=by, text=text, position=at) for at, text in enumerate(wanted, 1))
    record(by=by, act="approvals.phrases", subject=by, summary=f"修改本人的审批常用语,共 {len(rows)} 条")
    return rows


def _attached(
    request: Request, checked: Sequence[tuple[Upload, FileType]], *, by: Person, decision: Decision | None
) -> list[Attachment]:
    rows = []
    for upload, found in checked:
        stored = keep(upload.content, name=PurePath(upload.name).name, content_type=found.media_type, by=by)
        round_no = decision.round if decision else request.round
        rows.append(Attachment.objects.create(request=request, round=round_no, decision=decision, file=stored, by=by))
    return rows


def _locked(request_id: int) -> Request:
    """The request's row, locked: the same lock as the engine's, taken first."""
    request = Request.objects.select_for_update(of=("self",)).select_related("applicant", "branch").filter(pk=request_id).first()
    if request is None:
        raise Unknown("没有这份申请", code="unknown")
    return request


def _log(request: Request, by: Person, act: str, summary: str, **details: Any) -> None:
    record(
        by=by,
        act=f"approvals.{act}",
        subject=request,
        summary=summary,
        branch_code=request.branch_code,
        number=request.number,
        round=request.round,
        **details,
    )
