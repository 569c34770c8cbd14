"""The import in three steps: pre-check, confirm, or drop. All rows or none, and never into a locked month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from branch.audit.actions import record
from branch.files.actions import keep, read
from branch.files.models import StoredFile
from branch.files.responses import XLSX
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Person
from branch.people.queries import holders
from branch.prepared import do, insert, update
from clients.bulk import FEW_ENOUGH, by_hashing, insert_rows, table
from clients.imports import booking, messages
from clients.imports.absences import find_removed, notice_gaps
from clients.imports.access import require_may_import
from clients.imports.checking import ClientCheck
from clients.imports.comparing import BARE, NEW, Comparison
from clients.imports.findings import FilesRefused, Finding, Report, Totals
from clients.imports.kinds import EXCEPTION, KINDS, NOTICE, REFUSED, UNCONFIRMED
from clients.imports.models import ImportBatch, ImportFile, ImportProblem, StagedRow, StagedSale
from clients.imports.partitions import ensure_partition
from clients.imports.sales import SaleCheck
from clients.imports.sheets import KIND, Opened, Upload, month_of, open_upload
from clients.imports.staging import staged_rows
from clients.imports.standing import Standing, hold, standing_of
from clients.imports.states import BATCH_MOVES, CHECKED
from clients.products.turns import book_by_the_list
from clients.registry import register
from kernel.months import Month
from kernel.refusals import Refusal, Unknown
from kernel.sheets.columns import Parsed
from kernel.sheets.raw import opened as opened_content


@dataclass
class Checked:
    """What a pre-check gives back: its report, and the batch that waits for confirmation (None: nothing would change).
    `files`: the batch's."""

    report: Report
    batch: ImportBatch | None
    files: list[ImportFile] = field(default_factory=list)


@dataclass(frozen=True)
class _Read:
    """A file as the check has read it: what of it is kept in the log of the batch."""

    opened: Opened
    parsed: Parsed
    findings: list[Finding]
    unlisted: Counter[tuple[str, str]]


class _Nothing(Exception):
    """Takes back the staging of a file set that changes nothing."""


def precheck(*, files: Sequence[Upload], branch: Branch, by: Person, keep_files: bool = True) -> Checked:
    """Read and check one month's files; nothing is booked. Raises Refusal where the files can't be taken at all."""
    require_may_import(by, branch)
    return check_opened([open_upload(upload) for upload in files], branch, by, keep_files=keep_files)


def check_opened(
    opened: list[Opened], branch: Branch, by: Person, *, keep_files: bool = False, stored: StoredFile | None = None
) -> Checked:
    """The same for files already looked into, by whoever may (the caller has asked). `stored`: the only file, kept already."""
    checked: Checked | None = None
    try:
        with transaction.atomic():
            opened = sorted(opened, key=lambda one: one.kind != KIND.CLIENTS)
            month = _one_month(opened)
            ensure_partition(month)
            by_list = any(one.kind == KIND.SALES for one in opened)
            standing = standing_of(branch, by_list=by_list)  # first: what others commit after it makes it another
            _refuse_backwards(branch, month, standing.months, opened)
            batch = insert(ImportBatch(branch=branch, month=month, created_by=by, stamp=standing.stamp))
            checked = Checked(Report(month), batch)
            read_files = [_check_file(one, batch, standing, checked.report) for one in opened]
            _conclude(batch, checked.report)
            if checked.report.unchanged:
                raise _Nothing
            hold(branch)
            register.require_open(branch, month)
            checked.files = [_keep_file(one, batch, by, keep_files, stored) for one in read_files]
    except _Nothing:
        assert checked is not None
        checked.batch = None
    return checked


def _keep_file(one: _Read, batch: ImportBatch, by: Person, keep_files: bool, stored: StoredFile | None) -> ImportFile:
    upload = one.opened.upload
    if keep_files:
        stored = keep(upload.content, name=upload.name, content_type=content_type_of(upload), by=by, sha256=upload.sha256)
    file = ImportFile(
        batch=batch,
        kind=one.opened.kind,
        name=upload.name[:200],
        sha256=upload.sha256,
        rows=one.parsed.rows,
        header_row=one.parsed.header_row,
        stored=stored,
    )
    insert(file)
    _keep_findings(batch, file, one.findings, one.unlisted)
    return file


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


