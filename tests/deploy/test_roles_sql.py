"""deploy/sql/roles.sql on a real PostgreSQL: what the application's role can't do, and that it can do all it must."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from approvals.requests.models import Decision
from archives.actions import receive_filing
from branch.audit.actions import record, seal_rows
from branch.audit.models import AuditRow
from branch.audit.queries import verify_chain
from payroll.corrections.actions.settlements import Settling, confirm_settlement, propose_settlement
from payroll.corrections.leavers import leavers_in
from payroll.runs.actions import file
from tests.factories.close import AUGUST
from tests.factories.runs import make_ready, paid_run, small_branch

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

SQL = (Path(settings.BASE_DIR) / "deploy" / "sql" / "roles.sql").read_text()
PASSWORD = secrets.token_hex(8)


@pytest.fixture
def roles() -> Iterator[tuple[str, str]]:
    """Owner and app of this test's database; gone again afterwards."""
    name = connection.settings_dict["NAME"]
    owner, app = f"{name}_owner", f"{name}_app"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        before = cursor.fetchone()[0]
        for _ in range(2):  # any number of times
            cursor.execute("SELECT set_config('zhanye.owner', %s, false), set_config('zhanye.app', %s, false)", [owner, app])
            cursor.execute(SQL)
        for role in (owner, app):
            cursor.execute(f"ALTER ROLE \"{role}\" PASSWORD '{PASSWORD}'")
    yield owner, app
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f'REASSIGN OWNED BY "{owner}" TO "{before}"')
        cursor.execute(f'DROP OWNED BY "{app}", "{owner}"')
        cursor.execute(f'DROP ROLE "{app}", "{owner}"')
        cursor.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")


@pytest.fixture
def app(roles: tuple[str, str]) -> Iterator[psycopg.Connection[Any]]:
    """A connection signed in as the application's role."""
    given = connection.settings_dict
    with psycopg.connect(
        host=given["HOST"], port=given["PORT"], dbname=given["NAME"], user=roles[1], password=PASSWORD, autocommit=True
    ) as found:
        yield found


REFUSED = {
    "an edit of the log": "UPDATE branch_auditrow SET summary = 'x'",
    "a deletion from the log": "DELETE FROM branch_auditrow",
    "emptying the log": "TRUNCATE branch_auditrow",
    "emptying anything": "TRUNCATE branch_notice",
    "an edit of a decision": "UPDATE approvals_decision SET opinion = 'x'",
    "a deletion of a decision": "DELETE FROM approvals_decision",
    "an edit of the trail": "UPDATE approvals_trailevent SET id = id",
    "a deletion from the trail": "DELETE FROM approvals_trailevent",
    "an edit of what is filed": "UPDATE archives_filing SET title = 'x'",
    "a deletion of what is filed": "DELETE FROM archives_filing",
    "dropping the trigger": "DROP TRIGGER append_only_branch_auditrow_update ON branch_auditrow",
    "disabling the triggers": "ALTER TABLE branch_auditrow DISABLE TRIGGER ALL",
    "replacing the trigger's function": "CREATE OR REPLACE FUNCTION append_only_branch_auditrow() RETURNS trigger AS $$ "
    "BEGIN RETURN NEW; END $$ LANGUAGE plpgsql",
    "passing by all triggers": "SET session_replication_role = replica",
    "dropping the log": "DROP TABLE branch_auditrow",
    "a table of one's own": "CREATE TABLE mine (x int)",
    "saying that a migration has run": "DELETE FROM django_migrations",
    "giving oneself the owner's rights": 'SET ROLE "{owner}"',
    "making roles": "CREATE ROLE somebody",
}


def test_the_application_cannot(app: psycopg.Connection[Any], roles: tuple[str, str]) -> None:
    record(by=None, act="x", subject=None, summary="一件事")
    done = []
    for what, statement in REFUSED.items():
        try:
            app.execute(statement.format(owner=roles[0]))  # type: ignore[call-overload]
        except psycopg.errors.InsufficientPrivilege:
            continue
        done.append(what)
    assert not done
    assert AuditRow.objects.filter(summary="一件事").count() == 1


def test_every_append_only_table_is_among_them(app: psycopg.Connection[Any]) -> None:
    tables = app.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'append_only_%'").fetchall()
    assert len(tables) >= 3
    for (table,) in tables:
        may = app.execute(
            "SELECT has_table_privilege(%s, 'UPDATE'), has_table_privilege(%s, 'DELETE'), has_table_privilege(%s, 'TRUNCATE')",
            [table] * 3,
        ).fetchone()
        assert may == (False, False, False), table


def test_a_sealed_row_is_not_sealed_again(app: psycopg.Connection[Any]) -> None:
    """The three columns the sealer fills are open to the role; the trigger lets them be filled once."""
    record(by=None, act="x", subject=None, summary="一件事")
    seal_rows()
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        app.execute("UPDATE branch_auditrow SET hash = 'x'")


