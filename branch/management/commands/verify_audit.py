"""`manage.py verify_audit`: walk the chain; exit 1 on a break."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from branch.audit.actions import seal_rows
from branch.audit.queries import verify_chain


class Command(BaseCommand):
    help = "校验审计日志的散列链:任何改动、删除、插入、对调或截断都会查出"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seal", action="store_true", help="先把尚未入链的记录入链")

    def handle(self, *args: Any, **options: Any) -> None:
        while options["seal"] and seal_rows():
            pass
        verdict = verify_chain()
        self.stdout.write(
            f"已核对 {verdict.checked} 环;尚未入链 {verdict.unsealed} 条{verdict.tail};链外见证相符 {verdict.witnessed} 处"
        )
        for sentence in verdict.breaks:
            self.stderr.write(sentence)
        if not verdict.sound:
            sys.exit(1)
        self.stdout.write("链完整")
