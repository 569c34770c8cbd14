"""The two files a branch hands in, recognised by their headers, and the template and error file it takes away."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.utils import timezone

from clients.imports.findings import FilesRefused, Finding
from clients.imports.kinds import REFUSED
from clients.imports.models import ImportFile
from clients.imports.rules import impossible_month
from clients.products.rules import CLIENT_LEVELS, PRODUCT_LEVELS
from kernel import masks
from kernel.money import ZERO
from kernel.months import Month
from kernel.refusals import Refusal
from kernel.sheets import cells, reading
from kernel.sheets.blocks import Csv, csv_text
from kernel.sheets.columns import HEADER_WITHIN, CellProblem, Column, parse_stream, parse_table, plain_name
from kernel.sheets.guard import MIB, Kind, admit
from kernel.sheets.raw import Content, Raw, opened
from kernel.sheets.reading import Table
from kernel.sheets.returning import error_workbook, template_workbook

KIND = ImportFile.Kind
LOOK = 64 * 1024  # bytes decoded at once for it
HEAD = HEADER_WITHIN + 40  # rows looked at to tell the kind and the month
MONEY_COLUMNS = (
    ("股基交易量", "turnover"),
    ("佣金收入", "gross_commission"),
    ("经手费", "handling_fee"),
    ("证管费", "regulatory_fee"),
    ("过户费", "transfer_fee"),
    ("投保基金", "protection_fund"),
    ("净佣金收入", "net_commission"),
    ("两融息差收入", "margin_income"),
    ("期初资产", "opening_assets"),
    ("期末资产", "closing_assets"),
    ("资产转入", "assets_in"),
    ("资产转出", "assets_out"),
)
CLIENT_COLUMNS: tuple[Column, ...] = (
    Column("月份", cells.month(), key="month"),
    Column("营业部代码", cells.code(), key="branch_code"),
    Column("客户号", cells.code(), key="client_no"),
    Column("资金账号", cells.code(), key="fund_account", mask=masks.bank_account),
    Column("客户姓名", cells.text(longest=80), key="client_name", mask=masks.name),
    Column("客户类型", cells.choice("个人", "机构"), key="client_kind"),
    Column("开户日期", cells.day(), key="opened_on"),
    Column("客户经理工号", cells.code(), key="manager_no", required=False, default=""),
    Column("客户经理", cells.text(longest=40), key="manager_name", required=False, default=""),
    Column("关系类型", cells.choice("开发", "服务"), key="relation_kind"),
    *(Column(name, cells.money(), key=key) for name, key in MONEY_COLUMNS),
    Column("是否有效户", cells.yes_no(), key="is_valid"),
)
SALE_COLUMNS: tuple[Column, ...] = (
    Column("月份", cells.month(), key="month"),
    Column("成交日期", cells.day(), key="traded_on"),
    Column("产品代码", cells.code(longest=20), key="product_code"),
    Column("产品名称", cells.text(longest=60), key="product_name"),
    Column("产品风险等级", cells.choice(*PRODUCT_LEVELS), key="product_level"),
    Column("资金账号", cells.code(), key="fund_account", mask=masks.bank_account),
    Column("客户姓名", cells.text(longest=80), key="client_name", mask=masks.name),
    Column("客户风险等级", cells.choice(*CLIENT_LEVELS), key="client_level"),
    Column("客户经理工号", cells.code(), key="manager_no", required=False, default=""),
    Column("客户经理", cells.text(longest=40), key="manager_name", required=False, default=""),
    Column("销售金额", cells.money(negative=False), key="amount"),
)
COLUMNS: dict[str, tuple[Column, ...]] = {KIND.CLIENTS: CLIENT_COLUMNS, KIND.SALES: SALE_COLUMNS}
_MARKS = {KIND.CLIENTS: {"客户号", "净佣金收入"}, KIND.SALES: {"产品代码", "销售金额"}}


@dataclass(frozen=True)
class Upload:
    """A file as it came: its name is only spoken of, never believed. A large one stays where it lies on disk."""

    name: str
    content: Content
    sha256: str = field(default="")

    @classmethod
    def of(cls, name: str, content: Content) -> Upload:
        with opened(content) as file:
            digest = hashlib.sha256()
            while piece := file.read(MIB):
                digest.update(piece)
            return cls(name, content, digest.hexdigest())


def upload_from(file: UploadedFile) -> Upload:
    """What a form hands in: a large one lies on disk already and stays there."""
    if isinstance(file, TemporaryUploadedFile):
        return Upload.of(file.name or "", Path(file.temporary_file_path()))
    return Upload.of(file.name or "", file.read())


@dataclass
class Opened:
    """An upload whose kind is known. `source`: a workbook's rows, or a CSV that was looked into, for `parse_frames`."""

    upload: Upload
    kind: str
    head: list[Sequence[Raw]]
    source: Table | Csv

    @property
    def columns(self) -> tuple[Column, ...]:
        return COLUMNS[self.kind]

    @property
    def rows(self) -> Table | Iterator[Sequence[Raw]]:
        """What `parse_stream` reads."""
        return self.source if isinstance(self.source, Table) else _csv_rows(self.source)


