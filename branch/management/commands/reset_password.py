"""`reset_password 工号 --reason …`: for the day the only administrator's password is lost; on the server, and logged."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from branch.audit.actions import source
from branch.people.actions import reset_password_on_server
from branch.people.queries import person_for
from kernel.refusals import Refusal


class Command(BaseCommand):
    help = "重置某人的密码(平时由系统管理员在页面上办理)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("staff_no", help="工号")
        parser.add_argument("--reason", required=True, help="原因,写入审计日志")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with source("command"):
                person = person_for(options["staff_no"])
                new = reset_password_on_server(person=person, reason=options["reason"])
        except Refusal as refusal:
            self.stderr.write(refusal.sentence)
            sys.exit(1)
        self.stdout.write(f"{person}的新密码(只显示这一次):{new}")
        self.stdout.write("此人所有登录已退出;登录后请立即修改密码。")
