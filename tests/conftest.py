"""What every test shares: which parts run where, and no silent skip."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests import ground

NO_SKIP = os.environ.get("NO_SKIP") == "1"
_skipped: list[str] = []

# how quickly examples are made says how busy the machine is, nothing of what they find
hypothesis_settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's sync API runs a loop in the test's thread


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `postgres` need that engine; on the embedded default the second pass of `make test` runs them."""
    if settings.DATABASE["ENGINE"].endswith("sqlite3"):
        away = [item for item in items if item.get_closest_marker("postgres")]
        if away:
            config.hook.pytest_deselected(items=away)
            items[:] = [item for item in items if item not in away]


def pytest_runtest_logreport(report: Any) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if _skipped and NO_SKIP:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for nodeid in _skipped:
        terminalreporter.write_line(f"skipped: {nodeid}" + (" (not allowed here)" if NO_SKIP else ""))


def _flush_past_append_only(operations: BaseDatabaseOperations, statements: list[str]) -> None:
    """Empty all tables between transactional tests, also those that the database holds (branch.append_only, branch.held)."""
    database = operations.connection
    with transaction.atomic(using=database.alias), database.cursor() as cursor:
        triggers: list[tuple[str, str]] = []
        if database.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        else:
            held = "name LIKE 'append_only_%' OR name LIKE 'held_%'"
            cursor.execute(f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND ({held})")
            triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        for statement in [*statements, *(made for _, made in triggers)]:
            cursor.execute(statement)


@pytest.fixture(scope="session")
def _while_made(
    request: pytest.FixtureRequest, tmp_path_factory: Any, django_db_modify_db_settings: None, django_db_blocker: Any
) -> ExitStack:
    """Entered before the tests' database is made."""
    cache = getattr(request.config, "cache", None)
    within = ExitStack()
    with django_db_blocker.unblock():
        within.enter_context(ground.given(cache.mkdir("ground") if cache else tmp_path_factory.mktemp("ground")))
    return within


@pytest.fixture(scope="session")
def django_db_setup(_while_made: ExitStack, django_db_setup: None, django_db_blocker: Any) -> None:
    """The tests' database, which begins as a copy of one that has its tables (tests/ground.py)."""
    with django_db_blocker.unblock():
        _while_made.close()


@pytest.fixture(autouse=True, scope="session")
def _flushable() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", _flush_past_append_only)
        yield


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, settings: Any) -> None:
    """Each test keeps its files in its own folder."""
    settings.FILES_ROOT = tmp_path / "files"


@pytest.fixture
def on_postgres() -> bool:
    return connection.vendor == "postgresql"
