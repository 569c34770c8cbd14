"""Queries that are put together once a process, planned once a session, and asked often, each time with other values.

Django needs longer to put a statement together, and the database to plan it, than to answer it by an index. A month's computation
asks some fifteen that differ, branch after branch, in nothing but the branch, the month and the people.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, models
from django.db.transaction import TransactionManagementError

from kernel.months import Month

Row = TypeVar("Row", bound=models.Model)


_settings: ContextVar[str] = ContextVar("settings", default="")


@contextmanager
def planned_under(settings: str) -> Iterator[None]:
    """What is asked within has plans of its own: those that were made under other settings of the planner would be taken up
    again, whatever `settings` (a name for them) now say."""
    token = _settings.set(settings)
    try:
        yield
    finally:
        _settings.reset(token)


def ask(sql: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement that is asked again and again. PostgreSQL keeps its plan for the session, made for any values: not
    for a statement whose best plan depends on how many rows one of its values has."""
    with _run(sql, values) as cursor:
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def do(sql: str, values: Sequence[Any] | Mapping[str, Any]) -> int:
    """The same of a statement that gives no rows back: how many it wrote."""
    with _run(sql, values) as cursor:
        return int(cursor.rowcount)


@contextmanager
def _run(sql: str, values: Sequence[Any] | Mapping[str, Any]) -> Iterator[Any]:
    settings = _settings.get()
    with _cursor() as cursor:
        cursor.execute(f"{sql} /* {settings} */" if settings else sql, values)
        yield cursor


def _cursor() -> Any:
    """Django's own puts the values into the statement's text, which is then new each time: no plan can be kept of it. Whoever
    looks at the statements that were asked is shown these."""
    database = connections[DEFAULT_DB_ALIAS]  # once: whatever is asked of `connection` looks for the thread's own anew
    if database.vendor != "postgresql" or database.queries_logged:
        return database.cursor()
    from django.db.backends.postgresql import base  # needs its driver, which an embedded one may lack

    database.close_if_health_check_failed()  # the checks of Django's own
    database.ensure_connection()
    database.validate_thread_sharing()
    with database.wrap_database_errors:
        cursor: Any = base.ServerBindingCursor(database.connection)  # type: ignore[call-arg]
    return database.make_cursor(cursor)


class Given(models.Expression):
    """The place of a value that is only known when the statement is asked."""

    def __init__(self, name: str) -> None:
        super().__init__(output_field=models.Field())
        self.name = name

    def __repr__(self) -> str:
        return f"Given({self.name!r})"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


