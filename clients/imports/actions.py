"""The import in three steps: pre-check, confirm, or drop. All rows or none, and never into a locked month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from branch.audit.actions import record
from branch.files.actions import keep, read
from branch.files.responses import XLSX
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Engagement, Person
from branch.people.queries import holders
from clients.bulk import FEW_ENOUGH, by_hashing
from clients.imports import booking, messages
from clients.imports.access import require_may_import
from clients.imports.checking import MOST_LISTED, ClientCheck
from clients.imports.comparing import BARE, NEW, Comparison
from clients.imports.findings import FilesRefused, Finding, Report, Totals
from clients.imports.kinds import CHANGE, EXCEPTION, KINDS, NOTICE, REFUSED, UNCONFIRMED
from clients.imports.known import managers_of
from clients.imports.models import ClientMonth, ImportBatch, ImportFile, ImportProblem, StagedRow, StagedSale
from clients.imports.partitions import ensure_partition
from clients.imports.sales import SaleCheck
from clients.imports.sheets import KIND, Opened, Upload, month_of, open_upload
from clients.imports.staging import staged_rows
from clients.imports.states import BATCH_MOVES, BOOKED, CHECKED
from clients.products.models import Product
from clients.registry import register
from clients.registry.models import Client, ConfirmationSlip
from kernel.digests import digest
from kernel.months import Month
from kernel.refusals import Refusal, Unknown
from kernel.sheets.columns import Parsed
from kernel.sheets.raw import opened as opened_content


@dataclass
class Checked:
    """What a pre-check gives back: its report, and the batch that waits for confirmation (None: nothing would change)."""

    report: Report
    batch: ImportBatch | None


class _Nothing(Exception):
    """Takes back the staging of a file set that changes nothing."""


def precheck(*, files: Sequence[Upload], branch: Branch, by: Person, keep_files: bool = True) -> Checked:
    """Read and check one month's files; nothing is booked. Raises Refusal where the files can't be taken at all."""
    require_may_import(by, branch)
    return check_opened([open_upload(upload) for upload in files], branch, by, keep_files)


def check_opened(opened: list[Opened], branch: Branch, by: Person, keep_files: bool) -> Checked:
    """The same for files already looked into, by whoever may (the caller has asked)."""
    report: Report | None = None
    try:
        with transaction.atomic():
            batch, report = _check(opened, branch, by)
            if report.unchanged:
                raise _Nothing
            register.require_open(branch, batch.month)
            if keep_files:
                _keep_originals(batch, opened, by)
    except _Nothing:
        assert report is not None
        return Checked(report, None)
    return Checked(report, batch)


def _keep_originals(batch: ImportBatch, opened: list[Opened], by: Person) -> None:
    uploads = {(one.kind, one.upload.sha256): one.upload for one in opened}
    for file in batch.files.all():
        upload = uploads[file.kind, file.sha256]
        file.stored = keep(upload.content, name=upload.name, content_type=content_type_of(upload), by=by)
        file.save(update_fields=["stored"])


def _check(opened: list[Opened], branch: Branch, by: Person) -> tuple[ImportBatch, Report]:
    opened = sorted(opened, key=lambda one: one.kind != KIND.CLIENTS)
    month = _one_month(opened)
    ensure_partition(month)
    months = booked_months(branch)
    _refuse_backwards(branch, month, months, opened)
    batch = ImportBatch.objects.create(branch=branch, month=month, created_by=by, stamp=stamp_of(branch))
    report = Report(month)
    for one in opened:
        file = ImportFile.objects.create(batch=batch, kind=one.kind, name=one.upload.name[:200], sha256=one.upload.sha256)
        _check_file(one, file, batch, months, report)
    _conclude(batch, report)
    return batch, report


def _one_month(opened: list[Opened]) -> Month:
    if not opened:
        raise Refusal("请先选择文件", code="no_file")
    for kind in KIND:
        named = [one.upload.name for one in opened if one.kind == kind]
        if len(named) > 1:
            raise Refusal(f"一次只能导入一份《{kind.label}》,这里有 {len(named)} 份:{'、'.join(named)}", code="two_of_a_kind")
    months = {one.upload.name: month_of(one) for one in opened}
    if len(set(months.values())) > 1:
        said = "、".join(f"{name}是{month.label}" for name, month in months.items())
        raise Refusal(f"一次只能导入同一个月的文件:{said}", code="two_months")
    return next(iter(months.values()))


def booked_months(branch: Branch) -> list[Month]:
    """Months with client rows, oldest first."""
    found = ClientMonth.objects.filter(branch=branch).order_by("month").values_list("month", flat=True).distinct()
    return [month for month in found if month is not None]


def _refuse_backwards(branch: Branch, month: Month, months: list[Month], opened: list[Opened]) -> None:
    if months and month < months[0] and any(one.kind == KIND.CLIENTS for one in opened):
        raise Refusal(
            f"{branch.name}的客户关系从{months[0].label}起建立,不能再导入更早的{month.label}", code="before_first_month"
        )


def content_type_of(upload: Upload) -> str:
    with opened_content(upload.content) as file:
        return XLSX if file.read(2) == b"PK" else "text/csv"


def _check_file(one: Opened, file: ImportFile, batch: ImportBatch, months: list[Month], report: Report) -> None:
    before = len(report.findings)
    if one.kind == KIND.CLIENTS:
        parsed, unlisted = _check_clients(one, batch, months, report)
    else:
        sales = SaleCheck(batch.branch, one, batch.pk, batch.month, managers_of(batch.branch))
        parsed, unlisted = sales.run(), Counter()
        report.totals["sales"] = sales.totals()
        report.findings += sales.findings
        for severity in (REFUSED, EXCEPTION):
            report.rows_with[severity] += len({finding.row for finding in sales.findings if finding.severity == severity})
        _add_up(report, sales.diff)
    report.rows += parsed.rows
    file.rows, file.header_row = parsed.rows, parsed.header_row
    file.save()
    _keep_findings(batch, file, report.findings[before:], unlisted)


def _check_clients(
    one: Opened, batch: ImportBatch, months: list[Month], report: Report
) -> tuple[Parsed, Counter[tuple[str, str]]]:
    """`months`: those that are booked."""
    branch, month = batch.branch, batch.month
    first, rebooking = not months or months[0] == month, month in months
    unknown = not Client.objects.filter(branch=branch).exists()
    managers = managers_of(branch)
    with staged_rows(batch.pk, change="same" if rebooking else "added", marks=NEW + BARE if unknown else 0) as stage:
        check = ClientCheck(branch, one, month, managers, stage)
        parsed = check.run()
    comparison = Comparison(check, batch.pk, first, rebooking, unknown)
    with by_hashing(rows=check.staged, least=FEW_ENOUGH):
        comparison.run(check.staged)
    report.totals |= {"file": check.in_file.plain(), "accepted": check.accepted.plain()}
    report.findings += check.findings
    report.rows_with += check.rows_with
    with by_hashing():
        if rebooking:
            _find_removed(comparison, report)
        _notice_gaps(check, batch, months, report)
    _add_up(report, comparison.diff)
    return parsed, check.unlisted


def _add_up(report: Report, diff: dict[str, int]) -> None:
    for key, count in diff.items():
        report.diff[key] = report.diff.get(key, 0) + count


def _absent(batch: ImportBatch, month: Month) -> QuerySet[ClientMonth]:
    """Booked rows of `month` whose client the batch doesn't bring."""
    staged = StagedRow.objects.filter(batch=batch, client_no=OuterRef("client__client_no"))
    return ClientMonth.objects.filter(~Exists(staged), branch=batch.branch, month=month, client__branch=batch.branch)