def _refuse_backwards(branch: Branch, month: Month, months: list[Month], opened: list[Opened]) -> None:
    if months and month < months[0] and any(one.kind == KIND.CLIENTS for one in opened):
        raise Refusal(
            f"{branch.name}的客户关系从{months[0].label}起建立,不能再导入更早的{month.label}", code="before_first_month"
        )


def content_type_of(upload: Upload) -> str:
    with opened_content(upload.content) as file:
        return XLSX if file.read(2) == b"PK" else "text/csv"


def _check_file(one: Opened, batch: ImportBatch, standing: Standing, report: Report) -> _Read:
    before = len(report.findings)
    if one.kind == KIND.CLIENTS:
        parsed, unlisted = _check_clients(one, batch, standing, report)
    else:
        sales = SaleCheck(batch.branch, one, batch.pk, batch.month, standing.managers)
        parsed, unlisted = sales.run(), Counter()
        report.totals["sales"] = sales.totals()
        report.findings += sales.findings
        for severity in (REFUSED, EXCEPTION):
            report.rows_with[severity] += len({finding.row for finding in sales.findings if finding.severity == severity})
        _add_up(report, sales.diff)
    report.rows += parsed.rows
    return _Read(one, parsed, report.findings[before:], unlisted)


def _check_clients(
    one: Opened, batch: ImportBatch, standing: Standing, report: Report
) -> tuple[Parsed, Counter[tuple[str, str]]]:
    month = batch.month
    change = "same" if month in standing.months else "added"
    with staged_rows(batch.pk, change=change, marks=0 if standing.clients else NEW + BARE) as stage:
        check = ClientCheck(batch.branch, one, month, standing.managers, stage)
        parsed = check.run()
    comparison = Comparison(check, batch.pk, standing)
    with by_hashing(rows=check.staged, least=FEW_ENOUGH):
        comparison.run(check.staged)
        report.totals |= {"file": check.in_file.plain(), "accepted": check.accepted.plain()}
        report.findings += check.findings
        report.rows_with += check.rows_with
        with by_hashing():
            if comparison.rebooking:
                find_removed(comparison, report)
            notice_gaps(comparison, batch, report)
    _add_up(report, comparison.diff)
    return parsed, check.unlisted


def _add_up(report: Report, diff: dict[str, int]) -> None:
    for key, count in diff.items():
        report.diff[key] = report.diff.get(key, 0) + count


def _keep_findings(batch: ImportBatch, file: ImportFile, findings: list[Finding], unlisted: Counter[tuple[str, str]]) -> None:
    """Store them; the many new clients of a file become one line, as does what is too much to list."""
    unconfirmed = [finding for finding in findings if finding.kind == UNCONFIRMED and finding.row]
    kept = [finding for finding in findings if finding.kind != UNCONFIRMED or not finding.row]
    if unconfirmed:
        kept.append(Finding(file.name, NOTICE, UNCONFIRMED, 0, "", "", messages.unconfirmed(len(unconfirmed))))
    for (severity, kind), count in unlisted.items():
        if count > 0:
            kept.append(Finding(file.name, severity, kind, 0, "", "", f"{KINDS[kind]}:另有 {count} 行没有逐行列出"))
    insert_rows(
        ImportProblem,
        ("batch_id", "file_id", "severity", "kind", "row", "column", "value", "message"),
        [(batch.pk, file.pk, f.severity, f.kind, f.row, f.column, f.value[:100], f.message[:400]) for f in kept],
    )


def _conclude(batch: ImportBatch, report: Report) -> None:
    report.totals.setdefault("file", Totals().plain())
    report.totals.setdefault("accepted", Totals().plain())
    batch.rows, batch.refused, batch.waiting = report.rows, report.rows_of(REFUSED), report.rows_of(EXCEPTION)
    batch.totals, batch.diff = report.totals, report.diff
    update(batch, "rows", "refused", "waiting", "totals", "diff")


