"""`reset_second_factor 工号 --reason …`: for the day the only administrator has lost the phone; on the server, and logged."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from branch.audit.actions import source
from branch.people.queries import person_for
from branch.people.second_factor import reset
from kernel.refusals import Refusal


class Command(BaseCommand):
    help = "重置某人的动态验证码(平时由系统管理员在页面上办理)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("staff_no", help="工号")
        parser.add_argument("--reason", required=True, help="原因,写入审计日志")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with source("command"):
                person = person_for(options["staff_no"])
                reset(person=person, reason=options["reason"], by=None)
        except Refusal as refusal:
            self.stderr.write(refusal.sentence)
            sys.exit(1)
        self.stdout.write(f"已重置{person}的动态验证码,下次登录时重新启用")