def _csv_rows(source: Csv) -> Iterator[Sequence[Raw]]:
    with csv_text(source, limits=reading.DEFAULT) as text:
        for _, row in text.head(sys.maxsize):
            yield row


def open_upload(upload: Upload) -> Opened:
    """Look at the first rows and tell which of the two files it is. Raises Refusal."""
    try:
        if admit(upload.content, limits=reading.DEFAULT) is Kind.CSV:
            with csv_text(upload.content, limits=reading.DEFAULT, block=LOOK) as text:
                head: list[Sequence[Raw]] = [row for _, row in text.head(HEAD)]
            return Opened(upload, _kind_of(head), head, text.csv)
        return _open_book(upload)
    except Refusal as refusal:
        raise Refusal(f"{upload.name}:{refusal.sentence}", code=refusal.code, items=refusal.items) from None


def _open_book(upload: Upload) -> Opened:
    """The first worksheet that is one of the two; a cover sheet in front is passed over."""
    table = reading.read(upload.content, name=upload.name)
    tables = chain(
        [table], (reading.read(upload.content, name=upload.name, sheet=name) for name in table.sheets if name != table.sheet)
    )
    refusal: Refusal | None = None
    for one in tables:
        head: list[Sequence[Raw]] = list(one.rows[:HEAD])
        try:
            return Opened(upload, _kind_of(head), head, one)
        except Refusal as unknown:
            refusal = refusal or unknown
    raise refusal or Refusal("工作簿里没有数据", code="unknown_file")


def _kind_of(head: Iterable[Sequence[Raw]]) -> str:
    for row in head:
        names = {plain_name(cell) for cell in row}
        for kind, marks in _MARKS.items():
            if {plain_name(mark) for mark in marks} <= names:
                return kind
    best = max(_MARKS, key=lambda kind: _likeness(kind, head))
    if _likeness(best, head) >= 3:
        return best
    raise Refusal(
        "认不出这是哪种文件:表头应是《客户月度业务明细》(含“客户号”“净佣金收入”)或《产品销售明细》(含“产品代码”“销售金额”)的列名,"
        "请下载模板核对表头",
        code="unknown_file",
    )


def _likeness(kind: str, head: Iterable[Sequence[Raw]]) -> int:
    wanted = {plain_name(column.name) for column in COLUMNS[kind]}
    return max((len(wanted & {plain_name(cell) for cell in row}) for row in head), default=0)


def rows_again(upload: Upload) -> Iterator[Sequence[Raw]]:
    """The raw rows once more, for the error file."""
    rows = open_upload(upload).rows
    return iter(rows.rows if isinstance(rows, Table) else rows)


def error_file(upload: Upload, problems: Sequence[CellProblem], header_row: int) -> bytes:
    """The same sheet with 错误原因 behind each bad row."""
    return error_workbook(rows_again(upload), problems, title="错误清单", header_row=header_row)


EXAMPLES: dict[str, list[Any]] = {
    KIND.CLIENTS: [
        *("2026-10", "0755FT", "1000030000", "301000120000", "示例客户", "个人", "2025-01-26", "600117", "示例经理", "开发"),
        *[ZERO] * len(MONEY_COLUMNS),
        "是",
    ],
    KIND.SALES: [
        *("2026-10", "2026-10-08", "ZQ018", "稳健债券18", "R2", "301000120000", "示例客户", "C4", "600117", "示例经理"),
        Decimal("50000.00"),
    ],
}
NOTES = {
    KIND.CLIENTS: [
        "每位客户一行,同一客户只能出现一次",
        "净佣金收入 = 佣金收入 − 经手费 − 证管费 − 过户费 − 投保基金,精确到分",
        "请删除示例行后再填写",
    ],
    KIND.SALES: ["每笔销售一行", "客户风险等级低于产品风险等级的销售会列为适当性不符", "请删除示例行后再填写"],
}


def template(kind: str) -> bytes:
    """An empty sheet of that kind, with an example row and notes."""
    return template_workbook(COLUMNS[kind], title=KIND(kind).label, examples=[EXAMPLES[kind]], notes=NOTES[KIND(kind)])


def month_of(opened: Opened) -> Month:
    """The month of the file's first data row; the check then holds every other row against it. Raises FilesRefused, also where no
    file can be of that month: a branch that began in it could never import a real one."""
    found: list[tuple[int, Month]] = []
    column = Column("月份", cells.month(), key="month")
    parse_stream(opened.head, (column,), lambda row, values: found.append((row, values[0])))
    name = opened.upload.name
    if found:
        row, month = found[0]
        if why := impossible_month(month, timezone.localdate()):
            finding = Finding(name, REFUSED, "bad_cell", row, "月份", str(month), why)
            raise FilesRefused(f"{name}:{why}", [finding], code="impossible_month")
        return month
    problems = parse_table(opened.head, opened.columns).errors
    findings = [Finding(name, REFUSED, "bad_cell", p.row, p.column, p.value, p.message) for p in problems]
    if not findings:
        findings = [Finding(name, REFUSED, "bad_cell", 0, "", "", "表头下面没有数据行,请核对导出的月份")]
    raise FilesRefused(f"{name}:读不出月份,整份没有读入", findings, code="no_month")
