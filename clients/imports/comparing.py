"""The staged rows against what the database knows: one statement a question, whatever the number of rows.

Only the rows about which there is something to say come back; they get their sentence from the same facts one by one, up to
`MOST_LISTED` of a kind, the rest is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from django.db import connection
from django.db.models import Count, Model, Q

from clients.bulk import LARGE, exact, frames_into, table
from clients.imports import messages
from clients.imports.checking import LABELS, MOST_LISTED, ClientCheck
from clients.imports.findings import Totals
from clients.imports.kinds import CHANGE, EXCEPTION, MANAGER_CHANGED, NOTICE, UNCONFIRMED
from clients.imports.known import BOOKED_COLUMNS, ClientFacts, known_of
from clients.imports.models import ClientMonth, StagedRow
from clients.registry.models import Client, ConfirmationSlip, Relation
from clients.registry.states import PROPOSED
from kernel.money import ZERO

NEW, RENAMED, BARE = 1, 2, 4  # not known yet; known by other particulars; without a relation in the month
FETCHED = 20_000
DETAILS = 500  # rows whose facts are asked for at once
_FACTS = {
    "source_row": pl.Int64,
    "marks": pl.Int16,
    "expected_id": pl.Int64,
    "exception": pl.String,
    "manager_id": pl.Int64,
    "gap": pl.Int16,
}
_PARTICULARS = (
    "c.name <> s.client_name OR c.kind <> s.client_kind OR c.fund_account <> s.fund_account OR c.opened_on <> s.opened_on"
)
_EXPECTED = "COALESCE(r.manager_id, w.manager_id, CASE WHEN l.exception = '' THEN l.manager_id END)"


@dataclass
class Comparison:
    """`first_month`: nothing is booked before; `rebooking`: the month itself is; `unknown`: the branch has no client yet."""

    check: ClientCheck
    batch_id: int
    first_month: bool
    rebooking: bool
    unknown: bool
    diff: dict[str, int] = field(default_factory=lambda: {"added": 0, "changed": 0, "removed": 0, "same": 0})
    unconfirmed: int = 0

    def run(self, staged: int) -> None:
        """`staged`: how many rows were handed to the staging table."""
        check = self.check
        self.staged = staged - self._withdraw()
        if self.unknown:
            self._all_bare()
        else:
            self._look_up()
        if self.rebooking:
            self._compare_booked()
        else:
            self.diff["added"] = self.staged
        check.rows_first()

    def _rows(self) -> Any:
        return StagedRow.objects.filter(batch=self.batch_id)

    # --- rows that were staged too early ----------------------------------------------------------------------------
    def _withdraw(self) -> int:
        """Duplicates are known once the file is read to its end: out with them, and out of the sums."""
        rows = list(self.check.duplicated)
        for start in range(0, len(rows), DETAILS):
            piece = self._rows().filter(source_row__in=rows[start : start + DETAILS])
            self.check.accepted.take_away(self._totals(piece.filter(exception="")))
            self.check.rows_with[EXCEPTION] -= piece.exclude(exception="").count()
            piece.delete()
        gone = set(rows)
        self.check.findings = [f for f in self.check.findings if f.severity != EXCEPTION or f.row not in gone]
        return len(rows)

    def _totals(self, rows: Any) -> Totals:
        month = self.check.month
        found = rows.aggregate(
            n=Count("source_row"),
            net=exact("net_commission"),
            assets=exact("closing_assets"),
            opened=Count("source_row", filter=Q(opened_on__gte=month.first, opened_on__lte=month.last)),
            negative=Count("source_row", filter=Q(net_commission__lt=0)),
        )
        return Totals(found["n"], found["net"] or ZERO, found["assets"] or ZERO, found["opened"], found["negative"])

    # --- against the client list and the month before ---------------------------------------------------------------
    def _all_bare(self) -> None:
        if not self.first_month:
            self._note_openings(
                self._rows().exclude(opening_assets=0).order_by("source_row").values_list("source_row", flat=True)
            )
        self._note_unconfirmed(self._rows().filter(exception=""))

    def _note_openings(self, rows: Any) -> None:
        found = list(rows[: MOST_LISTED + 1])
        self._tell(
            "opening_not_zero", NOTICE, pl.Series(found, dtype=pl.Int64), rows.count() if len(found) > MOST_LISTED else None
        )

    def _look_up(self) -> None:
        frames = list(self._ask(*self._facts_query(), _FACTS))
        facts = pl.concat(frames) if frames else pl.DataFrame(schema=_FACTS)
        changed = (pl.col("exception") == "") & (pl.col("expected_id") != pl.col("manager_id"))
        changed = changed.fill_null(value=False)
        facts = facts.with_columns(
            exception=pl.when(changed).then(pl.lit(MANAGER_CHANGED)).otherwise(pl.col("exception")),
        )
        waits = pl.col("exception") != ""
        facts = facts.with_columns(expected_id=pl.when(waits).then(pl.col("expected_id")))
        self._write("source_row marks expected_id exception", facts.filter((pl.col("marks") != 0) | waits))
        rows = facts.sort("source_row")
        moved = rows.filter(pl.col("exception") == MANAGER_CHANGED)["source_row"]
        if moved.len():
            self.check.accepted.take_away(self._totals(self._rows().filter(exception=MANAGER_CHANGED)))
            self.check.rows_with[EXCEPTION] += moved.len()
            self._tell(MANAGER_CHANGED, EXCEPTION, moved)
        self._tell("opening_not_zero", NOTICE, rows.filter(pl.col("gap") == 1)["source_row"])
        self._tell("opening_gap", NOTICE, rows.filter(pl.col("gap") == 2)["source_row"])
        self._tell("client_changed", NOTICE, rows.filter(pl.col("marks").is_in([RENAMED, RENAMED + BARE]))["source_row"])
        bare = rows.filter((pl.col("marks") >= BARE) & ~waits)["source_row"]
        self._note_unconfirmed(bare)

    def _with(self, model: type[Model], name: str, condition: str) -> str:
        """A left join of at most one row. A branch's few thousand are looked up one by one, each by its key: without statistics
        of a branch that is new, the planner would read the whole branch anew for every row. Large sets are hashed."""
        if connection.vendor != "postgresql" or self.staged >= LARGE:
            return f"LEFT JOIN {table(model)} {name} ON {condition}"
        return f"LEFT JOIN LATERAL (SELECT * FROM {table(model)} {name} WHERE {condition} LIMIT 1) {name} ON TRUE"  # noqa: S608

    def _facts_query(self) -> tuple[str, list[Any]]:
        month, branch = self.check.month, self.check.branch
        no_last = "0" if self.first_month else "CASE WHEN s.opening_assets <> 0 THEN 1 ELSE 0 END"
        gap = f"CASE WHEN l.client_id IS NULL THEN {no_last} WHEN l.closing_assets <> s.opening_assets THEN 2 ELSE 0 END"
        query = f"""SELECT s.source_row,
              CASE WHEN c.id IS NULL THEN {NEW} WHEN {_PARTICULARS} THEN {RENAMED} ELSE 0 END
                + CASE WHEN r.client_id IS NULL THEN {BARE} ELSE 0 END,
              {_EXPECTED}, s.exception, s.manager_id, {gap}
            FROM {table(StagedRow)} s
            {self._with(Client, "c", "c.branch_id = %s AND c.client_no = s.client_no")}
            LEFT JOIN {table(Relation)} r
                   ON r.client_id = c.id AND r.from_month <= %s AND (r.to_month IS NULL OR r.to_month >= %s)
            {self._with(ConfirmationSlip, "w", f"w.client_id = c.id AND w.state = '{PROPOSED}' AND w.month < %s")}
            LEFT JOIN {table(ClientMonth)} l ON l.client_id = c.id AND l.month = %s
            WHERE s.batch_id = %s AND (s.exception <> '' OR r.client_id IS NULL OR {_PARTICULARS}
                  OR {gap} <> 0 OR {_EXPECTED} <> s.manager_id)"""  # noqa: S608
        now = month.number
        return query, [branch.pk, now, now, now, month.previous.number, self.batch_id]

    def _note_unconfirmed(self, rows: Any) -> None:
        """`rows`: staged rows, or the numbers of some."""
        self.unconfirmed = rows.len() if isinstance(rows, pl.Series) else rows.count()
        if not self.unconfirmed:
            return
        if self.unconfirmed > MOST_LISTED:
            self.check.find(NOTICE, UNCONFIRMED, (0, "", ""), messages.unconfirmed(self.unconfirmed))
            return
        numbers = (
            rows.to_list() if isinstance(rows, pl.Series) else rows.order_by("source_row").values_list("source_row", flat=True)
        )
        clients = self._details(list(numbers))
        for number in numbers:
            self.check.find(NOTICE, UNCONFIRMED, (number, "客户号", clients[number].client_no), messages.UNCONFIRMED)

    # --- against what the month has booked --------------------------------------------------------------------------
    def _compare_booked(self) -> None:
        found = list(self._ask(*self._booked_query(), {"source_row": pl.Int64, "change": pl.String}))
        changes = (
            pl.concat(found).sort("source_row") if found else pl.DataFrame(schema={"source_row": pl.Int64, "change": pl.String})
        )
        self._write("source_row change", changes)
        for kind in ("added", "changed"):
            rows = changes.filter(pl.col("change") == kind)["source_row"]
            self.diff[kind] = rows.len()
            self._tell(kind, CHANGE, rows)
        self.diff["same"] = self.staged - changes.height

    def _booked_query(self) -> tuple[str, list[Any]]:
        differing = " OR ".join(f"b.{column} <> s.{column}" for column in BOOKED_COLUMNS)
        query = f"""SELECT s.source_row, CASE WHEN b.client_id IS NULL THEN 'added' ELSE 'changed' END
            FROM {table(StagedRow)} s
            {self._with(Client, "c", "c.branch_id = %s AND c.client_no = s.client_no")}
            LEFT JOIN {table(ClientMonth)} b ON b.client_id = c.id AND b.month = %s
            WHERE s.batch_id = %s AND (b.client_id IS NULL OR {differing} OR (b.resolution = '' AND b.exception <> s.exception))
            """  # noqa: S608
        return query, [self.check.branch.pk, self.check.month.number, self.batch_id]

    # --- asking and writing -----------------------------------------------------------------------------------------
    def _ask(self, query: str, params: list[Any], schema: dict[str, Any]) -> Iterator[pl.DataFrame]:
        with connection.chunked_cursor() as cursor:
            cursor.execute(query, params)
            while rows := cursor.fetchmany(FETCHED):
                yield pl.DataFrame(rows, schema=schema, orient="row")

    def _write(self, columns: str, frame: pl.DataFrame) -> None:
        """Put the columns of the frame into the staged rows, by way of a table that only this transaction sees."""
        if not frame.height:
            return
        names = columns.split()
        sets = ", ".join(f"{name} = t.{name}" for name in names[1:])
        kinds = {"source_row": "bigint", "marks": "smallint", "expected_id": "bigint"}
        made = ", ".join(f"{name} {kinds.get(name, 'varchar(30)')}" for name in names)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE import_told ({made})")
            with frames_into("import_told", names) as write:
                write(frame.select(names))
            cursor.execute(
                f"UPDATE {table(StagedRow)} SET {sets} FROM import_told t "  # noqa: S608
                f"WHERE {table(StagedRow)}.batch_id = %s AND {table(StagedRow)}.source_row = t.source_row",
                [self.batch_id],
            )
            cursor.execute("DROP TABLE import_told")

    # --- in words ---------------------------------------------------------------------------------------------------
    def _tell(self, kind: str, severity: str, rows: pl.Series, count: int | None = None) -> None:
        numbers = rows.head(MOST_LISTED).to_list()
        self.check.unlisted[severity, kind] += (rows.len() if count is None else count) - len(numbers)
        for start in range(0, len(numbers), DETAILS):
            piece = self._details(numbers[start : start + DETAILS])
            known = {}
            if kind != "added":
                nos = [row.client_no for row in piece.values()]
                known = dict(known_of(self.check.branch, self.check.month, nos, rebooking=kind == "changed"))
            for number, row in piece.items():
                column, value, message = self._said(kind, row, known.get(row.client_no))
                self.check.find(severity, kind, (number, column, value), message)

    def _details(self, numbers: list[int]) -> dict[int, StagedRow]:
        found: dict[int, StagedRow] = {}
        for start in range(0, len(numbers), DETAILS):
            rows = self._rows().filter(source_row__in=numbers[start : start + DETAILS]).order_by("source_row")
            found |= {row.source_row: row for row in rows}
        return found

    def _said(self, kind: str, row: StagedRow, facts: ClientFacts | None) -> tuple[str, Any, str]:
        """Column, value and sentence."""
        if kind == "added":
            return "", "", messages.ADDED
        if kind == "opening_not_zero":
            return "期初资产", row.opening_assets, messages.opening_not_zero(row.opening_assets)
        assert facts is not None
        if kind == MANAGER_CHANGED:
            was = next((one for one in self.check.managers.values() if one.person_id == facts.expected_id), None)
            return "客户经理工号", row.manager_no, messages.manager_changed(was)
        if kind == "opening_gap":
            return "期初资产", row.opening_assets, messages.opening_gap(facts.last_assets or ZERO)
        if kind == "client_changed":
            return "客户号", row.client_no, messages.client_changed([LABELS[key] for key in facts.changed_columns(row)])
        assert facts.booked is not None
        pairs = zip(BOOKED_COLUMNS, facts.booked.values, (getattr(row, key) for key in BOOKED_COLUMNS), strict=True)
        told = [f"{LABELS[key]} {old} → {new}" for key, old, new in pairs if old != new]
        return "", "", ";".join(told)[:400] or "核对结果有变化"


__all__ = ["BARE", "NEW", "RENAMED", "Comparison"]
