"""Worlds that many tests begin with: built once a process by the real actions, from then on put back row by row.

Building one takes 0.2 s and more; its rows are back in some ten milliseconds.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import time_machine
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone

from branch.calendar.models import SpecialDay
from branch.org.models import Branch, Company, Department
from branch.parameters.models import ParameterValue
from branch.people.models import Person
from branch.prepared import ask
from clients.imports.models import ClientMonth
from clients.imports.partitions import ensure_partition
from kernel.months import Month

Given = ParamSpec("Given")
World = TypeVar("World")
BROUGHT = {"django_content_type", "auth_permission", "django_migrations"}  # what empty tables have in them
FIRST = [model._meta.db_table for model in (get_user_model(), Company, Department, Branch, Person, ParameterValue, SpecialDay)]


@dataclass
class _Kept:
    """What a world is made of: what its builder returned, its rows by table, its files by path; months of client rows."""

    found: Any
    rows: dict[str, Any]
    files: dict[Path, bytes]
    months: list[Month]


_worlds: dict[Any, _Kept] = {}


def kept(build: Callable[Given, World]) -> Callable[Given, World]:
    """A builder of a world out of nothing. Called when something is there already, it builds; else it builds the first time only.

    What it returns may hold rows (copied each time), nothing that is open. Time goes into what it writes, so each day, and each
    minute that a test has travelled to, has a world of its own.
    """

    @functools.wraps(build)
    def world(*args: Given.args, **kwargs: Given.kwargs) -> World:
        key = (build.__module__, build.__qualname__, repr((args, kwargs)), _situation())
        if _filled(FIRST if key in _worlds else _all()):
            return build(*args, **kwargs)
        if key not in _worlds:
            found = build(*args, **kwargs)
            months = list(ClientMonth.objects.order_by().values_list("month", flat=True).distinct())
            _worlds[key] = _Kept(copy.deepcopy(found), {table: _rows(table) for table in _filled(_all())}, _files(), months)
            return found
        _put_back(_worlds[key])
        return copy.deepcopy(_worlds[key].found)  # type: ignore[no-any-return]

    return world


def _situation() -> tuple[Any, ...]:
    """What else a world depends on: the time it is, and whether what follows a commit is done."""
    now = timezone.localtime()
    time = f"{now:%Y-%m-%d %H:%M}" if time_machine.escape_hatch.is_travelling() else f"{now:%Y-%m-%d}"
    return connection.vendor, connection.in_atomic_block, time


def _filled(tables: Iterable[str]) -> list[str]:
    """Those with rows in them."""
    looks = [f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})" for table in tables]
    return [table for (table,) in ask(" UNION ALL ".join(looks), [])]


def _all() -> list[str]:
    return sorted({*connection.introspection.django_table_names(include_views=False)} - BROUGHT)


def _rows(table: str) -> Any:
    """As the database has them, with no converting to and fro."""
    name = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # not by its name, which is refused for a table made of parts
            with cursor.cursor.copy(f"COPY (SELECT * FROM {name}) TO STDOUT") as rows:
                return b"".join(bytes(part) for part in rows)
        columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
        cursor.execute(f"SELECT {', '.join(f'+{connection.ops.quote_name(column)}' for column in columns)} FROM {name}")
        return columns, cursor.fetchall()


def _put_back(world: _Kept) -> None:
    for at, content in world.files.items():
        path = Path(settings.FILES_ROOT) / at
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for month in world.months:
                ensure_partition(month)
            _copy_in(cursor, world.rows)
            return
        for table, (columns, rows) in world.rows.items():
            names, marks = ", ".join(map(connection.ops.quote_name, columns)), ", ".join("?" * len(columns))
            statement = f"INSERT INTO {connection.ops.quote_name(table)} ({names}) VALUES ({marks})"
            connection.connection.executemany(statement, rows)


def _copy_in(cursor: Any, tables: dict[str, bytes]) -> None:
    cursor.execute("SET LOCAL session_replication_role = replica")  # the rows were right, in whatever order they come
    for table, rows in tables.items():
        with cursor.cursor.copy(f"COPY {connection.ops.quote_name(table)} FROM STDIN") as copied:
            copied.write(rows)
    cursor.execute("SET LOCAL session_replication_role = origin")


def _files() -> dict[Path, bytes]:
    root = Path(settings.FILES_ROOT)
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
