"""The company's file: kept, cut by branch, and each branch's part checked and booked by a job of its own, side by side.

A branch that is refused (rows that don't add up, a locked month) keeps no other waiting: "all or none" holds for each branch.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone

from branch.audit.actions import record
from branch.files.actions import keep, laid_out, read
from branch.jobs.actions import Progress, enqueue, enqueue_many
from branch.jobs.models import Job
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Person
from branch.people.queries import holders
from clients.imports.access import require_may_import_company
from clients.imports.actions import check_opened, confirm_checked
from clients.imports.findings import FilesRefused
from clients.imports.models import CompanyImport, CompanyPart, ImportBatch
from clients.imports.rules import impossible_month
from clients.imports.sheets import KIND, Upload, month_of, open_upload
from clients.imports.splitting import parts_of, split
from clients.imports.states import BOOKED, BOOKING, DONE, PART_BOOKED, PART_REFUSED, QUEUED, REFUSED, SAME, SPLITTING
from kernel.months import Month
from kernel.refusals import Refusal, Unknown

SPLIT, PART = "clients.company_split", "clients.company_part"
STALLED = "任务已取消或多次中断,这里没有读入;点“继续导入”可再试"
_UNREAD = Q(state=PART_REFUSED, batch=None, stored__isnull=False, final=False)  # refused whole or given up, and may yet be read
_FINAL = (
    "two_months",
    "not_clients",
    "newer_booked",
    "unknown_file",
)  # no second try says otherwise
_GOING_ON = (Job.State.QUEUED, Job.State.RUNNING)


@transaction.atomic
def receive(*, upload: Upload, by: Person) -> CompanyImport:
    """Keep the file and queue its cutting. What is wrong with it is told by the import's own page."""
    require_may_import_company(by)
    stored = keep(upload.content, name=upload.name, content_type="text/csv", by=by, sha256=upload.sha256)
    company = CompanyImport.objects.create(name=upload.name[:200], stored=stored, created_by=by)
    record(by=by, act="imports.receive_company", subject=company, summary=f"上传公司业务数据 {upload.name}", sha256=upload.sha256)
    _queue_split(company, by)
    return company


def _queue_split(company: CompanyImport, by: Person) -> None:
    """Unless it is under way."""
    title, params = f"拆分{company.name}"[:120], {"company": company.pk}
    enqueue(SPLIT, title=title, key=str(company.pk), by=by, link=_link(company), params=params)


def _link(company: CompanyImport) -> str:
    return reverse("clients:company-import-detail", args=[company.pk])


def work_split(progress: Progress, params: dict[str, Any]) -> dict[str, Any]:
    """Cut the file. Again after a crash: what was cut and committed stays, else it begins anew."""
    company = CompanyImport.objects.select_related("stored", "created_by").get(pk=params["company"])
    if company.state != SPLITTING:
        return {"parts": company.parts.count()}
    try:
        with laid_out(company.stored) as path, tempfile.TemporaryDirectory() as folder:
            found = split(path, Path(folder))
            if not found.files:
                raise Refusal("表头下面没有数据行,请核对导出的月份", code="no_rows")
            if found.month and (why := impossible_month(found.month, timezone.localdate())):
                raise Refusal(why, code="impossible_month")
            with transaction.atomic():
                branches = {branch.code: branch for branch in Branch.objects.filter(code__in=found.files)}
                parts = [_part(company, branches.get(code), code, rows, file) for code, file, rows in parts_of(found)]
                CompanyPart.objects.bulk_create(parts)
                company.month, company.rows, company.totals_left_out = found.month, sum(found.rows.values()), found.totals
                company.state = BOOKING
                progress.hold()
                company.save()
                _queue(company)
    except Refusal as refusal:
        company.state, company.note, company.ended_at = REFUSED, refusal.sentence[:400], timezone.now()
        company.save()
        raise
    _end_if_last(company.pk)
    return {"parts": len(parts)}


