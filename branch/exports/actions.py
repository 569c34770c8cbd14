"""Asking for an export, making it, fetching it, and letting it go. Each leaves its audit row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from branch.audit.actions import record
from branch.exports import access
from branch.exports.models import Export
from branch.exports.register import ExportKind, Prepared, Wanted, kind_of
from branch.files.actions import discard, keep, read
from branch.jobs.actions import Progress, enqueue
from branch.jobs.models import Job
from branch.people.logs import masked
from branch.people.models import Person
from kernel.masks import FEWEST
from kernel.refusals import Refusal, Unknown

JOB = "export"
State = Export.State


def ask(*, kind: str, query: QueryDict, by: Person, reason: str = "", at_once: bool = False) -> Export:
    """Take what the filters of a page show. A small one is ready on return, a large one is made by a job; both are recorded.

    `at_once`: made now whatever its size, for a command or a program that waits.

    Raises Refusal where the kind refuses, where a secret one lacks its purpose, where there are too many rows.
    """
    found = kind_of(kind)
    access.require_may_ask(by, found)
    reason = reason.strip()[:200]
    if found.secret and not reason:
        raise Refusal("这份文件含完整的证件号码或银行账号,请写明用途", code="reason_missing")
    filters = {name: query.getlist(name) for name in (*found.takes, "format") if query.get(name)}
    wanted = Wanted(by, query_of(filters), reason)
    prepared = found.prepare(wanted)
    if prepared.rows > settings.EXPORT_MOST_ROWS:
        raise Refusal(f"共 {prepared.rows:,} 行,一次最多导出 {settings.EXPORT_MOST_ROWS:,} 行,请用筛选条件缩小范围")
    if prepared.rows > settings.EXPORT_AT_ONCE_ROWS and not at_once:
        return _later(found, prepared, filters, wanted)
    mark = watermark(by)
    content = prepared.build(mark)
    with transaction.atomic():
        export = _row(found, prepared, filters, wanted, mark)
        _finish(export, found, prepared, content)
        _log(export, by, "export.made", f"导出“{export.title}”{export.rows} 行")
    return export


def take(*, kind: str, filters: dict[str, str], by: Person, reason: str = "") -> tuple[bytes, str, str]:
    """Ask and fetch in one, for a command or a program: (content, name, content type)."""
    query = query_of({name: [value] for name, value in filters.items()})
    export = ask(kind=kind, query=query, by=by, reason=reason, at_once=True)
    return download(export_id=export.pk, by=by)


def query_of(filters: dict[str, list[str]]) -> QueryDict:
    """The kept filters as an address had them."""
    query = QueryDict(mutable=True)
    for name, values in filters.items():
        query.setlist(name, list(values))
    return query


def masked_filters(filters: dict[str, list[str]]) -> dict[str, list[str]]:
    """The filters as they are kept for good and logged: somebody may have searched by a whole number."""
    return {name: [masked(value) for value in values] for name, values in filters.items()}


def watermark(person: Person) -> str:
    """Who takes it and when, as it stands on the file."""
    return f"导出人:{person.name}({person.staff_no}) {timezone.localtime():%Y-%m-%d %H:%M} 内部资料,不得外传"


def _row(kind: ExportKind, prepared: Prepared, filters: dict[str, Any], wanted: Wanted, mark: str) -> Export:
    return Export.objects.create(
        kind=kind.code,
        title=prepared.title[:120],
        owner=wanted.person,
        branch=prepared.branch,
        subject=prepared.subject,
        filters=filters,
        reason=wanted.reason,
        scope=access.scope_of(wanted.person, kind),
        rows=prepared.rows,
        details=dict(prepared.details),
        watermark=mark,
        file_name=prepared.name,
    )


@transaction.atomic
def _later(kind: ExportKind, prepared: Prepared, filters: dict[str, Any], wanted: Wanted) -> Export:
    """Queue it; the job prepares it afresh under the powers the owner holds then."""
    export = _row(kind, prepared, filters, wanted, watermark(wanted.person))
    export.job = enqueue(
        JOB,
        title=f"导出{prepared.title}"[:120],
        key=str(export.pk),
        by=wanted.person,
        branch=prepared.branch,
        link=reverse("export-list"),
        params={"export": export.pk},
    )
    export.save(update_fields=["job"])
    _log(export, wanted.person, "export.asked", f"提出导出“{export.title}”{export.rows} 行,后台生成")
    return export


def make(progress: Progress, params: dict[str, Any]) -> dict[str, Any]:
    """The job: make the file. Called again after a crash; a file already there is not made twice."""
    export = Export.objects.select_related("owner").get(pk=params["export"])
    if export.state != State.WAITING:
        return {"export": export.pk}
    kind = kind_of(export.kind)
    told = masked_filters(export.filters)
    try:
        access.require_may_ask(export.owner, kind)
        prepared = kind.prepare(Wanted(export.owner, query_of(export.filters), export.reason))
        progress.report(total=prepared.rows, done=0, step="生成文件")
        content = prepared.build(export.watermark)
    except Refusal as refusal:
        waiting = Export.objects.filter(pk=export.pk, state=State.WAITING)
        waiting.update(state=State.FAILED, error=refusal.sentence[:400], filters=told)
        raise
    with transaction.atomic():
        export.rows = prepared.rows
        _finish(export, kind, prepared, content)
        _log(export, export.owner, "export.made", f"导出“{export.title}”{export.rows} 行")
        progress.report(done=prepared.rows, step="完成")  # asked to stop until here, it takes the file back
    return {"export": export.pk, "rows": prepared.rows}


def stopped(job: Job) -> tuple[dict[str, Any], str]:
    """The job ended without a file: the export says so, and forgets what it was to be filtered by."""
    export = Export.objects.select_for_update().filter(pk=job.params["export"], state=State.WAITING).first()
    if export is not None:
        export.state, export.error = State.FAILED, "任务已取消或没有完成,没有生成文件"
        export.filters = masked_filters(export.filters)
        export.save(update_fields=["state", "error", "filters"])
    return {"export": job.params["export"]}, ""


def _finish(export: Export, kind: ExportKind, prepared: Prepared, content: bytes) -> None:
    export.filters = masked_filters(export.filters)  # the file is made: nothing is asked by them any more
    export.file = keep(content, name=prepared.name, content_type=prepared.content_type, by=export.owner)
    export.sha256, export.state, export.ready_at = export.file.sha256, State.READY, timezone.now()
    export.expires_at = export.ready_at + timedelta(days=kind.keep_days or settings.EXPORT_KEEP_DAYS)
    export.save()


@transaction.atomic
def download(*, export_id: int, by: Person) -> tuple[bytes, str, str]:
    """(content, name, content type) for its owner only. Refused after its end, or when the owner's powers have shrunk."""
    export = (
        Export.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("file", "branch")
        .filter(pk=export_id)
        .first()
    )
    if export is None:
        raise Unknown("没有这份导出,或者它不是您的")
    if export.state == State.WAITING:
        raise Refusal("文件还在生成,完成后会有消息通知您")
    if export.state == State.FAILED:
        raise Refusal(f"这份文件没有生成:{export.error}。请在原来的页面重新导出", code="not_made")
    if not export.is_ready or export.file is None:
        raise Refusal("这份文件已过期并删除,请在原来的页面重新导出", code="expired")
    access.require_may_download(by, export, kind_of(export.kind))
    content = read(export.file)
    Export.objects.filter(pk=export.pk).update(downloads=F("downloads") + 1)
    _log(export, by, "export.download", f"下载导出“{export.title}”{export.rows} 行", number=export.downloads + 1)
    return content, export.file_name, export.file.content_type


def expire() -> int:
    """Delete the files whose end has come; the record stays. Returns how many. Safe to run twice and side by side."""
    gone = 0
    for export_id in list(Export.objects.filter(state=State.READY, expires_at__lte=timezone.now()).values_list("pk", flat=True)):
        with transaction.atomic():
            export = Export.objects.select_for_update(of=("self",)).select_related("file", "branch").get(pk=export_id)
            if export.state != State.READY:
                continue
            stored, export.file, export.state = export.file, None, State.EXPIRED
            export.save(update_fields=["file", "state"])
            if stored is not None:
                discard(stored)
            _log(export, None, "export.expired", f"导出“{export.title}”到期,文件已删除")
            gone += 1
    return gone


def _log(export: Export, by: Person | None, act: str, summary: str, **details: Any) -> None:
    record(
        by=by,
        act=act,
        subject=export,
        summary=summary + (f",用途:{export.reason}" if export.reason and act == "export.made" else ""),
        branch_code=export.branch.code if export.branch else "",
        kind=export.kind,
        rows=export.rows,
        sha256=export.sha256,
        filters=masked_filters(export.filters),
        **({"about": export.subject} if export.subject else {}),
        **({"control": export.details} if export.details and export.rows >= FEWEST else {}),
        **details,
    )
