"""`create_admin 工号 姓名`: the first administrator of a new installation; prints the password once."""

from __future__ import annotations

import secrets
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from branch.people.actions import first_administrator
from kernel.refusals import Refusal


class Command(BaseCommand):
    help = "建立第一位系统管理员(已有系统管理员时拒绝;其后由系统管理员在页面上授予)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("staff_no", help="工号,即登录名")
        parser.add_argument("name", help="姓名")

    def handle(self, *args: Any, **options: Any) -> None:
        password = secrets.token_urlsafe(12)
        try:
            person = first_administrator(staff_no=options["staff_no"], name=options["name"], password=password)
        except Refusal as refusal:
            self.stderr.write(refusal.sentence)
            sys.exit(1)
        self.stdout.write(f"已建立系统管理员 {person},密码(只显示这一次):{password}")
        self.stdout.write("登录后请立即修改密码,并启用动态验证码。")