def _part(company: CompanyImport, branch: Branch | None, code: str, rows: int, file: Path) -> CompanyPart:
    if branch is None:
        note = "没有这个营业部代码,请核对;这些行没有读入" if code else "没有营业部代码,这些行没有读入"
        return CompanyPart(company=company, code=code[:40], rows=rows, refused=rows, state=PART_REFUSED, note=note)
    stored = keep(file.read_bytes(), name=f"{branch.code}_{company.name}", content_type="text/csv", by=company.created_by)
    return CompanyPart(company=company, branch=branch, code=code, rows=rows, stored=stored)


def _queue(company: CompanyImport, *, again: bool = False) -> int:
    """A job for each part that waits, unless it has one: small branches first. `again`: something newer may be booked since."""
    parts = list(company.parts.filter(state=QUEUED).select_related("branch").order_by("rows", "code"))
    jobs = [
        Job(
            title=f"导入{part.branch}的业务数据"[:120],
            key=str(part.pk),
            branch=part.branch,
            link=_link(company),
            params={"part": part.pk} | ({"again": True} if again else {}),
        )
        for part in parts
    ]
    if jobs:
        enqueue_many(PART, jobs)
    return len(jobs)


def work_part(progress: Progress, params: dict[str, Any]) -> dict[str, Any]:
    """One branch: checked as ever, and booked unless a row is refused. One transaction: a killed worker leaves nothing."""
    with transaction.atomic():
        related = ("company__created_by", "branch", "stored")
        part = CompanyPart.objects.select_related(*related).select_for_update(of=("self",)).get(pk=params["part"])
        if part.state == QUEUED:
            try:
                with transaction.atomic():
                    _take(part, late="again" in params or progress.job.attempts > 1)
            except Refusal as refusal:
                part.batch, part.state = None, PART_REFUSED
                part.final = isinstance(refusal, FilesRefused) or refusal.code in _FINAL
                part.note = ";".join([refusal.sentence, *refusal.items[:3]])[:400]
            part.save()
            if part.state == PART_REFUSED:
                _tell_branch(part)
        progress.hold()
    _end_if_last(part.company_id)
    return {"state": part.state}


def _take(part: CompanyPart, *, late: bool) -> None:
    company, branch = part.company, part.branch
    assert branch is not None
    assert part.stored is not None
    opened = open_upload(Upload.of(part.stored.name, read(part.stored)))
    if opened.kind != KIND.CLIENTS:
        raise Refusal("公司导入只收《客户月度业务明细》,产品销售明细由各营业部导入", code="not_clients")
    if company.month is not None and (month := month_of(opened)) != company.month:
        raise Refusal(
            f"这家营业部的行是{month.label},整份文件是{company.month.label},没有读入。月份写错的,更正后由营业部在“月度导入”导入;"
            f"确是{month.label}的,由营业部另行导入{month.label}",
            code="two_months",
        )
    if late:
        _refuse_older(part, branch, month_of(opened))
    checked = check_opened([opened], branch, company.created_by, stored=part.stored)
    part.refused, part.waiting = checked.report.rows_of("refused"), checked.report.rows_of("exception")
    part.batch = checked.batch
    if checked.batch is None:
        part.state = SAME
        return
    if checked.report.refused:
        part.state = PART_REFUSED
        part.note = f"{part.refused} 行被拒收,由营业部更正后重新导入,或在“月度导入”写明原因剔除后入账"
        return
    confirm_checked(checked=checked, by=company.created_by)
    part.state = PART_BOOKED


def _refuse_older(part: CompanyPart, branch: Branch, month: Month) -> None:
    """What was handed in later and is booked must not be undone by a part that is tried again."""
    made_by_part = CompanyPart.objects.filter(batch=OuterRef("pk"))
    own = ImportBatch.objects.filter(~Exists(made_by_part), branch=branch, month=month, state=BOOKED, files__kind=KIND.CLIENTS)
    later = CompanyPart.objects.filter(company__gt=part.company_id, company__month=month, branch=branch)
    if own.filter(created_at__gt=part.company.created_at).exists() or later.filter(state__in=(PART_BOOKED, SAME)).exists():
        raise Refusal(f"这份文件之后,{branch.name}{month.label}已有更新的数据入账,这里的行没有读入", code="newer_booked")