@transaction.atomic
def confirm(*, batch_id: int, by: Person, leave_out: str = "") -> ImportBatch:
    """Book a pre-checked batch as a whole. Refused rows stop it, unless they are left out on purpose with a reason."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("branch").filter(pk=batch_id).first()
    if batch is None:
        raise Unknown("没有这批导入")
    require_may_import(by, batch.branch)
    BATCH_MOVES.after(batch.state, "book")
    files = list(batch.files.all())
    kinds = {file.kind for file in files}
    if KIND.SALES in kinds:
        book_by_the_list()
    ensure_partition(batch.month)
    hold(batch.branch)
    register.require_open(batch.branch, batch.month)
    standing = _require_unchanged(batch, kinds)
    _require_staged(batch, kinds)
    return _book(batch, files, standing, by, leave_out)


def _require_staged(batch: ImportBatch, kinds: Collection[str]) -> None:
    """A crash empties the staging table: what was staged must be there, also where every row waits."""
    if KIND.CLIENTS not in kinds:
        return
    staged = sum(batch.diff.get(change, 0) for change in ("added", "changed", "particulars", "same"))
    if KIND.SALES in kinds:  # these are in the counts, too; their table is written ahead
        staged -= StagedSale.objects.filter(batch=batch).count()
    if staged and not StagedRow.objects.filter(batch=batch).exists():
        raise Refusal("预检的数据已不在(系统重启或升级过),请重新预检后再确认", code="stale")


@transaction.atomic(savepoint=False)
def confirm_checked(*, checked: Checked, by: Person, leave_out: str = "") -> ImportBatch:
    """Book what this very transaction has checked: nobody else sees the batch yet, and its branch is held since. Only what others
    may have committed while it was read is asked about again."""
    batch = checked.batch
    assert batch is not None
    standing = _require_unchanged(batch, {file.kind for file in checked.files})
    return _book(batch, checked.files, standing, by, leave_out)


def _require_unchanged(batch: ImportBatch, kinds: Collection[str]) -> Standing:
    standing = standing_of(batch.branch, by_list=KIND.SALES in kinds)
    if batch.stamp != standing.stamp:
        raise Refusal("预检之后,名册、客户关系或已入账的数据有了变化,请重新预检后再确认", code="stale")
    return standing


def _book(batch: ImportBatch, files: list[ImportFile], standing: Standing, by: Person, leave_out: str) -> ImportBatch:
    leave_out = leave_out.strip()[:200]
    if batch.refused and not leave_out:
        raise Refusal(
            f"有 {batch.refused} 行被拒收,整批没有入账。请更正文件后重新导入,或写明原因剔除这些行",
            code="refused_rows",
            items=[str(problem) for problem in batch.problems.filter(severity=REFUSED)[:20]],
        )
    kinds = {file.kind for file in files}
    new = slips = 0
    if KIND.CLIENTS in kinds:
        new = booking.book_month(batch, by, rebooking=batch.month in standing.months)
        slips = booking.book_slips(batch, by, first_month=standing.begins(batch.month), known=standing.slips)
    if KIND.SALES in kinds:
        booking.book_sales(batch)
    batch.state, batch.left_out = BATCH_MOVES.after(batch.state, "book"), leave_out if batch.refused else ""
    batch.booked_by, batch.booked_at = by, timezone.now()
    update(batch, "state", "left_out", "booked_by", "booked_at")
    _clear_staging(batch, kinds)
    _tell_booked(batch, files, by, new=new, slips=slips)
    return batch


def _clear_staging(batch: ImportBatch, kinds: Collection[str] = tuple(KIND)) -> None:
    for kind, staged in ((KIND.CLIENTS, StagedRow), (KIND.SALES, StagedSale)):
        if kind in kinds:
            do(f"DELETE FROM {table(staged)} WHERE batch_id = %s", [batch.pk])  # noqa: S608


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
        link=f"/clients/figures/{month}/?branch={branch.code}",
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
    batch = ImportBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        raise Unknown("没有这批导入")
    if batch.state != CHECKED:
        raise Refusal(f"{batch}不在等待确认,不能重新预检;请重新导入文件", code="not_waiting")
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
            if any(one.kind == KIND.SALES for opened in by_month.values() for one in opened):
                book_by_the_list()
            for month in sorted(by_month) if len(by_month) > 1 else ():
                ensure_partition(month)
            for month in sorted(by_month):
                checked = check_opened(by_month[month], branch, by, keep_files=not dry_run)
                reports.append(checked.report)
                if checked.batch is not None and (not checked.report.refused or leave_out):
                    confirm_checked(checked=checked, by=by, leave_out=leave_out)
            if dry_run or (not leave_out and any(report.refused for report in reports)):
                raise _DryRun
    except _DryRun:
        pass
    return reports


__all__ = [
    "Checked",
    "FilesRefused",
    "confirm",
    "confirm_checked",
    "content_type_of",
    "drop",
    "import_files",
    "precheck",
    "recheck",
]
