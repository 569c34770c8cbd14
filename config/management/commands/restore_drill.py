"""`restore_drill DIR`: restores a backup beside the running product, compares everything, tries the keys, and clears up."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from psycopg import sql

from config.backup import HEADS, Manifest, connect, is_postgres, restore, run
from kernel.refusals import Refusal


class Command(BaseCommand):
    help = "恢复演练:把备份恢复到临时的数据库和文件夹,逐表逐文件核对,验审计链,试密钥,然后清理"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["backup"]
        try:
            manifest = Manifest.load(folder)
            with tempfile.TemporaryDirectory() as scratch, _scratch_database(Path(scratch)) as url:
                files = Path(scratch) / "files"
                problems = restore(folder, url, files) or self._try_out(folder, url, files)
        except Refusal as refusal:
            problems = [refusal.sentence]
        for sentence in problems:
            self.stderr.write(sentence)
        if problems:
            self.stderr.write("恢复演练不一致")
            sys.exit(1)
        self.stdout.write(
            f"恢复演练一致:{len(manifest.tables)} 张表 {manifest.rows} 行,{manifest.files[0]} 个文件,备份于 {manifest.at}"
        )

    def _try_out(self, folder: Path, url: str, files: Path) -> list[str]:
        """The product's own commands on what was restored: does the chain hold, do the keys open the personal data?"""
        heads = str(folder / HEADS) if (folder / HEADS).exists() else ""
        env = {**os.environ, "DATABASE_URL": url, "FILES_ROOT": str(files), "AUDIT_HEAD_FILE": heads}
        for command in (["migrate", "--check"], ["verify_audit"], ["rotate_keys", "--dry-run"]):
            done = run([sys.executable, "manage.py", *command], cwd=settings.BASE_DIR, env=env)
            self.stdout.write(f"  {' '.join(command)}:{(done.stdout.strip().splitlines() or ['通过'])[0]}")
            if "无法解开" in done.stderr:
                return [done.stderr.strip()]
        return []


@contextmanager
def _scratch_database(scratch: Path) -> Iterator[str]:
    """The address of an empty database that is gone afterwards."""
    database = settings.DATABASES["default"]
    if not is_postgres(database):
        yield f"sqlite:///{scratch / 'drill.sqlite3'}"
        return
    name = f"zhanye_drill_{secrets.token_hex(4)}"
    with connect(database) as connection:
        connection.autocommit = True
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            signed = quote(database["USER"]) + (f":{quote(database['PASSWORD'])}" if database["PASSWORD"] else "")
            yield f"postgres://{signed}@{database['HOST'] or 'localhost'}:{database['PORT'] or 5432}/{name}"
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
