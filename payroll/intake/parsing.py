"""The two files people hand in (核算输入, 期初), read column by column. Plain values; nothing of the database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from kernel.months import Month
from kernel.refusals import Refusal
from kernel.sheets import cells, reading
from kernel.sheets.columns import CellProblem, Column, Parsed, parse_table, plain_name
from kernel.sheets.raw import Raw
from payroll.intake.rules import BROKER, EMPLOYEE, Finding, Row
from payroll.reckoning.facts import INPUT_COLUMNS

SHEETS = {EMPLOYEE: "员工", BROKER: "证券经纪人"}
_MONTH_IN_NAME = re.compile(r"(20\d{2})[-_.年]?(0[1-9]|1[0-2]|[1-9](?!\d))(?!\d)", re.ASCII)


def halves(most: int) -> cells.CellType:
    """Days or hours in halves, from 0 to `most`."""
    plain = cells.number(2, least=0, most=most)

    def read(raw: Raw) -> Decimal:
        value: Decimal = plain.read(raw)
        if value % Decimal("0.5"):
            raise cells.CellError("以 0.5 为单位,例如 0.5、1、1.5")
        return value.quantize(Decimal("0.1"))

    return cells.CellType(read, "number", f"0 至 {most},可填半天(0.5)")


_WHO = (Column("工号", cells.code(longest=20), key="staff_no"), Column("姓名", cells.text(longest=40), key="name"))
_money = cells.money(negative=False)
_INPUT_TYPES = {
    **dict.fromkeys(("due_days", "worked_days", "personal_leave", "sick_leave", "absence"), halves(31)),
    **dict.fromkeys(("overtime_weekday", "overtime_rest", "overtime_statutory"), halves(744)),
    "target": _money,
    "duty_score": cells.number(2, least=0, most=100),
    "complaints": cells.integer(least=0, most=999),
    "serious_violation": cells.yes_no(),
    "vat": _money,
    "other_allowance": cells.money(),
    "other_deduction": _money,
    "damages_balance": _money,
}
INPUTS: tuple[Column, ...] = (
    _WHO[0],
    Column("姓名", cells.text(longest=40), key="name", required=False),
    *(Column(label, _INPUT_TYPES[key], key=key, required=False) for key, label in INPUT_COLUMNS.items()),
)


def _sums(**labels: str) -> tuple[Column, ...]:
    return tuple(Column(label, _money, key=key) for key, label in labels.items())


_TAX_ENDS = _sums(other="累计其他扣除", relief="累计减免税额", withheld="累计已预扣税额")
OPENING: Mapping[str, tuple[Column, ...]] = {
    EMPLOYEE: (
        *_WHO,
        Column("任职受雇起始月", cells.month(), key="started"),
        *_sums(
            income="累计收入", exempt="累计免税收入", basic="累计减除费用", special="累计专项扣除", additional="累计专项附加扣除"
        ),
        *_TAX_ENDS,
        Column("递延余额", _money, key="deferral_balance"),
        Column("递延剩余期数", cells.integer(least=0, most=240), key="deferral_left"),
        Column("递延每期金额", _money, key="deferral_instalment"),
        Column("负佣金结转", cells.money(), key="negative_commission"),
        Column("年假余额", halves(60), key="annual_leave", required=False, absent_ok=True),
    ),
    BROKER: (
        *_WHO,
        Column("从业起始月", cells.month(), key="started"),
        *_sums(
            net_income="累计不含税收入",
            income_amount="累计收入额",
            development_cost="累计展业成本",
            surtax="累计附加税费",
            basic="累计减除费用",
        ),
        *_TAX_ENDS,
        Column("负佣金结转", cells.money(), key="negative_commission"),
    ),
}


@dataclass
class ReadSheet:
    """A sheet as read: good rows, cells that can't be read, and what is worth knowing. `raw` for the error file."""

    title: str
    sheet: str = ""
    rows: list[Row] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    raw: list[list[Raw]] = field(default_factory=list)
    header_row: int = 1
    count: int = 0

    @property
    def unread(self) -> set[str]:
        """Staff numbers of the rows with a bad cell, so that nobody is called missing whose row is there."""
        return {self.written(problem.row, "工号") for problem in self.problems if problem.row > self.header_row}

    def written(self, row: int, column: str) -> str:
        """What a row of the file says in a column, as text; empty where it says nothing."""
        header = self.raw[self.header_row - 1] if len(self.raw) >= self.header_row else []
        place = next((at for at, cell in enumerate(header) if plain_name(cell) == column), None)
        if place is None or row <= self.header_row or len(self.raw) < row or len(self.raw[row - 1]) <= place:
            return ""
        cell = self.raw[row - 1][place]
        return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell or "").strip()[:40]

    def finding(self, problem: CellProblem) -> Finding:
        """A cell that can't be read, with the person whose row it is in."""
        who = (self.written(problem.row, "工号"), self.written(problem.row, "姓名"))
        return Finding(problem.row, *who, problem.column, problem.value, problem.message, self.sheet)


def month_of(name: str, stated: Month | None) -> Month:
    """The month a file is for: what was stated, or what its name says; refused when they differ or there is neither."""
    found = _MONTH_IN_NAME.search(name)
    written = Month(int(found[1]), int(found[2])) if found else None
    if stated is None and written is None:
        raise Refusal(f"看不出“{name}”是哪个月的,请把文件名写成 …_2026-10.xlsx,或另外指明月份")
    if stated is not None and written is not None and stated != written:
        raise Refusal(f"文件名“{name}”写的是 {written.label},与所选的 {stated.label}不一致,请核对后再导入")
    month = stated or written
    assert month is not None
    return month


def read_inputs(content: bytes, name: str) -> ReadSheet:
    """A 核算输入 file (xlsx or CSV). Raises Refusal when it is no table at all."""
    return _read(reading.read(content, name=name), INPUTS)


def read_opening(content: bytes, name: str) -> dict[str, ReadSheet]:
    """An opening file: a sheet for each kind, both there. Raises Refusal when one is missing."""
    names = {title.strip() for title in reading.sheet_names(content, name=name)}
    missing = [title for title in SHEETS.values() if title not in names]
    if missing:
        listed = "、".join(f"“{title}”" for title in missing)
        raise Refusal(f"“{name}”里没有工作表{listed}。期初文件要有“员工”和“证券经纪人”两张表,没有人员也要保留表头")
    return {
        kind: _read(reading.read(content, name=name, sheet=title), OPENING[kind], title, may_be_empty=True)
        for kind, title in SHEETS.items()
    }


def _read(table: reading.Table, columns: tuple[Column, ...], title: str = "", *, may_be_empty: bool = False) -> ReadSheet:
    parsed: Parsed = parse_table(table, columns)
    if not parsed.ok or parsed.rows or may_be_empty:
        return ReadSheet(
            title=title or table.sheet,
            sheet=title,
            rows=[Row(record.row, record.values, title) for record in parsed.records],
            problems=parsed.errors,
            notices=[notice.message for notice in parsed.notices],
            raw=table.rows,
            header_row=parsed.header_row or 1,
            count=parsed.rows,
        )
    raise Refusal(f"“{table.name}”里只有表头,没有数据")
