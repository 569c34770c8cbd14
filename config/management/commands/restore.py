"""`restore DIR --to-database URL --to-files DIR [--to-heads FILE]`: a backup into what is empty, compared with its manifest."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.backup import restore
from kernel.refusals import Refusal


class Command(BaseCommand):
    help = "把一份备份恢复到空的数据库和空的文件夹,并逐表核对;不会覆盖已有的数据"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", type=Path)
        parser.add_argument("--to-database", required=True, help="postgres://… 或 sqlite:///…")
        parser.add_argument("--to-files", type=Path, required=True)
        parser.add_argument("--to-heads", type=Path, help="审计链头的见证文件(AUDIT_HEAD_FILE),不能已存在")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            differing = restore(options["backup"], options["to_database"], options["to_files"], options["to_heads"])
        except Refusal as refusal:
            self.stderr.write(refusal.sentence)
            sys.exit(1)
        for sentence in differing:
            self.stderr.write(sentence)
        if differing:
            sys.exit(1)
        self.stdout.write("已恢复,与备份时一致")
