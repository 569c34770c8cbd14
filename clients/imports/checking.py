"""The pre-check of 客户月度业务明细: row by row against itself, chunk by chunk against what is known of its clients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from branch.org.models import Branch
from clients.bulk import insert_rows
from clients.imports.findings import FilesRefused, Finding, Totals, opened_in
from clients.imports.kinds import (
    CHANGE,
    EXCEPTION,
    MANAGER_CHANGED,
    NAME_MISMATCH,
    NOT_EMPLOYED,
    NOTICE,
    REFUSED,
    UNCONFIRMED,
    UNKNOWN_MANAGER,
)
from clients.imports.known import BOOKED_COLUMNS, Known, known_of
from clients.imports.models import StagedRow
from clients.imports.rules import Manager, balance, manager_exception
from clients.imports.sheets import CLIENT_COLUMNS, MONEY_COLUMNS, Opened
from clients.registry.rules import initials
from kernel.money import ZERO, grouped
from kernel.months import Month
from kernel.sheets import cells
from kernel.sheets.cells import CellError
from kernel.sheets.columns import Parsed, TotalRow, parse_stream

CHUNK = 2000
MOST_MISFITS = 50
MONEY_KEYS = [key for _, key in MONEY_COLUMNS]
LABELS = {column.key: column.name for column in CLIENT_COLUMNS}
STAGED_COLUMNS = (
    "batch_id",
    "source_row",
    "client_no",
    "client_name",
    "initials",
    "client_kind",
    "fund_account",
    "manager_id",
    "expected_id",
    "exception",
    "change",
    *BOOKED_COLUMNS,
)


class Row(NamedTuple):
    """A row of the file in the order of CLIENT_COLUMNS."""

    month: Month
    branch_code: str
    client_no: str
    fund_account: str
    client_name: str
    client_kind: str
    opened_on: date
    manager_no: str
    manager_name: str
    relation_kind: str
    turnover: Decimal
    gross_commission: Decimal
    handling_fee: Decimal
    regulatory_fee: Decimal
    transfer_fee: Decimal
    protection_fund: Decimal
    net_commission: Decimal
    margin_income: Decimal
    opening_assets: Decimal
    closing_assets: Decimal
    assets_in: Decimal
    assets_out: Decimal
    is_valid: bool


@dataclass
class ClientCheck:
    """Reads one file, stages its good rows under `batch_id`, and gathers findings and totals."""

    branch: Branch
    opened: Opened
    batch_id: int
    month: Month
    managers: dict[str, Manager]
    first_month: bool
    rebooking: bool
    findings: list[Finding] = field(default_factory=list)
    in_file: Totals = field(default_factory=Totals)
    accepted: Totals = field(default_factory=Totals)
    diff: dict[str, int] = field(default_factory=lambda: {"added": 0, "changed": 0, "removed": 0, "same": 0})

    def __post_init__(self) -> None:
        self.named: dict[str, int] = {}  # 客户号 → the first row that names it
        self._misfits: list[Finding] = []
        self._buffer: list[tuple[int, Row]] = []
        self._sums = [ZERO] * len(MONEY_KEYS)
        self._names = {manager.person_id: manager for manager in self.managers.values()}

    def run(self) -> Parsed:
        parsed = parse_stream(self.opened.rows, CLIENT_COLUMNS, self._take)
        if not parsed.header_row or (parsed.errors and not parsed.rows):
            raise FilesRefused(f"{self.opened.upload.name}:表头不对,没有读入", map(self._cell, parsed.errors))
        if self._misfits:
            raise FilesRefused(
                f"{self.opened.upload.name}:不是{self.branch.name}({self.branch.code}){self.month.label}的文件,整份没有读入",
                self._misfits,
                code="wrong_branch_or_month",
            )
        self._flush()
        self.in_file.rows = parsed.rows
        self.findings += map(self._cell, parsed.errors)
        self._notice_file(parsed)
        return parsed

    # --- row by row -------------------------------------------------------------------------------------------------
    def _take(self, number: int, values: tuple[Any, ...]) -> None:
        row = Row(*values)
        if row.month != self.month or row.branch_code != self.branch.code:
            self._misfit(number, row)
            return
        self.in_file.add(row.net_commission, row.closing_assets, opened_in(row.opened_on, self.month))
        self._sums = [total + getattr(row, key) for total, key in zip(self._sums, MONEY_KEYS, strict=True)]
        first = self.named.setdefault(row.client_no, number)
        if self._fits(number, row, first):
            self._buffer.append((number, row))
            if len(self._buffer) == CHUNK:
                self._flush()

    def _fits(self, number: int, row: Row, first: int) -> bool:
        """Whether the row stands by itself; if not, it is refused with its reason."""
        fees = (row.handling_fee, row.regulatory_fee, row.transfer_fee, row.protection_fund)
        due = balance(row.gross_commission, fees)
        good = True
        if row.net_commission != due:
            good = self._refuse(number, "unbalanced", "net_commission", row.net_commission, _unbalanced(row.net_commission, due))
        if first != number:
            message = f"与第 {first} 行是同一位客户,只认第 {first} 行,请删去这一行"
            good = self._refuse(number, "duplicate", "client_no", row.client_no, message)
        if row.opened_on > self.month.last:
            message = f"开户日期晚于{self.month.label},请核对"
            good = self._refuse(number, "opened_later", "opened_on", row.opened_on, message)
        return good

    def _refuse(self, number: int, kind: str, key: str, value: Any, message: str) -> bool:
        self._find(REFUSED, kind, (number, LABELS[key], value), message)
        return False

    def _misfit(self, number: int, row: Row) -> None:
        if len(self._misfits) >= MOST_MISFITS:
            return
        name = self.opened.upload.name
        if row.month != self.month:
            message = f"这一行是{row.month.label},同一份文件只能是一个月({self.month.label})"
            self._misfits.append(Finding(name, REFUSED, "wrong_month", number, "月份", str(row.month), message))
        else:
            message = f"不是本营业部的代码,应为 {self.branch.code}"
            self._misfits.append(Finding(name, REFUSED, "wrong_branch", number, "营业部代码", row.branch_code, message))

    def _find(self, severity: str, kind: str, at: tuple[int, str, Any], message: str) -> None:
        """`at`: row, column, value."""
        row, column, value = at
        self.findings.append(Finding(self.opened.upload.name, severity, kind, row, column, str(value), message))

    def _cell(self, problem: Any) -> Finding:
        return Finding(self.opened.upload.name, REFUSED, "bad_cell", problem.row, problem.column, problem.value, problem.message)

    # --- chunk by chunk ---------------------------------------------------------------------------------------------
    def _flush(self) -> None:
        chunk, self._buffer = self._buffer, []
        if not chunk:
            return
        known = known_of(self.branch, self.month, [row.client_no for _, row in chunk], rebooking=self.rebooking)
        insert_rows(StagedRow, STAGED_COLUMNS, [self._staged(number, row, known) for number, row in chunk])

    def _staged(self, number: int, row: Row, known: Known) -> Sequence[Any]:
        facts = known.get(row.client_no)
        expected = facts.expected_id if facts else None
        kind, manager = manager_exception(row.manager_no, row.manager_name, self.month, self.managers, expected)
        if kind:
            self._wait(number, row, kind, manager, expected)
        else:
            self.accepted.add(row.net_commission, row.closing_assets, opened_in(row.opened_on, self.month))
            if facts is None or not facts.has_relation:
                message = "新客户,确认单待核,确认前不计入任何人"
                self._find(NOTICE, UNCONFIRMED, (number, "客户号", row.client_no), message)
        self._compare(number, row, facts)
        values = tuple(getattr(row, key) for key in BOOKED_COLUMNS)
        change = self._change(number, values, kind, facts)
        return (
            self.batch_id,
            number,
            row.client_no,
            row.client_name,
            initials(row.client_name),
            row.client_kind,
            row.fund_account,
            manager.person_id if manager else None,
            expected,
            kind,
            change,
            *values,
        )

    def _wait(self, number: int, row: Row, kind: str, manager: Manager | None, expected: int | None) -> None:
        was = self._names.get(expected) if expected else None
        said = {
            UNKNOWN_MANAGER: "本营业部没有这个客户经理工号,请更正工号或先导入名册",
            NAME_MISMATCH: f"工号 {row.manager_no} 是{manager.name if manager else ''},与姓名不符,请核对工号和姓名",
            NOT_EMPLOYED: f"{self.month.label}不在职,请核对工号或名册",
            MANAGER_CHANGED: f"此前的客户经理是{f'{was.name}({was.staff_no})' if was else '他人'},没有已确认的变更",
        }[kind]
        column, value = ("客户经理", row.manager_name) if kind == NAME_MISMATCH else ("客户经理工号", row.manager_no)
        self._find(EXCEPTION, kind, (number, column, value), f"{said};处理之前不计入任何人")

    def _compare(self, number: int, row: Row, facts: Any) -> None:
        """Against last month and the client's own record: worth knowing, in nobody's way."""
        if facts is None or facts.last_assets is None:
            if row.opening_assets and not self.first_month:
                message = f"上月没有这位客户的数据,期初资产却是 {grouped(row.opening_assets)}"
                self._find(NOTICE, "opening_not_zero", (number, "期初资产", row.opening_assets), message)
        elif facts.last_assets != row.opening_assets:
            message = f"上月期末资产是 {grouped(facts.last_assets)},与本月期初不符"
            self._find(NOTICE, "opening_gap", (number, "期初资产", row.opening_assets), message)
        if facts is not None and (changed := facts.changed_columns(row)):
            message = f"客户资料与以前登记的不同:{'、'.join(LABELS[key] for key in changed)},入账后以本文件为准"
            self._find(NOTICE, "client_changed", (number, "客户号", row.client_no), message)

    def _change(self, number: int, values: tuple[Any, ...], exception: str, facts: Any) -> str:
        booked = facts.booked if facts else None
        if booked is None:
            self.diff["added"] += 1
            if self.rebooking:
                self._find(CHANGE, "added", (number, "", ""), "这次新增的客户")
            return "added"
        pairs = zip(BOOKED_COLUMNS, booked.values, values, strict=True)
        told = [f"{LABELS[key]} {old} → {new}" for key, old, new in pairs if old != new]
        if not told and (booked.resolution or booked.exception == exception):
            self.diff["same"] += 1
            return "same"
        self.diff["changed"] += 1
        self._find(CHANGE, "changed", (number, "", ""), ";".join(told)[:400] or "核对结果有变化")
        return "changed"

    # --- the file as a whole ----------------------------------------------------------------------------------------
    def _notice_file(self, parsed: Parsed) -> None:
        for notice in parsed.notices:
            if notice.kind != "total_rows":
                self._find(NOTICE, notice.kind, (notice.rows[0] if notice.rows else 0, "", ""), notice.message)
        for total in parsed.totals:
            self._notice_total(total, comparable=not parsed.errors)

    def _notice_total(self, total: TotalRow, *, comparable: bool) -> None:
        differing = []
        for (name, _), summed in zip(MONEY_COLUMNS, self._sums, strict=True):
            try:
                written: Decimal = cells.money().read(total.cells.get(name, ""))
            except CellError:
                continue
            if written != summed:
                differing.append(f"{name}合计行写 {grouped(written)},明细相加是 {grouped(summed)}")
        if differing and comparable:
            self._find(NOTICE, "total_differs", (total.row, "", ""), f"合计行与明细不符:{';'.join(differing)}"[:400])
        message = "合计行,不是客户,没有作为数据读入" + ("" if differing else ";各列合计与明细相符")
        self._find(NOTICE, "total_row", (total.row, "", ""), message)


def _unbalanced(net: Decimal, due: Decimal) -> str:
    return f"与分项不符:佣金收入减各项费用应为 {grouped(due)},相差 {grouped(abs(net - due))},请核对后更正"
