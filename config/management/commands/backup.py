"""`backup --to DIR`: database, files and chain heads into a new folder. Keys are not in it: they are kept elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from branch.audit.actions import record, source
from config.backup import Manifest, back_up
from kernel.refusals import Refusal


class Command(BaseCommand):
    help = "备份数据库、文件和审计链头;可在运行中进行。密钥不在备份里,须另行保管"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, required=True, help="放备份的文件夹,最好在另一台机器的盘上")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            folder = back_up(options["to"])
        except Refusal as refusal:
            self.stderr.write(refusal.sentence)
            sys.exit(1)
        manifest = Manifest.load(folder)
        summary = f"备份:{len(manifest.tables)} 张表 {manifest.rows} 行,{manifest.files[0]} 个文件" + "".join(
            f";{sentence}" for sentence in manifest.problems
        )
        with source("command"):
            record(by=None, act="backup.make", subject=None, summary=summary)
        self.stdout.write(summary)
        self.stdout.write(str(folder))
        for sentence in manifest.problems:
            self.stderr.write(sentence)
        if manifest.problems:
            self.stderr.write("备份不完整:已备份的部分有效,缺的请找回后再备份一次")
            sys.exit(1)
