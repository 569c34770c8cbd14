"""What was handed in, taken away again: the files of opening balances and of a month's inputs, and their sheets of mistakes."""

from __future__ import annotations

from branch.exports.models import subject_key
from branch.exports.register import ExportKind, Prepared, Wanted
from branch.files.actions import read
from branch.files.models import StoredFile
from kernel.refusals import Unknown
from payroll.intake import access, queries, sheets
from payroll.intake.models import InputSheet, OpeningSet

OPENING, INPUTS = "opening-file", "inputs-file"


def _original(row: OpeningSet | InputSheet, file: StoredFile, rows: int, title: str) -> Prepared:
    """The file as it came, byte for byte: who took it stands in the record, not on the file, whose hash is the proof."""
    return Prepared(
        title=title,
        name=file.name,
        rows=rows,
        build=lambda watermark: read(file),
        branch=row.branch,
        subject=subject_key(row),
        details={"original": file.sha256},
    )


def _mistakes(row: OpeningSet | InputSheet, content: bytes, rows: int, title: str, name: str) -> Prepared:
    """The sheet as it came, with a column of reasons: the whole of it, so all its rows are counted."""
    return Prepared(
        title=title,
        name=name,
        rows=rows,
        build=lambda watermark: content,
        branch=row.branch,
        subject=subject_key(row),
        details={"mistakes": len(row.refused)},
    )


def prepare_opening(wanted: Wanted) -> Prepared:
    opening = queries.opening_set(wanted.person, wanted.key("opening"))
    kind = wanted.query.get("errors", "")
    title = f"期初余额 {opening.first_month}"
    if not kind:
        return _original(opening, opening.file, opening.people_count, f"{title} 原件")
    if kind not in sheets.SHEETS:
        raise Unknown("没有这张表")
    content = sheets.opening_errors(read(opening.file), opening.file.name, opening.refused, kind)
    name = f"期初_{opening.first_month}_{sheets.SHEETS[kind]}_错误.xlsx"
    return _mistakes(opening, content, opening.people_count, f"{title} {sheets.SHEETS[kind]}错误", name)


def prepare_inputs(wanted: Wanted) -> Prepared:
    sheet = queries.input_sheet(wanted.person, wanted.key("sheet"))
    title = f"核算输入 {sheet.month}"
    if not wanted.query.get("errors"):
        return _original(sheet, sheet.file, sheet.rows, f"{title} 原件")
    content = sheets.input_errors(read(sheet.file), sheet.file.name, sheet.refused)
    return _mistakes(sheet, content, sheet.rows, f"{title} 错误", f"核算输入_{sheet.month}_错误.xlsx")


KINDS = (
    ExportKind(OPENING, "期初余额的来源文件", prepare_opening, takes=("opening", "errors"), powers=access.OPENING_DOOR),
    ExportKind(INPUTS, "核算输入的来源文件", prepare_inputs, takes=("sheet", "errors"), powers=access.INPUT_DOOR),
)