def _tell_branch(part: CompanyPart) -> None:
    if part.branch is not None:
        label = part.company.month.label if part.company.month else ""
        tell(
            list(holders("trade_admin", branch=part.branch)),
            f"公司导入{label}业务数据:本营业部未入账。{part.note}"[:200],
            key=f"imports.company_part:{part.pk}",
            link=reverse("clients:import-list"),
        )


@transaction.atomic
def _end_if_last(company_id: int) -> None:
    """Whoever ends last closes the import: its row is locked first, so that of two only one is last."""
    company = CompanyImport.objects.select_for_update(of=("self",)).select_related("created_by").get(pk=company_id)
    if company.state != BOOKING or company.parts.filter(state=QUEUED).exists():
        return
    company.state, company.ended_at = DONE, timezone.now()
    company.save(update_fields=["state", "ended_at"])
    states = list(company.parts.values_list("state", flat=True))
    told = f"{states.count(PART_BOOKED)} 家入账,{states.count(SAME)} 家无变化,{states.count(PART_REFUSED)} 家未入账"
    record(
        by=company.created_by,
        act="imports.end_company",
        subject=company,
        summary=f"公司业务数据导入完成:{told}",
        rows=company.rows,
        month=company.month,
    )
    key = f"imports.company:{company.pk}:{company.ended_at}"  # one that was resumed ends again
    tell([company.created_by], f"公司业务数据导入完成:{told}", key=key, link=_link(company))


@transaction.atomic
def resume(*, company_id: int, by: Person) -> int:
    """Queue again what still waits, was given up, or was refused whole for what may be otherwise by now (a locked month), and has
    no job under way: the cutting, or branches. What is booked stays as it is; refused rows are with the branch. Returns how many
    wait (the cutting: none yet)."""
    require_may_import_company(by)
    company = CompanyImport.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=company_id).first()
    if company is None:
        raise Unknown("没有这次公司导入")
    if not may_resume(company):
        raise Refusal(
            "这次公司导入没有可以再试的营业部;未入账的原因写在“说明”里,由营业部更正、剔除或另行导入", code="nothing_waits"
        )
    company.parts.filter(_UNREAD).update(state=QUEUED, note="")
    company.state, company.note, company.ended_at = (BOOKING if company.parts.exists() else SPLITTING), "", None
    company.save(update_fields=["state", "note", "ended_at"])
    if company.state == SPLITTING:
        _queue_split(company, by)
    waiting = _queue(company, again=True)
    record(by=by, act="imports.resume_company", subject=company, summary=f"继续公司导入,{waiting} 家在等待")
    return waiting


def may_resume(company: CompanyImport) -> bool:
    """Whether anything of it waits, or was given up or refused whole for what may be otherwise by now."""
    return company.state in (SPLITTING, BOOKING) or company.note == STALLED or company.parts.filter(_UNREAD).exists()


def tidy() -> None:
    """Beat, hourly: what waits for a job that was cancelled or failed for good is told on its page, and the import ends."""
    going_on = Job.objects.filter(key=Cast(OuterRef("pk"), CharField()), state__in=_GOING_ON)
    splitting = CompanyImport.objects.filter(~Exists(going_on.filter(kind=SPLIT)), state=SPLITTING)
    splitting.update(state=REFUSED, note=STALLED, ended_at=timezone.now())
    waiting = CompanyPart.objects.filter(~Exists(going_on.filter(kind=PART)), state=QUEUED, company__state=BOOKING)
    stalled = list(waiting.order_by("pk").values_list("pk", "company"))
    CompanyPart.objects.filter(pk__in=[pk for pk, _ in stalled], state=QUEUED).update(state=PART_REFUSED, note=STALLED)
    for company_id in sorted({company for _, company in stalled}):
        _end_if_last(company_id)


__all__ = ["PART", "SPLIT", "STALLED", "may_resume", "receive", "resume", "tidy", "work_part", "work_split"]
