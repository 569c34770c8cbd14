"""The staged rows against what the database knows: one statement a question, whatever the number of rows.

Only the rows about which there is something to say come back; they get their sentence from the same facts one by one, up to
`MOST_LISTED` of a kind, the rest is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, Model, Q, QuerySet

from branch.prepared import Prepared, ask, do
from clients.bulk import FEW_ENOUGH, LARGE, exact, frames_into, table
from clients.imports import messages
from clients.imports.checking import LABELS, MOST_LISTED, ClientCheck
from clients.imports.findings import Totals
from clients.imports.kinds import CHANGE, EXCEPTION, MANAGER_CHANGED, NOTICE, UNCONFIRMED
from clients.imports.known import BOOKED_COLUMNS, ClientFacts, known_of
from clients.imports.models import ClientMonth, StagedRow
from clients.imports.staging import CLIENT_STAGED
from clients.imports.standing import Standing
from clients.registry.models import Client, ConfirmationSlip, Relation
from clients.registry.states import PROPOSED
from kernel.heavy import polars as pl
from kernel.money import ZERO

NEW, RENAMED, BARE = 1, 2, 4  # not known yet; known by other particulars; without a relation in the month
# not in the month before, but with 期初资产; there with another 期末资产; not there, and nothing to say of it
UNKNOWN_BEFORE, ANOTHER_BEFORE, NOT_BEFORE = 1, 2, 3
FETCHED = 20_000
DETAILS = 500  # rows whose facts are asked for at once
KINDS_OF = {"source_row": "bigint", "marks": "smallint", "expected_id": "bigint", "exception": "varchar", "change": "varchar"}
_FRAME_TYPES = {"bigint": "Int64", "smallint": "Int16", "varchar": "String"}
_PARTICULARS = (
    "c.name <> s.client_name OR c.kind <> s.client_kind OR c.fund_account <> s.fund_account OR c.opened_on <> s.opened_on"
)
_EXPECTED = "COALESCE(r.manager_id, w.manager_id, CASE WHEN l.exception = '' THEN l.manager_id END)"
_WAITS = f"CASE WHEN s.exception = '' AND {_EXPECTED} <> s.manager_id THEN '{MANAGER_CHANGED}' ELSE s.exception END"


class Fact(NamedTuple):
    """Of a staged row about which there is something to say. `gap`: how it goes on from the month before."""

    row: int
    marks: int
    expected_id: int | None
    exception: str
    gap: int

    @property
    def is_missing_before(self) -> bool:
        return self.gap in (UNKNOWN_BEFORE, NOT_BEFORE)


_COLUMNS = ("source_row", *CLIENT_STAGED)  # of a staged row that is told of


@Prepared
def _details(batch: Any, first: Any, last: Any, numbers: Any) -> QuerySet[StagedRow, Any]:
    """With their range: the whole batch would be read for each piece of them."""
    rows = StagedRow.objects.filter(batch=batch, source_row__gte=first, source_row__lte=last, source_row__among=numbers)
    return rows.order_by("source_row").values_list(*_COLUMNS)


@Prepared
def _unconfirmed(batch: Any) -> QuerySet[StagedRow, Any]:
    rows = StagedRow.objects.filter(batch=batch, marks__gte=BARE, exception="").order_by("source_row")
    return rows.values_list("source_row", "client_no")[: MOST_LISTED + 1]


def _totals(rows: QuerySet[StagedRow, Any], first: Any, last: Any) -> QuerySet[StagedRow, Any]:
    """The control totals of a batch's rows, as `Totals` has them; nothing of no rows. `first`, `last`: the month's days."""
    summed = rows.order_by().values("batch")
    return summed.annotate(
        n=Count("source_row"),
        net=exact("net_commission"),
        assets=exact("closing_assets"),
        opened=Count("source_row", filter=Q(opened_on__gte=first, opened_on__lte=last)),
        negative=Count("source_row", filter=Q(net_commission__lt=0)),
    ).values_list("n", "net", "assets", "opened", "negative")


@Prepared
def _totals_waiting(batch: Any, exception: Any, first: Any, last: Any) -> QuerySet[StagedRow, Any]:
    return _totals(StagedRow.objects.filter(batch=batch, exception=exception), first, last)


@dataclass
class Comparison:
    """`found_before`: how many of the file's clients the month before has (None: that isn't known)."""

    check: ClientCheck
    batch_id: int
    standing: Standing
    found_before: int | None = None
    diff: dict[str, int] = field(default_factory=lambda: {"added": 0, "changed": 0, "particulars": 0, "removed": 0, "same": 0})
    unconfirmed: int = 0
    renamed: frozenset[int] = frozenset()
    told: list[tuple[str, str, list[int]]] = field(default_factory=list)

    @property
    def first_month(self) -> bool:
        return self.standing.begins(self.check.month)

    @property
    def rebooking(self) -> bool:
        return self.check.month in self.standing.months

    @property
    def newest(self) -> bool:
        """No later month is booked: clients are as this file has them. An older one doesn't undo what a newer one said."""
        return not self.standing.months or self.standing.months[-1] <= self.check.month

    @property
    def goes_on(self) -> bool:
        """The month before is booked."""
        return self.check.month.previous in self.standing.months

    def run(self, staged: int) -> None:
        """`staged`: how many rows were handed to the staging table."""
        check = self.check
        self.staged = staged - self._withdraw()
        if self.standing.clients:
            self._look_up()
        else:
            self._all_bare()
        if self.rebooking:
            self._compare_booked()
        else:
            self.diff["added"] = self.staged
        self._say()
        check.rows_first()

    def _rows(self) -> Any:
        return StagedRow.objects.filter(batch=self.batch_id)

    # --- rows that were staged too early ----------------------------------------------------------------------------
    def _withdraw(self) -> int:
        """Duplicates are known once the file is read to its end: out with them, and out of the sums."""
        rows = list(self.check.duplicated)
        for start in range(0, len(rows), DETAILS):
            piece = self._rows().filter(source_row__in=rows[start : start + DETAILS])
            self._take_away(list(_totals(piece.filter(exception=""), **self._span())))
            self.check.rows_with[EXCEPTION] -= piece.exclude(exception="").count()
            piece.delete()
        gone = set(rows)
        self.check.findings = [f for f in self.check.findings if f.severity != EXCEPTION or f.row not in gone]
        return len(rows)

    def _take_away(self, found: list[tuple[Any, ...]]) -> None:
        """What `_totals` found (nothing of no rows), from the sums of what is accepted."""
        for row in found:
            self.check.accepted.take_away(Totals(*row))

    def _span(self) -> dict[str, Any]:
        return {"first": self.check.month.first, "last": self.check.month.last}

    # --- against the client list and the month before ---------------------------------------------------------------
    def _all_bare(self) -> None:
        if not self.first_month:
            rows = self._rows().exclude(opening_assets=0).order_by("source_row").values_list("source_row", flat=True)
            found = list(rows[: MOST_LISTED + 1])
            self._tell("opening_not_zero", NOTICE, found, rows.count() if len(found) > MOST_LISTED else None)
        self._note_unconfirmed()

    def _look_up(self) -> None:
        facts = sorted(Fact(*row) for row in self._ask(*self._facts_query()))
        renamed = [fact.row for fact in facts if fact.marks & RENAMED]
        if self.newest:
            self.renamed = frozenset(renamed)
        else:
            facts = [fact._replace(marks=fact.marks & ~RENAMED) for fact in facts]
        kept = [(*fact[:2], fact.expected_id if fact.exception else None, fact.exception) for fact in facts if any(fact[1:4:2])]
        self._write("source_row marks expected_id exception", kept)
        moved = [fact.row for fact in facts if fact.exception == MANAGER_CHANGED]
        if moved:
            self._take_away(_totals_waiting(batch=self.batch_id, exception=MANAGER_CHANGED, **self._span()))
            self.check.rows_with[EXCEPTION] += len(moved)
            self._tell(MANAGER_CHANGED, EXCEPTION, moved)
        if self.goes_on:
            self.found_before = self.staged - sum(fact.is_missing_before for fact in facts)
        self._tell("opening_not_zero", NOTICE, [fact.row for fact in facts if fact.gap == UNKNOWN_BEFORE])
        self._tell("opening_gap", NOTICE, [fact.row for fact in facts if fact.gap == ANOTHER_BEFORE])
        self._tell("client_changed", NOTICE, renamed)
        if any(fact.marks >= BARE and not fact.exception for fact in facts):
            self._note_unconfirmed()

    @property
    def _alone(self) -> bool:
        """So few rows that each is better looked up by its key. Else both sides of a join are hashed: without statistics of a
        branch that is new, the planner would read the branch anew for every row."""
        return connection.vendor == "postgresql" and self.staged < FEW_ENOUGH

    def _with(self, model: type[Model], name: str, condition: str) -> str:
        """A left join of at most one row."""
        if not self._alone:
            return f"LEFT JOIN {table(model)} {name} ON {condition}"
        return f"LEFT JOIN LATERAL (SELECT * FROM {table(model)} {name} WHERE {condition} LIMIT 1) {name} ON TRUE"  # noqa: S608

    def _with_relation(self, now: int) -> tuple[str, list[Any]]:
        """The relation that covers month `now` as `r`. Its table names no branch: of a branch's few thousand clients it is sought
        among those of the roster's managers, at once, and only where none of them has one by the client."""
        spans = "r.from_month <= %s AND (r.to_month IS NULL OR r.to_month >= %s)"
        if connection.vendor != "postgresql" or self._alone or self.staged >= LARGE:
            return self._with(Relation, "r", f"r.client_id = c.id AND {spans}"), [now, now]
        covering = f"SELECT r.client_id, r.manager_id FROM {table(Relation)} r WHERE {spans}"  # noqa: S608
        joins = f"""LEFT JOIN ({covering} AND r.manager_id = ANY(%s)) own ON own.client_id = c.id
            LEFT JOIN LATERAL ({covering} AND own.client_id IS NULL AND r.client_id = c.id LIMIT 1) other ON TRUE
            CROSS JOIN LATERAL (SELECT COALESCE(own.client_id, other.client_id) AS client_id,
                                       COALESCE(own.manager_id, other.manager_id) AS manager_id) r"""
        roster = [manager.person_id for manager in self.standing.managers.values()]
        return joins, [now, now, roster, now, now]

    def _facts_query(self) -> tuple[str, list[Any]]:
        month, branch = self.check.month, self.check.branch
        silent = NOT_BEFORE if self.goes_on else 0
        no_last = "0" if self.first_month else f"CASE WHEN s.opening_assets <> 0 THEN {UNKNOWN_BEFORE} ELSE {silent} END"
        another = f"WHEN l.closing_assets <> s.opening_assets THEN {ANOTHER_BEFORE}"
        gap = f"CASE WHEN l.client_id IS NULL THEN {no_last} {another} ELSE 0 END"
        relation, of_relation = self._with_relation(month.number)
        waiting = f"w.client_id = c.id AND w.branch_id = %s AND w.state = '{PROPOSED}' AND w.month < %s"
        query = f"""SELECT s.source_row,
              CASE WHEN c.id IS NULL THEN {NEW} WHEN {_PARTICULARS} THEN {RENAMED} ELSE 0 END
                + CASE WHEN r.client_id IS NULL THEN {BARE} ELSE 0 END,
              {_EXPECTED}, {_WAITS}, {gap}
            FROM {table(StagedRow)} s
            {self._with(Client, "c", "c.branch_id = %s AND c.client_no = s.client_no")}
            {relation}
            {self._with(ConfirmationSlip, "w", waiting)}
            {self._with(ClientMonth, "l", "l.client_id = c.id AND l.branch_id = %s AND l.month = %s")}
            WHERE s.batch_id = %s AND (s.exception <> '' OR r.client_id IS NULL OR {_PARTICULARS}
                  OR {gap} <> 0 OR {_EXPECTED} <> s.manager_id)"""  # noqa: S608
        given = [branch.pk, *of_relation, branch.pk, month.number, branch.pk, month.previous.number, self.batch_id]
        return query, given

    def _note_unconfirmed(self) -> None:
        found = _unconfirmed(batch=self.batch_id)
        self.unconfirmed = len(found)
        if self.unconfirmed > MOST_LISTED:
            self.unconfirmed = self._rows().filter(marks__gte=BARE, exception="").count()
            self.check.find(NOTICE, UNCONFIRMED, (0, "", ""), messages.unconfirmed(self.unconfirmed))
            return
        for number, client_no in found:
            self.check.find(NOTICE, UNCONFIRMED, (number, "客户号", client_no), messages.UNCONFIRMED)

    # --- against what the month has booked --------------------------------------------------------------------------
    def _compare_booked(self) -> None:
        changes = sorted(self._ask(*self._booked_query()))
        self._write("source_row change", changes)
        for kind in ("added", "changed"):
            rows = [row for row, change in changes if change == kind]
            self.diff[kind] = len(rows)
            self._tell(kind, CHANGE, rows)
        self.diff["particulars"] = len(self.renamed.difference(row for row, _ in changes))
        self.diff["same"] = self.staged - len(changes) - self.diff["particulars"]

    def _booked_query(self) -> tuple[str, list[Any]]:
        differing = " OR ".join(f"b.{column} <> s.{column}" for column in BOOKED_COLUMNS)
        query = f"""SELECT s.source_row, CASE WHEN b.client_id IS NULL THEN 'added' ELSE 'changed' END
            FROM {table(StagedRow)} s
            {self._with(Client, "c", "c.branch_id = %s AND c.client_no = s.client_no")}
            {self._with(ClientMonth, "b", "b.client_id = c.id AND b.branch_id = %s AND b.month = %s")}
            WHERE s.batch_id = %s AND (b.client_id IS NULL OR {differing} OR (b.resolution = '' AND b.exception <> s.exception))
            """  # noqa: S608
        branch = self.check.branch.pk
        return query, [branch, branch, self.check.month.number, self.batch_id]

    # --- asking and writing -----------------------------------------------------------------------------------------
    def _ask(self, query: str, params: list[Any]) -> Iterator[tuple[Any, ...]]:
        if self.staged < LARGE:
            yield from ask(query, params)
            return
        # a server's cursor is planned for its first rows to come soon: only where there may be too many to hold
        with connection.chunked_cursor() as cursor:
            cursor.execute(query, params)
            while rows := cursor.fetchmany(FETCHED):
                yield from rows

    def _write(self, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Put the columns into the staged rows: by one statement, many by way of a table that only this transaction sees."""
        if not rows:
            return
        names = columns.split()
        if connection.vendor == "postgresql" and len(rows) <= MOST_LISTED:
            arrays = ", ".join(f"%s::{KINDS_OF[name]}[]" for name in names)
            given = [list(column) for column in zip(*rows, strict=True)]
            self._update(names, f"unnest({arrays}) AS t({', '.join(names)})", given)
            return
        made = ", ".join(f"{name} {KINDS_OF[name]}" for name in names)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE import_told ({made})")
            with frames_into("import_told", names) as write:
                schema = {name: getattr(pl, _FRAME_TYPES[KINDS_OF[name]]) for name in names}
                write(pl.DataFrame(rows, schema=schema, orient="row"))
            self._update(names, "import_told t", [])
            cursor.execute("DROP TABLE import_told")

    def _update(self, names: list[str], source: str, params: list[Any]) -> None:
        staged, sets = table(StagedRow), ", ".join(f"{name} = t.{name}" for name in names[1:])
        do(
            f"UPDATE {staged} SET {sets} FROM {source} WHERE {staged}.batch_id = %s AND {staged}.source_row = t.source_row",  # noqa: S608
            [*params, self.batch_id],
        )

    # --- in words ---------------------------------------------------------------------------------------------------
    def _tell(self, kind: str, severity: str, rows: list[int], count: int | None = None) -> None:
        """Note that these rows are to be told of, the first of them one by one."""
        numbers = rows[:MOST_LISTED]
        self.check.unlisted[severity, kind] += (len(rows) if count is None else count) - len(numbers)
        if numbers:
            self.told.append((kind, severity, numbers))

    def _say(self) -> None:
        """What was noted, in words. The rows and what is known of them are asked for once, whatever is to be said of each."""
        about: dict[int, list[tuple[str, str]]] = {}
        for kind, severity, numbers in self.told:
            for number in numbers:
                about.setdefault(number, []).append((kind, severity))
        wanted, comparing = sorted(about), any(kind not in ("added", "opening_not_zero") for kind, _, _ in self.told)
        for start in range(0, len(wanted), DETAILS):
            piece = self._details(wanted[start : start + DETAILS])
            nos = [row.client_no for row in piece.values()] if comparing else []
            known = known_of(self.check.branch, self.check.month, nos, rebooking=self.rebooking) if nos else {}
            for number, row in piece.items():
                for kind, severity in about[number]:
                    column, value, message = self._said(kind, row, known.get(row.client_no))
                    self.check.find(severity, kind, (number, column, value), message)

    def _details(self, numbers: list[int]) -> dict[int, SimpleNamespace]:
        """The staged rows of these rising numbers."""
        rows = _details(batch=self.batch_id, first=numbers[0], last=numbers[-1], numbers=numbers)
        return {row[0]: SimpleNamespace(**dict(zip(_COLUMNS, row, strict=True))) for row in rows}

    def _said(self, kind: str, row: SimpleNamespace, facts: ClientFacts | None) -> tuple[str, Any, str]:
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
            columns = [LABELS[key] for key in facts.changed_columns(row)]
            return "客户号", row.client_no, messages.client_changed(columns, newest=self.newest)
        assert facts.booked is not None
        pairs = zip(BOOKED_COLUMNS, facts.booked.values, (getattr(row, key) for key in BOOKED_COLUMNS), strict=True)
        told = [f"{LABELS[key]} {old} → {new}" for key, old, new in pairs if old != new]
        return "", "", ";".join(told)[:400] or "核对结果有变化"


__all__ = ["BARE", "NEW", "RENAMED", "Comparison"]
