"""The filings as the list filters them, to take away: the record, never the documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from archives.forms import FilingFilter
from archives.models import FilingQuerySet
from archives.queries import filings_for, filtered
from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.people.roles import Power
from kernel.sheets.writing import OutColumn

COLUMNS = (
    OutColumn("title", "名称", width=40),
    OutColumn("kind", "类别", width=20),
    OutColumn("branch", "营业部", width=20),
    OutColumn("month", "所属月份", "month", 10),
    OutColumn("state", "状态", width=10),
    OutColumn("serial_no", "备案号", width=20),
    OutColumn("submitted_by", "报送人", width=10),
    OutColumn("submitted_at", "报送时间", width=17),
    OutColumn("received_by", "接收人", width=10),
    OutColumn("received_at", "接收时间", width=17),
    OutColumn("keep_until", "保管至", "day", 12),
    OutColumn("location", "存放位置", width=20),
    OutColumn("sha256", "散列(SHA-256)", width=66),
)


def _moment(value: Any) -> str:
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M}" if value else ""


def _rows(filings: FilingQuerySet) -> Iterator[dict[str, Any]]:
    for filing in filings:
        yield {
            "title": filing.title,
            "kind": filing.kind_label,
            "branch": filing.branch.name,
            "month": filing.month,
            "state": filing.get_state_display(),
            "serial_no": filing.serial_no,
            "submitted_by": filing.submitted_by.name,
            "submitted_at": _moment(filing.submitted_at),
            "received_by": filing.received_by.name if filing.received_by else "",
            "received_at": _moment(filing.received_at),
            "keep_until": filing.keep_until,
            "location": filing.location,
            "sha256": filing.sha256,
        }


def prepare(wanted: Wanted) -> Prepared:
    """The filings the person may see, as filtered."""
    rows = filtered(filings_for(wanted.person), usable(FilingFilter(wanted.query)).cleaned_data)
    return as_prepared(wanted, Listing("备案清单", COLUMNS, _rows(rows), rows.count()))


FILINGS = ExportKind("filings", "备案清单", prepare, takes=tuple(FilingFilter.base_fields), powers=(Power.FILING_VIEW,))
