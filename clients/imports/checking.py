"""The pre-check of 客户月度业务明细: frames of rows against themselves and the roster; `comparing` then asks the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from branch.org.models import Branch
from clients.bulk import LARGE, cents
from clients.imports import messages
from clients.imports.findings import FilesRefused, Finding, Totals
from clients.imports.kinds import (
    EXCEPTION,
    EXCEPTION_KINDS,
    NAME_MISMATCH,
    NOT_EMPLOYED,
    NOTICE,
    REFUSED,
    UNCONFIRMED,
    UNKNOWN_MANAGER,
)
from clients.imports.rules import FEES, Manager
from clients.imports.sheets import CLIENT_COLUMNS, MONEY_COLUMNS, Opened
from kernel.heavy import polars as pl
from kernel.money import grouped
from kernel.months import Month
from kernel.sheets import cells
from kernel.sheets.cells import CellError
from kernel.sheets.columns import Parsed, TotalRow
from kernel.sheets.frames import ROW, parse_frames

PARTS = 8  # in which a large file's clients are compared with each other
MOST_MISFITS = 50
MOST_LISTED = 5_000  # findings of one kind that are told one by one; the rest is counted
MONEY_KEYS = [key for _, key in MONEY_COLUMNS]
LABELS = {column.key: column.name for column in CLIENT_COLUMNS}
ABOVE_ALL = 10**9
ORDER = {kind: at for at, kind in enumerate(("unbalanced", "duplicate", "opened_later", *EXCEPTION_KINDS, UNCONFIRMED))}
_Say = Callable[[dict[str, Any]], str]


@cache
def _judged() -> tuple[pl.Expr, pl.Expr]:
    """The net commission that is due, and whether a row says another."""
    due = pl.col("gross_commission") - pl.sum_horizontal(FEES)
    return due, pl.col("net_commission") != due


@cache
def _perhaps_waiting() -> pl.Expr:
    """Whether a row may have to wait: it names nobody, or somebody by another name than the roster's. Quick, and true too often
    rather than seldom: a blank is not yet taken out of either name."""
    name, true_name = pl.col("manager_name"), pl.col("true_name")
    other = (name != "") & ((name != true_name) | true_name.str.contains(" ", literal=True))
    return pl.col("manager_id").is_null() | other | ~pl.col("employed")


@cache
def _exception() -> pl.Expr:
    """Why a row must wait (empty: nothing in the roster is against it)."""
    written = pl.col("manager_name").str.replace_all(" ", "", literal=True)
    return (
        pl.when(pl.col("manager_id").is_null())
        .then(pl.lit(UNKNOWN_MANAGER))
        .when((written != "") & (written != pl.col("true_name")))
        .then(pl.lit(NAME_MISMATCH))
        .when(~pl.col("employed"))
        .then(pl.lit(NOT_EMPLOYED))
        .otherwise(pl.lit(""))
    )


@dataclass
class ClientCheck:
    """Reads one file, hands its good rows to `stage`, and gathers findings and totals. Money in frames is whole 分."""

    branch: Branch
    opened: Opened
    month: Month
    managers: dict[str, Manager]
    stage: Callable[[pl.DataFrame], None]
    findings: list[Finding] = field(default_factory=list)
    in_file: Totals = field(default_factory=Totals)
    accepted: Totals = field(default_factory=Totals)
    unlisted: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows_with: Counter[str] = field(default_factory=Counter)
    duplicated: Sequence[int] = ()
    staged: int = 0
    tail: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._misfits: list[Finding] = []
        self._named: list[pl.DataFrame] = []
        self._sums = dict.fromkeys(MONEY_KEYS, 0)
        self._listed: Counter[tuple[str, str]] = Counter()
        self._later = pl.col("opened_on") > self.month.last
        self._roster = _roster(self.managers, self.month)
        self._refused_rows: set[int] = set()
        self.refused_nos: set[str] = set()

    def run(self) -> Parsed:
        parsed = parse_frames(self.opened.source, CLIENT_COLUMNS, self._take)
        if not parsed.header_row or (parsed.errors and not parsed.rows):
            raise FilesRefused(f"{self.opened.upload.name}:表头不对,没有读入", map(self._cell, parsed.errors))
        if self._misfits:
            raise FilesRefused(
                f"{self.opened.upload.name}:不是{self.branch.name}({self.branch.code}){self.month.label}的文件,整份没有读入",
                self._misfits,
                code="wrong_branch_or_month",
            )
        self._find_duplicates()
        self.in_file.rows = parsed.rows
        self.tail = [*map(self._cell, parsed.errors)]
        self.rows_with[REFUSED] += parsed.bad_rows
        rows, self.findings = self.findings, self.tail
        self._notice_file(parsed)
        self.findings, self.tail = rows, self.findings
        return parsed

    def rows_first(self) -> None:
        """All findings in the order of the rows, then what is to be said of cells and of the file as a whole."""
        self.findings.sort(key=lambda finding: (finding.row or ABOVE_ALL, ORDER.get(finding.kind, len(ORDER))))
        self.findings += self.tail
        self.tail = []

    # --- a frame at once --------------------------------------------------------------------------------------------
    def _take(self, frame: pl.DataFrame) -> None:
        misfit = (pl.col("month") != self.month.number) | (pl.col("branch_code") != self.branch.code)
        sums = pl.col(MONEY_KEYS).cast(pl.Int128).sum().name.prefix("sum_")
        _, unbalanced = _judged()
        found = frame.select(
            misfit.any().alias("misfit"), (unbalanced | self._later).any().alias("bad"), *Totals.asked(self.month), sums
        ).row(0)
        misfits, bad, totals = found[0], found[1], found[2 : -len(MONEY_KEYS)]
        if misfits:
            self._note_misfits(frame.filter(misfit))
        if self._misfits:
            return
        self.in_file.add(totals)
        for key, total in zip(MONEY_KEYS, found[-len(MONEY_KEYS) :], strict=True):
            self._sums[key] += total
        self._named.append(frame.select("client_no", pl.col(ROW).cast(pl.UInt32)))
        if bad:
            self._stage(self._without_refused(frame))
        else:
            self._stage(frame, totals)

    def _without_refused(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows that stand by themselves; the others are refused with their reason."""
        due, unbalanced = _judged()
        judged = frame.with_columns(due=due, unbalanced=unbalanced, opened_later=self._later)
        bad = judged.filter(pl.col("unbalanced") | pl.col("opened_later"))
        self._list(bad.filter("unbalanced"), REFUSED, "unbalanced", "net_commission", messages.unbalanced)
        later = messages.opened_later(self.month)
        self._list(bad.filter("opened_later"), REFUSED, "opened_later", "opened_on", lambda _: later)
        self.rows_with[REFUSED] += bad.height
        self.refused_nos.update(bad["client_no"].to_list())
        self._refused_rows.update(bad[ROW].to_list())
        return judged.filter(~pl.col("unbalanced") & ~pl.col("opened_later")).select(frame.columns)

    def _stage(self, frame: pl.DataFrame, totals: Sequence[Any] | None = None) -> None:
        """With each row's manager, and why it must wait (empty: nothing in the roster is against it). `totals`: of all of them,
        where they are known."""
        named = frame.join(self._roster, on="manager_no", how="left", maintain_order="left")
        known = named.with_columns(exception=_exception() if named.select(_perhaps_waiting().any()).item() else pl.lit(""))
        waits = known["exception"] != ""
        if waits.any():
            self._note_waiting(known.filter(waits))
            totals = None
        self.accepted.add(totals or known.filter(~waits).select(Totals.asked(self.month)).row(0))
        self.staged += known.height
        self.stage(known)

    def _note_waiting(self, waiting: pl.DataFrame) -> None:
        self.rows_with[EXCEPTION] += waiting.height
        for kind, column, say in (
            (UNKNOWN_MANAGER, "manager_no", messages.unknown_manager),
            (NAME_MISMATCH, "manager_name", messages.name_mismatch),
            (NOT_EMPLOYED, "manager_no", messages.not_employed(self.month)),
        ):
            self._list(waiting.filter(pl.col("exception") == kind), EXCEPTION, kind, column, say)

    # --- the file as a whole ----------------------------------------------------------------------------------------
    def _find_duplicates(self) -> None:
        """Only the first row that names a client counts, whatever else is wrong with it."""
        kept, self._named = self._named, []
        alike = _alike(kept) if kept else None
        if alike is None:
            return
        named = alike.with_columns(first=pl.col(ROW).min().over("client_no"))
        again = named.filter(pl.col(ROW) != pl.col("first")).sort(ROW)
        self._list(again, REFUSED, "duplicate", "client_no", messages.duplicate)
        self.duplicated = [row for row in again[ROW].to_list() if row not in self._refused_rows]
        self.rows_with[REFUSED] += len(self.duplicated)

    def _note_misfits(self, frame: pl.DataFrame) -> None:
        name = self.opened.upload.name
        for row in frame.head(MOST_MISFITS - len(self._misfits)).iter_rows(named=True):
            month = Month.parse(str(row["month"]))
            if month != self.month:
                message = f"这一行是{month.label},同一份文件只能是一个月({self.month.label})"
                self._misfits.append(Finding(name, REFUSED, "wrong_month", row[ROW], "月份", str(month), message))
            else:
                message = f"不是本营业部的代码,应为 {self.branch.code}"
                self._misfits.append(Finding(name, REFUSED, "wrong_branch", row[ROW], "营业部代码", row["branch_code"], message))

    def _list(self, frame: pl.DataFrame, severity: str, kind: str, key: str, say: _Say) -> None:
        """A finding for each row of the frame, as far as they are told one by one."""
        room = max(0, MOST_LISTED - self._listed[severity, kind])
        for row in frame.head(room).iter_rows(named=True):
            value = cents(row[key]) if key in self._sums else row[key]
            self.find(severity, kind, (row[ROW], LABELS[key], value), say(row))
        self._listed[severity, kind] += min(room, frame.height)
        self.unlisted[severity, kind] += max(0, frame.height - room)

    def find(self, severity: str, kind: str, at: tuple[int, str, Any], message: str) -> None:
        """`at`: row, column, value."""
        row, column, value = at
        self.findings.append(Finding(self.opened.upload.name, severity, kind, row, column, str(value), message))

    def _cell(self, problem: Any) -> Finding:
        return Finding(self.opened.upload.name, REFUSED, "bad_cell", problem.row, problem.column, problem.value, problem.message)

    def _notice_file(self, parsed: Parsed) -> None:
        for notice in parsed.notices:
            if notice.kind != "total_rows":
                self.find(NOTICE, notice.kind, (notice.rows[0] if notice.rows else 0, "", ""), notice.message)
        for total in parsed.totals:
            self._notice_total(total, comparable=not parsed.errors)

    def _notice_total(self, total: TotalRow, *, comparable: bool) -> None:
        differing = []
        for name, key in MONEY_COLUMNS:
            summed = cents(self._sums[key])
            try:
                written: Decimal = cells.money().read(total.cells.get(name, ""))
            except CellError:
                continue
            if written != summed:
                differing.append(f"{name}合计行写 {grouped(written)},明细相加是 {grouped(summed)}")
        if differing and comparable:
            self.find(NOTICE, "total_differs", (total.row, "", ""), f"合计行与明细不符:{';'.join(differing)}"[:400])
        message = "合计行,不是客户,没有作为数据读入" + ("" if differing else ";各列合计与明细相符")
        self.find(NOTICE, "total_row", (total.row, "", ""), message)


def _alike(frames: list[pl.DataFrame]) -> pl.DataFrame | None:
    """The rows whose client another row may name as well (None: there are none): those with one hash. By hashes and in parts: to
    compare a million texts at once takes more memory than all else that an import holds."""
    found, parts = [], PARTS if sum(one.height for one in frames) > LARGE else 1
    for part in range(parts):
        hashed = (one["client_no"].hash() for one in frames)
        hashes = pl.concat(hashed if parts == 1 else [one.filter(one % parts == part) for one in hashed])
        if hashes.n_unique() < len(hashes):
            twice = hashes.filter(hashes.is_duplicated()).unique().implode()
            found += [one.filter(one["client_no"].hash().is_in(twice)) for one in frames]
    return pl.concat(found) if found else None


def _roster(managers: dict[str, Manager], month: Month) -> pl.DataFrame:
    rows = [(number, one.person_id, one.name, one.employed_in(month)) for number, one in managers.items()]
    schema = {"manager_no": pl.String, "manager_id": pl.Int64, "true_name": pl.String, "employed": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")
