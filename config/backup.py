"""A backup in one folder: the database, the encrypted files, the audit chain's heads, and a manifest of what must come back.

On PostgreSQL the manifest is reckoned inside the very snapshot that is dumped, on SQLite from the copy: work may go on meanwhile.
The heads are copied before the database, so that none is ahead of the chain; the files after it, for they are written before the
row that names them commits.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess  # PostgreSQL's own programs, see `run`  # nosec B404
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import environ
import psycopg
from django.conf import settings
from django.utils import timezone

from branch.audit.models import AuditHead
from branch.files.models import StoredFile
from kernel.refusals import Refusal

MANIFEST, DUMP, COPY, FILES, HEADS = "manifest.json", "database.dump", "database.sqlite3", "files.tar", "audit-heads.jsonl"
WHOLE = 1 << 256
STORED, PATHS = "branch_storedfile", "SELECT path FROM branch_storedfile"
TABLES = """
    SELECT c.oid::regclass::text FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""
# A row's words, hashed and summed: the order in which rows come back doesn't matter, anything else does.
DIGEST = """
    SELECT count(*), coalesce(sum(('x' || substr(md5(t::text), 1, 16))::bit(64)::bigint::numeric), 0)::text
        || ':' || coalesce(sum(('x' || substr(md5(t::text), 17, 16))::bit(64)::bigint::numeric), 0)::text
    FROM {} AS t
"""


@dataclass(frozen=True)
class State:
    """What a database says of itself: rows and digest a table, and the places of the files that its rows name."""

    tables: dict[str, list[Any]]
    paths: set[str]


@dataclass(frozen=True)
class Manifest:
    """What is in a backup: rows and digest a table, number and digest of the files."""

    at: str
    engine: str
    tables: dict[str, list[Any]]
    files: list[Any]
    gone: list[str] = field(default_factory=list)  # discarded, on purpose, while the backup was made: a row that needs no file
    problems: list[str] = field(default_factory=list)  # what was not there to be backed up; the rest is whole

    def save(self, folder: Path) -> None:
        (folder / MANIFEST).write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1))

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        if not (folder / MANIFEST).exists():
            raise Refusal(f"{folder} 不是一份完整的备份:没有 {MANIFEST}")
        return cls(**json.loads((folder / MANIFEST).read_text()))

    @property
    def rows(self) -> int:
        return sum(count for count, _ in self.tables.values())


def back_up(to: Path) -> Path:
    """Make a backup in a new folder under `to`; it bears its final name only when it is whole. Returns the folder."""
    stamp = timezone.localtime().strftime("%Y%m%d-%H%M%S")
    partial, final = to / f".{stamp}.partial", to / f"zhanye-{stamp}"
    partial.mkdir(parents=True, mode=0o700)
    try:
        _fill(partial)
    except BaseException:
        shutil.rmtree(partial)
        raise
    partial.rename(final)
    return final


def _fill(partial: Path) -> None:
    database = settings.DATABASES["default"]
    if settings.AUDIT_HEAD_FILE and Path(settings.AUDIT_HEAD_FILE).exists():
        shutil.copyfile(settings.AUDIT_HEAD_FILE, partial / HEADS)
    state = _dump_postgres(database, partial) if is_postgres(database) else _copy_sqlite(database, partial)
    root = Path(settings.FILES_ROOT)
    with tarfile.open(partial / FILES, "w") as tar:
        for path in _files(root):
            tar.add(path, arcname=str(path.relative_to(root)), recursive=False)
    with tarfile.open(partial / FILES) as tar:
        digest = _digest_of_tar(tar)
        lacking = state.paths - set(tar.getnames())
    needed = lacking and lacking & set(StoredFile.objects.values_list("path", flat=True))  # not what was discarded meanwhile
    problems = [_lacking(root, needed)] if needed else []
    if settings.AUDIT_HEAD_FILE and not (partial / HEADS).exists() and AuditHead.objects.filter(sequence__gt=0).exists():
        problems.append(f"没有审计链头的见证文件 {settings.AUDIT_HEAD_FILE},请检查 AUDIT_HEAD_FILE")
    at = timezone.localtime().isoformat(timespec="seconds")
    Manifest(at, database["ENGINE"], state.tables, digest, sorted(lacking - needed), problems).save(partial)


def _lacking(root: Path, paths: set[str]) -> str:
    return f"登记在册的文件有 {len(paths)} 个不在 {root} 中(例如 {min(paths)}),请检查 FILES_ROOT"


def restore(folder: Path, database_url: str, files: Path, heads: Path | None = None) -> list[str]:
    """Put a backup into an empty database and an empty folder, the chain's heads into a new file `heads` where one is named.

    Returns what differs from the manifest; nothing: identical.
    """
    manifest, database = Manifest.load(folder), environ.Env.db_url_config(database_url)
    if files.exists() and any(files.iterdir()):
        raise Refusal(f"目标文件夹 {files} 不是空的,没有恢复")
    if heads is not None and heads.exists():
        raise Refusal(f"见证文件 {heads} 已存在,没有恢复:请先把它移开,与恢复记录一起保存")
    if database["ENGINE"] != manifest.engine:
        raise Refusal(f"备份来自 {manifest.engine},目标是 {database['ENGINE']},不能恢复")
    state = _load_postgres(database, folder) if is_postgres(database) else _load_sqlite(database, folder)
    found = state.tables
    files.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / FILES) as tar:
        tar.extractall(files, filter="data")
    if heads is not None and (folder / HEADS).exists():
        heads.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / HEADS, heads)
    differing = [
        f"{table}: 备份 {manifest.tables.get(table)},恢复后 {found.get(table)}"
        for table in sorted({*manifest.tables, *found})
        if manifest.tables.get(table) != found.get(table)
    ]
    if digest_of_files(files) != manifest.files:
        differing.append("文件与备份时不一致")
    if lacking := {path for path in state.paths - {*manifest.gone} if not (files / path).is_file()}:
        differing.append(_lacking(files, lacking))
    return differing


