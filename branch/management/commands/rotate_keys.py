"""`rotate_keys [--dry-run]`: encrypted columns and files under the newest key, blind indexes under the present look-up key."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from branch.audit.actions import record, source
from branch.fields import newest_key_id
from branch.files.actions import key_id_of, reseal
from branch.files.models import StoredFile
from branch.rotation import indexed_models, reindex, sealed_columns
from branch.rotation import reseal as reseal_column
from kernel.refusals import Refusal

EVERY = 500  # files between two lines of progress


class Command(BaseCommand):
    help = "用最新密钥重新加密所有密文和文件,重算盲索引;可随时中断,再次运行从剩下的继续"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="只报告各密钥下还有多少,不改动")

    def handle(self, *args: Any, **options: Any) -> None:
        newest = newest_key_id()
        self.stdout.write(f"最新密钥:{newest}")
        try:
            changed = 0 if options["dry_run"] else self._rotate()
        except (ValueError, Refusal) as error:
            self.stderr.write(f"中断:{error}")
            self.stderr.write("已完成的部分有效;请把缺失的旧密钥加回 FIELD_KEYS 后再次运行")
            sys.exit(1)
        remaining, lost = self._report()
        if not options["dry_run"]:
            with source("command"):
                record(by=None, act="keys.rotate", subject=None, summary=f"密钥轮换:重新加密 {changed} 处,密钥 {newest}")
        if remaining:
            self.stdout.write(f"旧密钥下还有 {remaining} 处,旧密钥不能撤下")
            sys.exit(0 if options["dry_run"] else 1)
        if lost:
            self.stdout.write(
                f"登记在册的文件有 {lost} 个不在 {settings.FILES_ROOT} 中,它们用哪把密钥无从知道,旧密钥不能撤下;"
                "请检查 FILES_ROOT,或从备份找回"
            )
            sys.exit(0 if options["dry_run"] else 1)
        self.stdout.write("全部在最新密钥下;旧密钥可以从 FIELD_KEYS 撤下(旧备份仍需要它)")

    def _rotate(self) -> int:
        changed = 0
        for column in sealed_columns():
            for done in reseal_column(column):
                changed += done
                self.stdout.write(f"  {column.name}: +{done}")
        for number, stored in enumerate(StoredFile.objects.order_by("pk").iterator(EVERY), start=1):
            changed += reseal(stored)
            if number % EVERY == 0:
                self.stdout.write(f"  文件:{number}")
        for model in indexed_models():
            for done in reindex(model):
                changed += done
                if done:
                    self.stdout.write(f"  {model._meta.db_table} 盲索引: +{done}")
        return changed

    def _report(self) -> tuple[int, int]:
        """How many places need which key. Returns those not under the newest (and indexes not under the present look-up key), and

        how many files that a row names are not there.
        """
        newest, remaining = newest_key_id(), 0
        counted = [(column.name, column.by_key()) for column in sealed_columns()]
        keys = {stored.pk: key_id_of(stored) for stored in StoredFile.objects.iterator(EVERY)}
        missing = {pk for pk, key in keys.items() if not key}
        lost = len(missing & set(StoredFile.objects.values_list("pk", flat=True))) if missing else 0  # not those discarded since
        files = Counter(key or "(无文件)" for key in keys.values())
        for name, found in [*counted, ("文件", files)]:
            words = "、".join(f"{key} {count}" for key, count in sorted(found.items())) or "无"
            self.stdout.write(f"{name}: {words}")
            remaining += sum(count for key, count in found.items() if key not in (newest, "(无文件)"))
        for model in indexed_models():
            try:
                stale = sum(reindex(model, dry=True))
            except ValueError as error:
                self.stderr.write(f"{model._meta.db_table} 盲索引:{error}")
                stale = 1
            self.stdout.write(f"{model._meta.db_table} 盲索引: 待重算 {stale}")
            remaining += stale
        return remaining, lost
