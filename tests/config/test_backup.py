"""What is backed up comes back whole, or it is said what is missing."""

from __future__ import annotations

import io
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.db import connection

from branch.audit.actions import record, seal_rows
from branch.files.actions import discard, keep
from branch.files.models import StoredFile
from branch.people.models import Person
from config import backup
from config.management.commands.restore_drill import _scratch_database
from kernel.refusals import Refusal

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(tmp_path: Path, settings: Any) -> None:
    """A person with a secret, two files, a sealed log whose head is kept outside."""
    settings.AUDIT_HEAD_FILE = str(tmp_path / "heads.jsonl")
    Person.objects.create(staff_no="600101", name="陆晨伟", id_number="440301198311017493", phone="13152064785")
    for number in range(2):
        keep(f"工资 {number}".encode(), name="x.csv", content_type="text/csv", by=None)
    record(by=None, act="x", subject=None, summary="一件事")
    seal_rows()


@pytest.fixture
def database(world: None, tmp_path: Path, settings: Any) -> Iterator[None]:
    """On SQLite the suite's database lives in memory: a copy in a file stands for it."""
    if connection.vendor == "sqlite":
        path = tmp_path / "own.sqlite3"
        with sqlite3.connect(path) as copy:
            connection.connection.backup(copy)
        kept = project.DATABASES["default"]["NAME"]
        project.DATABASES["default"]["NAME"] = str(path)
        yield
        project.DATABASES["default"]["NAME"] = kept
    else:
        yield