def _find_removed(comparison: Comparison, report: Report) -> None:
    """Clients that the month has booked and the file no longer names (refused rows are still named)."""
    check = comparison.check
    rows = _absent(ImportBatch(pk=comparison.batch_id, branch=check.branch), check.month)
    comparison.diff["removed"] = rows.count()
    message = "这次没有的客户,入账后删去本月数据"
    for client_no in rows.values_list("client__client_no", flat=True)[:MOST_LISTED]:
        report.findings.append(Finding(check.opened.upload.name, CHANGE, "removed", 0, "客户号", client_no, message))
    check.unlisted[CHANGE, "removed"] += max(0, comparison.diff["removed"] - MOST_LISTED)


def _notice_gaps(check: ClientCheck, batch: ImportBatch, months: list[Month], report: Report) -> None:
    name, last = check.opened.upload.name, check.month.previous
    if months and months[0] < check.month and last not in months:
        message = f"{last.label}尚未导入,期初资产、客户经理变更和首次有效户都无从核对,请先导入上月"
        report.findings.append(Finding(name, NOTICE, "missing_month", 0, "", "", message))
        return
    if last not in months:
        return
    absent = _absent(batch, last).order_by()
    missing = absent.count()
    if missing and check.refused_nos:
        named = absent.values_list("client__client_no", flat=True).iterator(2000)
        missing = sum(client_no not in check.refused_nos for client_no in named)
    if missing:
        message = f"上月有数据的客户,本月有 {missing} 位没有,请核对是否销户或漏导"
        report.findings.append(Finding(name, NOTICE, "missing_clients", 0, "", "", message))


