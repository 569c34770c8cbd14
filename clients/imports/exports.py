"""What waits for a decision, to take away: client rows with an exception, as the page filters them; and sheets of mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings

from branch.exports.models import subject_key
from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.files.actions import read
from branch.people.roles import Power
from clients.imports.access import require_may_import
from clients.imports.forms import ExceptionFilter
from clients.imports.kinds import SHARED_ACCOUNT, SHARED_LABEL
from clients.imports.models import ClientMonthQuerySet
from clients.imports.queries import batch_for, branches_with_exceptions, cell_problems, months_of
from clients.imports.sheets import Upload, error_file
from clients.pages import branch_named, month_asked
from kernel.refusals import Refusal, Unknown
from kernel.sheets.writing import OutColumn

COLUMNS = (
    OutColumn("row", "文件行号", "int", 9),
    OutColumn("client_no", "客户号", width=14),
    OutColumn("client", "客户", width=12),
    OutColumn("kind", "类别", width=20),
    OutColumn("manager_no", "文件所写工号", width=12),
    OutColumn("manager", "文件所写客户经理", width=14),
    OutColumn("expected", "原客户经理", width=16),
    OutColumn("net_commission", "净佣金收入", "money", 14, total=True),
    OutColumn("closing_assets", "期末资产", "money", 16, total=True),
    OutColumn("resolution", "处理", width=16),
    OutColumn("settled_to", "计入", width=16),
    OutColumn("reason", "处理说明", width=24),
    OutColumn("resolved_by", "处理人", width=16),
)


def _rows(rows: ClientMonthQuerySet, *, shared: bool) -> Iterator[dict[str, Any]]:
    for row in rows.iterator(chunk_size=2000):
        yield {
            "row": row.source_row,
            "client_no": row.client.client_no,
            "client": row.client.name,
            "kind": SHARED_LABEL if shared else row.kind_label,
            "manager_no": row.manager_no,
            "manager": row.manager_name,
            "expected": str(row.expected or ""),
            "net_commission": row.net_commission,
            "closing_assets": row.closing_assets,
            "resolution": row.get_resolution_display() if row.resolution else "待处理",
            "settled_to": str(row.settled_to or ""),
            "reason": row.reason,
            "resolved_by": str(row.resolved_by or ""),
        }


def prepare(wanted: Wanted) -> Prepared:
    """A branch's month as the page filters it."""
    branch = branch_named(wanted.query.get("branch", ""), branches_with_exceptions(wanted.person))
    months = months_of(branch)
    if not months:
        raise Refusal(f"{branch.name}还没有导入月度数据,没有可导出的异常")
    month = month_asked(wanted.query.get("month", "")) or months[0]
    if month not in months:
        raise Unknown(f"{branch.name}还没有导入{month.label}的数据")
    rows, shared = usable(ExceptionFilter(wanted.query)).rows(branch, month), wanted.query.get("kind") == SHARED_ACCOUNT
    listing = Listing(f"{month}_业务数据异常", COLUMNS, _rows(rows, shared=shared), rows.count(), branch=branch, totals=True)
    return as_prepared(wanted, listing)


def prepare_mistakes(wanted: Wanted) -> Prepared:
    """A file of an import as it came, with a column of reasons: the whole of it, so all its rows are counted."""
    batch = batch_for(wanted.person, wanted.key("batch"))
    require_may_import(wanted.person, batch.branch)
    file = batch.files.select_related("stored").filter(pk=wanted.key("file")).first()
    if file is None or file.stored is None:
        raise Unknown("没有这份文件的原件")
    if file.rows > settings.EXPORT_MOST_ROWS:
        raise Refusal(f"这份文件有 {file.rows:,} 行,做不成一张错误清单;请按导入页面列出的行更正", code="too_many_rows")
    name, stored, problems, header_row = file.name, file.stored, cell_problems(file), file.header_row
    return Prepared(
        title=f"{batch} 错误清单",
        name=f"{name.rsplit('.', 1)[0]}_错误清单.xlsx",
        rows=file.rows,
        build=lambda watermark: error_file(Upload.of(name, read(stored)), problems, header_row),
        branch=batch.branch,
        subject=subject_key(batch),
        details={"mistakes": len(problems), "original": stored.sha256},
    )


EXCEPTIONS = ExportKind(
    "exceptions",
    "业务数据异常",
    prepare,
    takes=("branch", "month", *ExceptionFilter.base_fields),
    powers=(Power.EXCEPTION_RESOLVE, Power.FIGURES_LOCK),
)
MISTAKES = ExportKind(
    "import-errors", "业务数据导入的错误清单", prepare_mistakes, takes=("batch", "file"), powers=(Power.CRM_IMPORT,)
)
