"""The demonstration: a branch with its people and log-ins, and (stage october) everything up to October's close.

Each step calls the same actions as the pages, as the person whose work it is. Running it again does what is missing.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from branch.audit.actions import source
from config.demo_steps import BLANK, OCTOBER
from kernel.refusals import Refusal

STAGES = ("blank", "october")


class Command(BaseCommand):
    help = "建立演示数据。--stage blank:只有营业部和账号,其余自己导入;october(默认):停在十月核算之初"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--stage", choices=STAGES, default="october")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("生产环境不能载入演示数据")
        settings.CELERY_TASK_ALWAYS_EAGER = True  # no worker is needed: what is computed is computed here
        with source("command"):
            for label, step in BLANK + (OCTOBER if options["stage"] == "october" else ()):
                self.stdout.write(f"· {label}")
                self.stdout.flush()
                try:
                    step()
                except Refusal as refusal:
                    raise CommandError("\n".join([f"{label}:{refusal.sentence}", *refusal.items[:20]])) from refusal
        self.stdout.write("演示数据已就绪")
