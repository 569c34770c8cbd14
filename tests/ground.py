"""A test database's empty tables, migrated once and copied from then on: each worker of each pass would migrate its own.

What is copied is named by what the migrations say, so it is made anew when one of them changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.db import connection

import branch.append_only
import branch.held

SAYS_WHAT = "COMMENT ON DATABASE {} IS '{}'"
IS_THERE = "SELECT 1 FROM pg_database WHERE datname = %s AND shobj_description(oid, 'pg_database') = %s"


@contextmanager
def given(folder: Path) -> Iterator[None]:
    """Within: the tests' database is made. It finds the tables if they are there already, and else leaves them to the others,
    who wait for that. `folder`: where a lock and the tables of the embedded default are kept."""
    ground = _Embedded(folder) if connection.vendor == "sqlite" else _Server()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = ground.find()
        if not found:
            yield
            ground.keep()
    if found:
        yield


def _digest() -> str:
    """Of every migration's text, and of what brings and applies them."""
    found = hashlib.sha256(f"{django.__version__} {connection.vendor}".encode())
    folders = [Path(config.path) / "migrations" for config in apps.get_app_configs()]
    bring = [Path(module.__file__) for module in (branch.append_only, branch.held)]
    for file in [*bring, *sorted(path for folder in folders for path in folder.glob("*.py"))]:
        found.update(file.read_bytes())
    return found.hexdigest()[:16]


class _Embedded:
    """A file that each worker reads into its memory."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / f"{_digest()}.sqlite3"

    def find(self) -> bool:
        if not self.file.exists():
            return False
        # the database in memory is there while a connection is open: this one, until Django's own is
        self.open = sqlite3.connect(connection.creation._get_test_db_name(), uri=True)
        with closing(sqlite3.connect(self.file)) as kept:
            kept.backup(self.open)
        return True

    def keep(self) -> None:
        for old in self.file.parent.glob("*.sqlite3"):
            old.unlink()
        part = self.file.with_suffix(".part")
        with closing(sqlite3.connect(part)) as kept:
            connection.connection.backup(kept)
        part.rename(self.file)


class _Server:
    """A database beside the tests' own that theirs is made from."""

    def __init__(self) -> None:
        self.digest = _digest()
        self.name = f"{settings.DATABASE['TEST']['NAME'].split('_gw')[0]}_ground"

    def find(self) -> bool:
        with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(IS_THERE, [self.name, self.digest])
            there = cursor.fetchone() is not None
        if there:
            connection.settings_dict["TEST"]["TEMPLATE"] = self.name
        return there

    def keep(self) -> None:
        quoted = connection.ops.quote_name
        name = connection.settings_dict["NAME"]
        connection.close()
        with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(f"DROP DATABASE IF EXISTS {quoted(self.name)}")
            cursor.execute(f"CREATE DATABASE {quoted(self.name)} TEMPLATE {quoted(name)}")
            cursor.execute(SAYS_WHAT.format(quoted(self.name), self.digest))
