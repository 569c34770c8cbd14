"""The demonstration: a branch with its people and log-ins, and (stage october) everything up to October's close.

Each step calls the same actions as the pages, as the person whose work it is. Running it again does what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from branch.audit.actions import record, source
from branch.org.models import Branch, Department
from branch.people.actions import Place, hold, open_log_in
from branch.people.models import Person
from branch.people.roles import STAFF_ROLES
from branch.people.rules import initials
from config import demo

STAGES = ("blank", "october")


def branch_and_people() -> None:
    """The branch, head-office people and the branch's posts, each with a log-in and a role."""
    branch, new = Branch.objects.get_or_create(
        code=demo.BRANCH_CODE, defaults={"name": demo.BRANCH_NAME, "document_prefix": demo.DOCUMENT_PREFIX}
    )
    for staff_no, name, department_code, role in demo.HEAD_OFFICE:
        department = Department.objects.get(code=department_code)
        hold(_person(staff_no, name, department), role, Place(department=department), since=demo.SINCE, reason="演示数据")
    for staff_no, name, post in demo.BRANCH_POSTS:
        hold(_person(staff_no, name, None), STAFF_ROLES[post], Place(branch=branch), since=demo.SINCE, reason="演示数据")
    if new:
        record(by=None, act="demo.seed", subject=branch, summary=f"建立演示营业部 {branch}", branch_code=branch.code)


def _person(staff_no: str, name: str, department: Department | None) -> Person:
    person, _ = Person.objects.get_or_create(
        staff_no=staff_no, defaults={"name": name, "initials": initials(name), "department": department}
    )
    open_log_in(person, password=settings.DEMO_PASSWORD)
    return person


Step = tuple[str, Callable[[], object]]
BLANK: tuple[Step, ...] = (("营业部与登录账号", branch_and_people),)
OCTOBER: tuple[Step, ...] = ()


class Command(BaseCommand):
    help = "建立演示数据。--stage blank:只有营业部和账号,其余自己导入;october(默认):停在十月核算之初"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--stage", choices=STAGES, default="october")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("生产环境不能载入演示数据")
        with source("command"):
            for label, step in BLANK + (OCTOBER if options["stage"] == "october" else ()):
                self.stdout.write(f"· {label}")
                with transaction.atomic():
                    step()
        self.stdout.write("演示数据已就绪")
