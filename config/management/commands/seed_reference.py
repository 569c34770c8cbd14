"""Reference data: what every installation starts from. Running it again adds only what is missing."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from approvals.routes.actions import seed_routes
from branch.calendar import actions as calendar
from branch.org.models import Company, Department
from branch.parameters import actions as parameters
from clients.products.actions import seed_products
from teams.plans.expenses.actions import seed_kinds

BRANCH = Path(settings.BASE_DIR) / "branch"
COMPANY = ("华展证券股份有限公司", "华展证券")
DEPARTMENTS = (
    ("channel", "渠道管理部"),
    ("brokerage", "经纪业务综合室"),
    ("finance", "财务部"),
    ("compliance", "合规部"),
    ("risk", "风险管理部"),
    ("hr", "人力资源部"),
    ("legal", "法律部"),
    ("it", "信息技术部"),
    ("executive", "公司领导"),
)


def special_days() -> Iterator[tuple[date, str, str]]:
    """The shipped holidays, make-up workdays and closures: day, kind, name."""
    with (BRANCH / "calendar" / "reference_special_days.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield date.fromisoformat(row["date"]), row["type"], row["holiday"]


class Command(BaseCommand):
    help = "载入参考数据:公司与总部部门、参数、日历、审批流程(可重复执行)"

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if not Company.objects.exists():
            Company.objects.create(name=COMPANY[0], short_name=COMPANY[1])
        for code, name in DEPARTMENTS:
            Department.objects.get_or_create(code=code, defaults={"name": name})
        values = json.loads((BRANCH / "parameters" / "reference.json").read_text(encoding="utf-8"))
        new_values = parameters.take_reference(values)
        new_days = calendar.take_reference(special_days())
        routes, products, kinds = seed_routes(), seed_products(), seed_kinds()
        self.stdout.write(
            f"参考数据已就绪:新增参数 {new_values} 项、特殊日期 {new_days} 天、产品 {products} 个、费用类别 {kinds} 个;"
            f"审批流程 {routes} 条"
        )