def is_postgres(database: dict[str, Any]) -> bool:
    return bool(database["ENGINE"].endswith("postgresql"))


def digest_of_files(root: Path) -> list[Any]:
    """Number of files, and a digest over their places and contents in any order."""
    total, count = 0, 0
    for path in _files(root):
        total = (total + _weight(str(path.relative_to(root)), path.read_bytes())) % WHOLE
        count += 1
    return [count, f"{total:064x}"]


def _digest_of_tar(tar: tarfile.TarFile) -> list[Any]:
    total, count = 0, 0
    for member in tar:
        content = tar.extractfile(member)
        total = (total + _weight(member.name, content.read() if content else b"")) % WHOLE
        count += 1
    return [count, f"{total:064x}"]


def _weight(name: str, content: bytes) -> int:
    return int.from_bytes(hashlib.sha256(name.encode() + b"\0" + hashlib.sha256(content).digest()).digest())


def _files(root: Path) -> Iterator[Path]:
    """Finished files only: a `.part` is one that is being written."""
    return (path for path in sorted(root.rglob("*")) if path.is_file() and path.suffix != ".part")


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def environment(database: dict[str, Any]) -> dict[str, str]:
    """What PostgreSQL's own programs read."""
    named = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    return {**os.environ, **{name: str(database[key]) for name, key in named.items() if database.get(key)}}


def connect(database: dict[str, Any]) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host=database.get("HOST") or None,
        port=database.get("PORT") or None,
        user=database.get("USER") or None,
        password=database.get("PASSWORD") or None,
        dbname=database["NAME"],
    )


def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program; what it says against it becomes the refusal."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # our own words only  # noqa: S603 # nosec B603
    except FileNotFoundError as error:
        raise Refusal(f"找不到程序 {command[0]},请先安装 PostgreSQL 客户端") from error
    if done.returncode != 0:
        raise Refusal(f"{command[0]} 没有成功:{done.stderr.strip()[-600:]}")
    return done


def require_same_version(program: str, connection: psycopg.Connection[Any], database: dict[str, Any]) -> None:
    """Refuse unless the program is of the server's major version: an older one can't dump it, it can't read a newer one's."""
    said = run([program, "--version"], env=environment(database)).stdout
    client, server = major(said), connection.info.server_version // 10000
    if client != server:
        raise Refusal(
            f"{program} 是 {client} 版,数据库服务器是 {server} 版,不能可靠地备份和恢复,请安装 {server} 版的 PostgreSQL 客户端"
        )


def major(said: str) -> int:
    """The major version in what `--version` says: pg_dump (PostgreSQL) 17.2 (Debian 17.2-1) → 17."""
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0


@contextmanager
def _snapshot(connection: psycopg.Connection[Any]) -> Iterator[str]:
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    row = connection.execute("SELECT pg_export_snapshot()").fetchone()
    yield str(row[0]) if row else ""


def _dump_postgres(database: dict[str, Any], folder: Path) -> State:
    with connect(database) as connection, _snapshot(connection) as snapshot:
        require_same_version("pg_dump", connection, database)
        run(
            ["pg_dump", "--format=custom", f"--snapshot={snapshot}", "--no-owner", "--no-privileges", f"--file={folder / DUMP}"],
            env=environment(database),
        )
        return _postgres_state(connection)


def _load_postgres(database: dict[str, Any], folder: Path) -> State:
    with connect(database) as connection:
        if connection.execute(TABLES).fetchone():
            raise Refusal(f"目标数据库 {database['NAME']} 不是空的,没有恢复")
        require_same_version("pg_restore", connection, database)
    run(
        ["pg_restore", "--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={database['NAME']}", str(folder / DUMP)],
        env=environment(database),
    )
    with connect(database) as connection:
        return _postgres_state(connection)


def _postgres_state(connection: psycopg.Connection[Any]) -> State:
    for setting in ("TimeZone = 'UTC'", "DateStyle = 'ISO'", "extra_float_digits = 1", "bytea_output = 'hex'"):
        connection.execute(f"SET LOCAL {setting}")
    found = {}
    for (table,) in connection.execute(TABLES).fetchall():
        row = connection.execute(DIGEST.format(table)).fetchone()
        found[table] = list(row or ())
    return State(found, {path for (path,) in connection.execute(PATHS)} if STORED in found else set())


# --- SQLite -----------------------------------------------------------------------------------------------------------


def _copy_sqlite(database: dict[str, Any], folder: Path) -> State:
    with sqlite3.connect(database["NAME"]) as source, sqlite3.connect(folder / COPY) as copy:
        source.backup(copy)
    return _sqlite_state(folder / COPY)


def _load_sqlite(database: dict[str, Any], folder: Path) -> State:
    target = Path(database["NAME"])
    if target.exists():
        raise Refusal(f"目标数据库 {target} 已存在,没有恢复")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / COPY, target)
    return _sqlite_state(target)


def _sqlite_state(path: Path) -> State:
    with sqlite3.connect(path) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1")
        found = {table: _sqlite_digest(database, table) for (table,) in names.fetchall()}
        return State(found, {path for (path,) in database.execute(PATHS)} if STORED in found else set())


def _sqlite_digest(database: sqlite3.Connection, table: str) -> list[Any]:
    total, count = 0, 0
    for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - a name from the catalogue
        total = (total + int.from_bytes(hashlib.sha256(repr(row).encode()).digest())) % WHOLE
        count += 1
    return [count, f"{total:064x}"]