def drill(folder: Path) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("restore_drill", str(folder), stdout=out, stderr=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


def differing(folder: Path, tmp_path: Path) -> list[str]:
    """What a restore beside the suite's database says."""
    with _scratch_database(tmp_path) as url:
        return backup.restore(folder, url, tmp_path / "restored")


def test_a_drill_brings_everything_back_and_says_so(database: None, tmp_path: Path) -> None:
    folder = backup.back_up(tmp_path / "backups")
    code, said = drill(folder)
    assert code == 0, said
    assert "恢复演练一致" in said
    assert "2 个文件" in said
    assert "链外见证相符 1 处" in said
    assert not [path.name for path in (tmp_path / "backups").iterdir() if path.name.endswith(".partial")]


def test_a_backup_shows_no_personal_data_and_holds_no_key(database: None, tmp_path: Path) -> None:
    folder = backup.back_up(tmp_path / "backups")
    found = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"440301198311017493" not in found
    assert "工资 0".encode() not in found
    assert project.LOOKUP_KEY.encode() not in found
    assert folder.stat().st_mode & 0o077 == 0


def test_a_touched_file_is_told(database: None, tmp_path: Path) -> None:
    folder = backup.back_up(tmp_path / "backups")
    raw = bytearray((folder / backup.FILES).read_bytes())
    raw[raw.index(b"local:") + 30] ^= 1  # inside the first file's content
    (folder / backup.FILES).write_bytes(bytes(raw))
    assert differing(folder, tmp_path) == ["文件与备份时不一致"]
    code, said = drill(folder)
    assert code == 1
    assert "恢复演练不一致" in said


def test_a_row_that_did_not_come_back_is_told_by_table(database: None, tmp_path: Path) -> None:
    folder = backup.back_up(tmp_path / "backups")
    text = (folder / backup.MANIFEST).read_text()
    table = "branch_person"
    found = backup.Manifest.load(folder).tables[table]
    (folder / backup.MANIFEST).write_text(text.replace(found[1], "0" * len(found[1]), 1))
    (told,) = differing(folder, tmp_path)
    assert told.startswith(f"{table}: 备份")


def test_keys_that_do_not_fit_are_told(database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = backup.back_up(tmp_path / "backups")
    monkeypatch.setenv("FIELD_KEYS", "other:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
    code, said = drill(folder)
    assert code == 1
    assert "无法解开" in said


def test_a_database_older_than_its_heads_is_told(database: None, tmp_path: Path) -> None:
    folder = backup.back_up(tmp_path / "backups")
    with (folder / backup.HEADS).open("a") as heads:
        heads.write('{"sequence": 99, "hash": "x", "at": "2026-11-26T00:00:00+08:00"}\n')
    code, said = drill(folder)
    assert code == 1
    assert "恢复演练不一致" in said


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    code, said = drill(tmp_path)
    assert code == 1
    assert "不是一份完整的备份" in said


def test_nothing_that_is_there_is_overwritten(database: None, tmp_path: Path) -> None:
    folder = backup.back_up(tmp_path / "backups")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    with pytest.raises(Refusal, match="不是空的"):
        backup.restore(folder, f"sqlite:///{tmp_path}/x.sqlite3", tmp_path / "full")
    own = project.DATABASES["default"]
    url = f"sqlite:///{own['NAME']}" if connection.vendor == "sqlite" else _address(own)
    with pytest.raises(Refusal, match=r"已存在|不是空的"):
        backup.restore(folder, url, tmp_path / "empty")


def _address(own: dict[str, Any]) -> str:
    return f"postgres://{own['USER']}@{own['HOST']}:{own['PORT'] or 5432}/{own['NAME']}"


def test_a_backup_that_fails_leaves_nothing_half_done(database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup.tarfile, "open", full)
    with pytest.raises(OSError, match="No space"):
        backup.back_up(tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def made(tmp_path: Path) -> tuple[int, str, Path]:
    """The command: exit code, what it said, the folder."""
    out, code = io.StringIO(), 0
    try:
        call_command("backup", "--to", str(tmp_path / "backups"), stdout=out, stderr=out)
    except SystemExit as ended:
        code = int(ended.code or 0)
    (folder,) = (tmp_path / "backups").iterdir()
    return code, out.getvalue(), folder


def test_a_backup_and_its_drill_fail_where_the_files_of_rows_are_not_there(database: None, tmp_path: Path, settings: Any) -> None:
    """As `backup` in a shell that doesn't know the services' FILES_ROOT."""
    settings.FILES_ROOT = tmp_path / "another place"
    code, said, folder = made(tmp_path)
    assert code == 1
    assert f"有 2 个不在 {settings.FILES_ROOT} 中" in said
    assert not settings.FILES_ROOT.exists()
    code, said = drill(folder)
    assert code == 1
    assert "有 2 个不在" in said


def test_a_backup_says_that_the_heads_are_not_there(database: None, tmp_path: Path, settings: Any) -> None:
    assert made(tmp_path)[0] == 0
    for folder in (tmp_path / "backups").iterdir():
        folder.rename(tmp_path / "the first")
    Path(settings.AUDIT_HEAD_FILE).unlink()
    code, said, _ = made(tmp_path)
    assert code == 1
    assert "没有审计链头的见证文件" in said


def test_what_is_discarded_while_the_backup_is_made_is_not_missed(
    database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = backup._files

    def meanwhile(root: Path) -> Any:
        for stored in StoredFile.objects.filter(pk=min(StoredFile.objects.values_list("pk", flat=True))):
            discard(stored)
        return original(root)

    monkeypatch.setattr(backup, "_files", meanwhile)
    code, said, folder = made(tmp_path)
    assert code == 0, said
    manifest = backup.Manifest.load(folder)
    assert (manifest.files[0], len(manifest.gone)) == (1, 1)
    monkeypatch.setattr(backup, "_files", original)
    assert differing(folder, tmp_path) == []


def test_the_heads_come_back_where_none_are(database: None, tmp_path: Path) -> None:
    folder, heads = backup.back_up(tmp_path / "backups"), tmp_path / "new" / "heads.jsonl"
    with _scratch_database(tmp_path) as url:
        assert backup.restore(folder, url, tmp_path / "restored", heads) == []
        assert heads.read_bytes() == (folder / backup.HEADS).read_bytes()
        with pytest.raises(Refusal, match=r"见证文件 .* 已存在"):
            backup.restore(folder, url, tmp_path / "other", heads)


@pytest.mark.parametrize(
    ("said", "version"),
    [("pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", 15), ("pg_restore (PostgreSQL) 17.2", 17), ("nonsense", 0)],
)
def test_a_programs_version_is_read_from_what_it_says(said: str, version: int) -> None:
    assert backup.major(said) == version


@pytest.mark.postgres
def test_programs_of_another_version_are_refused_before_anything_is_done(
    database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, original = backup.back_up(tmp_path / "backups"), backup.run

    def newer(command: list[str], **options: Any) -> Any:
        done = original(command, **options)
        if command[1:] == ["--version"]:
            done.stdout = f"{command[0]} (PostgreSQL) 99.1"
        return done

    monkeypatch.setattr(backup, "run", newer)
    with pytest.raises(Refusal, match="pg_dump 是 99 版"):
        backup.back_up(tmp_path / "others")
    with pytest.raises(Refusal, match="pg_restore 是 99 版"):
        differing(folder, tmp_path)


@pytest.mark.postgres
def test_a_drill_runs_as_a_role_that_may_make_databases_and_nothing_else(
    database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As docs/deploy.md says: `zhanye_drill`, at the database `postgres`, sees nothing of the product."""
    folder, own = backup.back_up(tmp_path / "backups"), project.DATABASES["default"]
    role, word = f"{own['NAME']}_drill", secrets.token_hex(8)
    with backup.connect(own) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN CREATEDB PASSWORD '{word}'")
    try:
        monkeypatch.setitem(project.DATABASES, "default", own | {"USER": role, "PASSWORD": word, "NAME": "postgres"})
        code, said = drill(folder)
    finally:
        with backup.connect(own) as connection:
            connection.execute(f"DROP ROLE {role}")
    assert code == 0, said
    assert "恢复演练一致" in said


@pytest.mark.postgres
def test_rows_written_meanwhile_belong_to_the_next_backup(
    database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest and the dump see the same moment, whatever is written between them."""
    original = backup.run

    def meanwhile(command: list[str], **options: Any) -> Any:
        if command[0] == "pg_dump":
            with backup.connect(project.DATABASES["default"]) as other:
                other.execute("DELETE FROM branch_person")
        return original(command, **options)

    monkeypatch.setattr(backup, "run", meanwhile)
    folder = backup.back_up(tmp_path / "backups")
    monkeypatch.setattr(backup, "run", original)
    assert backup.Manifest.load(folder).tables["branch_person"][0] == 1
    assert Person.objects.count() == 0
    assert differing(folder, tmp_path) == []


@pytest.mark.postgres
def test_a_drill_leaves_no_database_behind(database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker's drill may be at it at this moment."""
    monkeypatch.setattr("config.management.commands.restore_drill.secrets.token_hex", lambda _: "of_this_test")
    differing(backup.back_up(tmp_path / "backups"), tmp_path)
    with backup.connect(project.DATABASES["default"]) as own:
        left = own.execute("SELECT count(*) FROM pg_database WHERE datname = 'zhanye_drill_of_this_test'").fetchone()
    assert left == (0,)
