"""A rule document as a kind of approval (art. 2 and 4): what the signers see, and what follows from each of their acts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from approvals.requests.kinds import Difference, Document, Kind, Paper
from approvals.requests.models import Request
from branch.audit.actions import record
from branch.people.models import Person
from kernel.refusals import Refusal, Unknown
from teams.plans.rulebooks import rules, states
from teams.plans.rulebooks.access import require_may_write, sees_documents
from teams.plans.rulebooks.models import RuleDocument

KIND = "rule_document"
FACT_LABELS = {
    "kind": "类别",
    "whose": "适用",
    "text": "正文",
    "effective_from": "生效日期",
    "effective_to": "失效日期",
    "file": "附件",
    "file_sha256": "附件校验值",
}


def document_of(request: Request) -> RuleDocument:
    """The document a request is about. Raises Unknown."""
    found = RuleDocument.objects.filter(approval=request).select_related("branch", "team", "made_by", "file").first()
    if found is None:
        raise Unknown("这份申请没有对应的实施细则")
    return found


def describe(request: Request) -> Document:
    row = document_of(request)
    found: list[tuple[str, Any]] = [
        ("类别", row.get_kind_display()),
        ("适用", row.whose),
        ("版本", f"第 {row.version} 版"),
        ("生效日期", row.effective_from.isoformat()),
        ("拟稿", row.made_by.name),
    ]
    return Document(found, row.get_absolute_url(), "plans/rulebooks/_text.html", _shown(row))


def paper(request: Request) -> Paper:
    return Paper("plans/rulebooks/rule_paper.html", _shown(document_of(request)))


def _shown(row: RuleDocument) -> dict[str, Any]:
    return {"rule": row, "paragraphs": rules.paragraphs(row.text)}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """The text by paragraph, everything else as it is."""
    found = [
        Difference(label, str(before.get(key) or "无"), str(after.get(key) or "无"))
        for key, label in FACT_LABELS.items()
        if key != "text" and before.get(key) != after.get(key)
    ]
    pairs = rules.differences(before.get("text", ""), after.get("text", ""))
    return [*found, *(Difference("正文", old or "无", new or "无") for old, new in pairs)]


def current_digest(request: Request) -> str:
    row = document_of(request)
    return row.digest if row.state == states.APPROVING else ""


def may_see(person: Person, request: Request) -> bool:
    return RuleDocument.objects.visible_to(person).filter(approval=request).exists()


def may_open(person: Person, request: Request) -> bool:
    """Whom the document's own page answers; the other signers read it on the request."""
    return sees_documents(person)


def _moved(request: Request, act: str) -> RuleDocument:
    """The document after the move, under its own lock; the request's lock is already held."""
    row = RuleDocument.objects.select_for_update(of=("self",)).select_related("branch", "team", "file").get(approval=request)
    row.state = states.DOCUMENT.after(row.state, act)
    return row


def on_approved(request: Request, by: Person) -> None:
    """The last signature: approved under its 文号; the version before ends on the day before it begins."""
    row = _moved(request, "approve")
    take_effect(row, request.document_number, by)


def take_effect(row: RuleDocument, paper_no: str, by: Person) -> None:
    """Approved: it takes the place of the earlier version from its first day on. Refused where a later one stands already."""
    same = RuleDocument.objects.select_for_update(of=("self",)).filter(
        branch=row.branch, team=row.team, kind=row.kind, state=states.APPROVED
    )
    later = same.filter(effective_from__gt=row.effective_from).exclude(pk=row.pk).order_by("effective_from").first()
    if later is not None:
        said = f"{later.effective_from}起已有{later.label},请改变本文件的生效日期"
        raise Refusal(said, code="later_one")
    last_day = row.effective_from - timedelta(1)
    # Ended, or, where it would begin on the same day, taken out of use.
    ended = same.filter(Q(effective_to=None) | Q(effective_to__gte=row.effective_from)).exclude(pk=row.pk)
    for former in ended:
        if former.effective_from == row.effective_from:
            former.state = states.DOCUMENT.after(former.state, "replace")
        else:
            former.effective_to = last_day
        former.save(update_fields=["state", "effective_to"])
        note_down(by, "end", former, f"{former.label}由{row}替代")
    row.paper_no, row.approved_at = paper_no, timezone.now()
    row.save()
    note_down(by, "approved", row, f"{row.label}批准,自 {row.effective_from} 起生效")


def on_returned(request: Request, by: Person) -> None:
    _noted(request, "return", by, "被退回")


def on_rejected(request: Request, by: Person) -> None:
    _noted(request, "reject", by, "未获批准")


def on_withdrawn(request: Request, by: Person) -> None:
    _noted(request, "withdraw", by, "撤回")


def may_act_for(person: Person, request: Request) -> None:
    row = document_of(request)
    require_may_write(person, row.branch, row.team)


def _noted(request: Request, act: str, by: Person, said: str) -> None:
    row = _moved(request, act)
    row.save(update_fields=["state"])
    note_down(by, act, row, f"{row}{said}")


def note_down(by: Person, act: str, row: RuleDocument, summary: str, **details: Any) -> None:
    """The audit row of an act on a document."""
    record(by=by, act=f"rules.{act}", subject=row, summary=summary, branch_code=row.branch.code, **details)


RULE_DOCUMENT = Kind(
    code=KIND,
    label="管理、薪酬实施细则",
    describe=describe,
    on_approved=on_approved,
    on_returned=on_returned,
    on_rejected=on_rejected,
    on_withdrawn=on_withdrawn,
    may_act_for=may_act_for,
    may_see=may_see,
    may_open=may_open,
    digest=current_digest,
    transferable=True,
    one_up=True,
    paper=paper,
    diff=differences,
    phrases=("同意", "请按公司制度修改后重报", "与劳动合同法不符,请修改"),
    fact_labels=FACT_LABELS,
)