class Plan(NamedTuple):
    """A statement as one kind of database reads it, with the values in their order, of those to give the names; how each column
    that needs it is turned into a value (by its place); whether it holds the rows until the transaction ends."""

    sql: str
    marks: tuple[Any, ...]
    turned: dict[int, tuple[list[Callable[..., Any]], Any]]
    holds: bool

    def asked(self, given: dict[str, Any]) -> list[tuple[Any, ...]]:
        if self.holds and not connection.in_atomic_block:  # Django asks this where a statement is put together: here once
            raise TransactionManagementError("rows are held until a transaction ends, and there is none")
        rows = ask(self.sql, [_plain(given[mark.name]) if isinstance(mark, Given) else mark for mark in self.marks])
        return [self._turned(row) for row in rows] if self.turned else rows

    def _turned(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for at, (ways, expression) in self.turned.items():
            for way in ways:
                values[at] = way(values[at], expression, connection)
        return tuple(values)


class Prepared:
    """A query whose values are given when it is called: keys, numbers, texts, days, months; a list of plain ones for `__among`.

    `build` is called once a kind of database with a `Given` for each of its parameters, and returns `rows.values_list(…)`; what
    is called gives the rows as that does, as tuples. A rule that branches on its values (`__in`, `if`) can't be prepared.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Any, Any]]) -> None:
        self._build = build
        self._plans: dict[str, Plan] = {}
        self.__doc__ = build.__doc__

    def __call__(self, **given: Any) -> list[tuple[Any, ...]]:
        plan = self._plans.get(connection.vendor)
        if plan is None:
            plan = self._plans[connection.vendor] = self._plan(given)
        return plan.asked(given)

    def _plan(self, names: Iterable[str]) -> Plan:
        rows = self._build(**{name: Given(name) for name in names})
        compiler = rows.query.get_compiler(connection=connection)
        sql, marks = compiler.as_sql()
        turned = compiler.get_converters(column for column, _, _ in compiler.select)
        return Plan(*_with_constants(sql, marks), turned, rows.query.select_for_update)


def prepared_objects(
    model: type[Row], *related: str, noted: Sequence[str] = ()
) -> Callable[[Callable[..., models.QuerySet[Any, Any]]], Callable[..., list[Row]]]:
    """Makes a query of `model` a `Prepared` that gives objects: with those its foreign keys `related` lead to, and with what the
    query annotates under the names `noted`."""

    def prepared(build: Callable[..., models.QuerySet[Any, Any]]) -> Callable[..., list[Row]]:
        @cache
        def parts() -> list[tuple[str, type[models.Model], list[str]]]:
            """Of the model itself (as '') and of what is related: the class and the names of its columns."""
            others = [(name, _related(model, name)) for name in related]
            return [(name, one, [field.attname for field in one._meta.concrete_fields]) for name, one in [("", model), *others]]

        @Prepared
        def rows(**given: Any) -> models.QuerySet[Any, Any]:
            names = (f"{name}__{column}" if name else column for name, _, columns in parts() for column in columns)
            return build(**given).values_list(*names, *noted)

        def found(**given: Any) -> list[Row]:
            return [_put_together(row, parts(), noted) for row in rows(**given)]

        return found

    return prepared


def _related(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name).related_model


def _put_together(row: Sequence[Any], parts: Sequence[tuple[str, type[models.Model], list[str]]], noted: Sequence[str]) -> Any:
    values = iter(row)
    (_, model, columns), *others = parts
    found: Any = loaded(model, columns, [*islice(values, len(columns))])
    for name, other, names in others:
        given = [*islice(values, len(names))]
        is_there = getattr(found, f"{name}_id") is not None
        setattr(found, name, loaded(other, names, given) if is_there else None)
    for name, value in zip(noted, values, strict=True):
        setattr(found, name, value)
    return found


def _with_constants(sql: str, marks: Iterable[Any]) -> tuple[str, tuple[Any, ...]]:
    """The statement with numbers, texts and truths that aren't given written into it: a plan for any values uses no index of the
    rows with one of them. And the values that are left."""
    values, left = iter(marks), []

    def written(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return found[0]
        value = next(values)
        if not isinstance(value, str | int):
            left.append(value)
            return found[0]
        return "'{}'".format(value.replace("'", "''").replace("%", "%%")) if isinstance(value, str) else str(value).upper()

    return re.sub("%%|%s", written, sql), tuple(left)


def insert(row: Row, *, or_update_by: Sequence[str] = ()) -> Row:
    """As `row.save(force_insert=True)` of a model without parents or signals, by a statement that is kept. A row that is there
    already with the same columns `or_update_by` (a unique constraint) gets the new one's other values instead."""
    meta: Any = row._meta
    fields = [field for field in meta.concrete_fields if field is not meta.auto_field]
    names, marks = ", ".join(_quoted(field.column) for field in fields), ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {_quoted(meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608
    if or_update_by:
        others = [_quoted(field.column) for field in fields if field.column not in or_update_by]
        sets = ", ".join(f"{name} = EXCLUDED.{name}" for name in others)
        statement += f" ON CONFLICT ({', '.join(map(_quoted, or_update_by))}) DO UPDATE SET {sets}"
    statement += f" RETURNING {_quoted(meta.pk.column)}"
    ((row.pk,),) = ask(statement, [_kept(row, field, add=True) for field in fields])
    row._state.adding, row._state.db = False, connection.alias
    return row


def update(row: models.Model, *names: str) -> None:
    """As `row.save(update_fields=names)`, with the same bounds. Raises DatabaseError where the row is gone, as that does."""
    meta: Any = row._meta
    fields = [meta.get_field(name) for name in names]
    sets, key = ", ".join(f"{_quoted(field.column)} = %s" for field in fields), _quoted(meta.pk.column)
    statement = f"UPDATE {_quoted(meta.db_table)} SET {sets} WHERE {key} = %s RETURNING {key}"  # noqa: S608
    if not ask(statement, [*(_kept(row, field, add=False) for field in fields), row.pk]):
        raise DatabaseError(f"{row} is gone")


def _kept(row: models.Model, field: Any, *, add: bool) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add), connection)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def loaded(model: type[Row], columns: Sequence[str], values: Sequence[Any]) -> Row:
    """The object of a row of which these columns (names of attributes) were asked; others are fetched when they are needed."""
    given = dict(zip(columns, values, strict=True))
    known = [field.attname for field in model._meta.concrete_fields if field.attname in given]
    return model.from_db(connection.alias, known, [given[name] for name in known])


def _plain(value: Any) -> Any:
    """A value as a statement carries it."""
    if isinstance(value, Month):
        return value.number
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    if isinstance(value, str | int):
        return value
    keys = list(value)
    return keys if connection.vendor == "postgresql" else json.dumps(keys)


__all__ = ["Given", "Prepared", "ask", "do", "insert", "loaded", "planned_under", "prepared_objects", "update"]