def _keep_findings(batch: ImportBatch, file: ImportFile, findings: list[Finding], unlisted: Counter[tuple[str, str]]) -> None:
    """Store them; the many new clients of a file become one line, as does what is too much to list."""
    unconfirmed = [finding for finding in findings if finding.kind == UNCONFIRMED and finding.row]
    kept = [finding for finding in findings if finding.kind != UNCONFIRMED or not finding.row]
    if unconfirmed:
        kept.append(Finding(file.name, NOTICE, UNCONFIRMED, 0, "", "", messages.unconfirmed(len(unconfirmed))))
    for (severity, kind), count in unlisted.items():
        if count > 0:
            kept.append(Finding(file.name, severity, kind, 0, "", "", f"{KINDS[kind]}:另有 {count} 行没有逐行列出"))
    ImportProblem.objects.bulk_create(
        (
            ImportProblem(
                batch=batch,
                file=file,
                severity=finding.severity,
                kind=finding.kind,
                row=finding.row,
                column=finding.column,
                value=finding.value[:100],
                message=finding.message[:400],
            )
            for finding in kept
        ),
        batch_size=1000,
    )


def _conclude(batch: ImportBatch, report: Report) -> None:
    report.totals.setdefault("file", Totals().plain())
    report.totals.setdefault("accepted", Totals().plain())
    batch.rows, batch.refused, batch.waiting = report.rows, report.rows_of(REFUSED), report.rows_of(EXCEPTION)
    batch.totals, batch.diff = report.totals, report.diff
    batch.save()


def stamp_of(branch: Branch) -> str:
    """A digest of what a pre-check rests on: roster, relations, products, and what was booked last.

    Every change of a relation is one of a slip, and no two of them bring back the same counts: slips come and void ones stay.
    """
    slips = ConfirmationSlip.objects.filter(branch=branch).order_by("state").values_list("state").annotate(n=Count("pk"))
    engaged = Engagement.objects.filter(branch=branch).order_by("pk").values_list("person__staff_no", "hired_on", "ended_on")
    booked = ImportBatch.objects.filter(branch=branch, state=BOOKED).aggregate(last=Max("pk"))
    return digest([list(slips), list(engaged), booked, Product.objects.count()])