def test_a_whole_close_runs_as_the_application(roles: tuple[str, str]) -> None:
    """From openings to paid and filed, signatures, jobs, files and the sealing of the log."""
    with connection.cursor() as cursor:
        cursor.execute(f'SET ROLE "{roles[1]}"')
        people = small_branch()
        make_ready(people, AUGUST)
        run = paid_run(people, AUGUST)
        seal_rows()
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == roles[1]
    assert run.slips.count() > 0
    assert Decision.objects.filter(request=run.approval).count() == 3
    assert verify_chain().sound


def test_the_roles_come_first_and_the_owner_migrates_an_empty_database() -> None:
    """As docs/deploy.md has it: createdb, roles.sql, `migrate` as the owner, roles.sql again."""
    given, name = connection.settings_dict, f"{connection.settings_dict['NAME']}_new"
    owner, app = f"{name}_owner", f"{name}_app"
    at = {"host": given["HOST"], "port": given["PORT"], "user": given["USER"], "password": given["PASSWORD"] or None}
    with psycopg.connect(dbname=given["NAME"], autocommit=True, **at) as outside:
        outside.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            for step in ("before", "after"):
                with psycopg.connect(dbname=name, autocommit=True, **at) as inside:
                    inside.execute(
                        "SELECT set_config('zhanye.owner', %s, false), set_config('zhanye.app', %s, false)", [owner, app]
                    )
                    inside.execute(SQL)  # type: ignore[arg-type]
                    inside.execute(f"ALTER ROLE \"{owner}\" PASSWORD '{PASSWORD}'")
                if step == "before":
                    url = f"postgres://{owner}:{PASSWORD}@{given['HOST'] or 'localhost'}:{given['PORT'] or 5432}/{name}"
                    command = [sys.executable, "manage.py", "migrate", "-v", "0"]
                    env = os.environ | {"DATABASE_URL": url}
                    done = subprocess.run(command, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=False)
                    assert done.returncode == 0, done.stderr[-2000:]
            with psycopg.connect(dbname=name, autocommit=True, **at) as inside:
                may = "has_table_privilege(%s, '{}', 'DELETE')"
                asked = f"SELECT {may.format('branch_auditrow')}, {may.format('branch_person')}"
                assert inside.execute(asked, [app, app]).fetchone() == (False, True)
        finally:
            outside.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            outside.execute(f'DROP ROLE IF EXISTS "{app}", "{owner}"')


def test_a_settlement_is_decided_as_the_application_and_not_edited(roles: tuple[str, str], app: psycopg.Connection[Any]) -> None:
    """The columns a second person fills are open to the role; the others are not."""
    people = small_branch()
    make_ready(people, AUGUST)
    paid_run(people, AUGUST)
    people["600101"].engagements.update(ended_on=AUGUST.last)
    (leaver,) = leavers_in([people.branch])
    with connection.cursor() as cursor:
        cursor.execute(f'SET ROLE "{roles[1]}"')
        given = Settling(Decimal("1.00"), date(2026, 9, 10), "cash", "现金", "记-1", tax=Decimal(0))
        row = propose_settlement(slip_id=leaver.slip.pk, key="lots", given=given, by=people["600002"])
        assert confirm_settlement(settlement_id=row.pk, by=people["600003"]).state == "confirmed"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("UPDATE payroll_outsidesettlement SET amount = 2")
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        app.execute("UPDATE payroll_outsidesettlement SET state = 'rejected'")


def test_a_filing_is_received_as_the_application_and_not_edited(roles: tuple[str, str], app: psycopg.Connection[Any]) -> None:
    """What a receipt adds is open to the role, once; what was handed in is not."""
    people = small_branch()
    make_ready(people, AUGUST)
    run = paid_run(people, AUGUST)
    with connection.cursor() as cursor:
        cursor.execute(f'SET ROLE "{roles[1]}"')
        filing = file(run_id=run.pk, by=people["600002"]).filing
        assert filing is not None
        assert receive_filing(filing_id=filing.pk, by=people["100001"], location="3 号柜").state == "filed"
    for column in ("title", "sha256", "file_id", "submitted_by_id", "keep_until"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(f"UPDATE archives_filing SET {column} = {column}")  # type: ignore[call-overload]
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        app.execute("UPDATE archives_filing SET location = '4 号柜'")


def test_without_the_roles_the_owner_gets_past_the_triggers() -> None:
    """The control: whoever owns the tables can lift the triggers, and that is why the application doesn't own them."""
    record(by=None, act="x", subject=None, summary="一件事")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE branch_auditrow DISABLE TRIGGER USER")
        cursor.execute("UPDATE branch_auditrow SET summary = 'x'")
        cursor.execute("ALTER TABLE branch_auditrow ENABLE TRIGGER USER")
    assert AuditRow.objects.get().summary == "x"