@transaction.atomic
def confirm(*, batch_id: int, by: Person, leave_out: str = "") -> ImportBatch:
    """Book a pre-checked batch as a whole. Refused rows stop it, unless they are left out on purpose with a reason."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("branch").filter(pk=batch_id).first()
    if batch is None:
        raise Unknown("没有这批导入")
    require_may_import(by, batch.branch)
    after = BATCH_MOVES.after(batch.state, "book")
    ensure_partition(batch.month)
    register.require_open(batch.branch, batch.month)
    if batch.stamp != stamp_of(batch.branch):
        raise Refusal("预检之后,名册、客户关系或已入账的数据有了变化,请重新预检后再确认", code="stale")
    files = list(batch.files.all())
    kinds = {file.kind for file in files}
    if batch.totals["accepted"]["rows"] and not StagedRow.objects.filter(batch=batch).exists():
        raise Refusal("预检的数据已不在(系统重启或升级过),请重新预检后再确认", code="stale")
    leave_out = leave_out.strip()[:200]
    if batch.refused and not leave_out:
        raise Refusal(
            f"有 {batch.refused} 行被拒收,整批没有入账。请更正文件后重新导入,或写明原因剔除这些行",
            code="refused_rows",
            items=[str(problem) for problem in batch.problems.filter(severity=REFUSED)[:20]],
        )
    months = booked_months(batch.branch)
    new = slips = 0
    if KIND.CLIENTS in kinds:
        with by_hashing(rows=batch.rows):
            new = booking.book_clients(batch)
            booking.book_rows(batch, by)
        slips = booking.book_slips(batch, by, first_month=not months or months[0] == batch.month)
    if KIND.SALES in kinds:
        booking.book_sales(batch)
    batch.state, batch.left_out = after, leave_out if batch.refused else ""
    batch.booked_by, batch.booked_at = by, timezone.now()
    batch.save()
    _clear_staging(batch)
    _tell_booked(batch, files, by, new=new, slips=slips)
    return batch


def _clear_staging(batch: ImportBatch) -> None:
    StagedRow.objects.filter(batch=batch).delete()
    StagedSale.objects.filter(batch=batch).delete()


def _tell_booked(batch: ImportBatch, files: list[ImportFile], by: Person, *, new: int, slips: int) -> None:
    branch, month = batch.branch, batch.month
    record(
        by=by,
        act="imports.confirm",
        subject=batch,
        summary=f"导入{month.label}业务数据 {batch.rows} 行入账" + (f",剔除 {batch.refused} 行" if batch.left_out else ""),
        branch_code=branch.code,
        month=month,
        files=[{"name": file.name, "sha256": file.sha256, "rows": file.rows} for file in files],
        totals=batch.totals,
        diff=batch.diff,
        new_clients=new,
        slips=slips,
        left_out=batch.left_out,
    )
    tell(
        [person for person in holders("branch_finance", branch=branch) if person.pk != by.pk],
        f"{month.label}业务数据已导入,待复核",
        key=f"imports.booked:{batch.pk}",
        link=f"/clients/figures/{month}/",
    )


@transaction.atomic
def drop(*, batch_id: int, by: Person) -> ImportBatch:
    """Give up a pre-checked batch; its findings stay to be read."""
    batch = ImportBatch.objects.select_for_update().filter(pk=batch_id).first()
    if batch is None:
        raise Unknown("没有这批导入")
    require_may_import(by, batch.branch)
    batch.state = BATCH_MOVES.after(batch.state, "drop")
    batch.save(update_fields=["state"])
    _clear_staging(batch)
    record(by=by, act="imports.drop", subject=batch, summary=f"放弃{batch}", branch_code=batch.branch.code)
    return batch


def recheck(*, batch_id: int, by: Person) -> Checked:
    """The same files once more, against what is known now; the old batch is dropped."""
    batch = ImportBatch.objects.filter(pk=batch_id, state=CHECKED).first()
    if batch is None:
        raise Unknown("没有等待确认的这批导入")
    uploads = [Upload.of(file.name, read(file.stored)) for file in batch.files.select_related("stored") if file.stored]
    with transaction.atomic():
        drop(batch_id=batch_id, by=by)
        return precheck(files=uploads, branch=batch.branch, by=by)


class _DryRun(Exception):
    """Takes everything back at the end of a dry run."""


def import_files(
    *, files: Iterable[Upload], branch: Branch, by: Person, leave_out: str = "", dry_run: bool = False
) -> list[Report]:
    """Pre-check and book at once, month after month, all or nothing: as soon as one month is refused, none is booked.

    Raises FilesRefused (or another Refusal) for files that can't be taken at all; refused rows are told by the reports.
    """
    require_may_import(by, branch)
    by_month: dict[Month, list[Opened]] = {}
    for upload in files:
        opened = open_upload(upload)
        by_month.setdefault(month_of(opened), []).append(opened)
    reports: list[Report] = []
    try:
        with transaction.atomic():
            for month in sorted(by_month):
                ensure_partition(month)
            for month in sorted(by_month):
                checked = check_opened(by_month[month], branch, by, keep_files=not dry_run)
                reports.append(checked.report)
                if checked.batch is not None and (not checked.report.refused or leave_out):
                    confirm(batch_id=checked.batch.pk, by=by, leave_out=leave_out)
            if dry_run or (not leave_out and any(report.refused for report in reports)):
                raise _DryRun
    except _DryRun:
        pass
    return reports


__all__ = ["Checked", "FilesRefused", "confirm", "content_type_of", "drop", "import_files", "precheck", "recheck"]
