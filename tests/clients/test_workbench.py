"""What waits is on the workbench of whom it waits for, with the same count as on the menu."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from branch.people.models import Person
from branch.workbench.register import counts_for, menu_for, tiles_for, todos_for
from clients.figures.actions import lock
from kernel.months import Month
from tests.factories.branch import give_role, make_branch
from tests.factories.clients import book, branch_with, client_row, confirm, csv_file

pytestmark = pytest.mark.django_db


def todos(person):
    return {todo.label: todo.count for todo in todos_for(person) if todo.url.startswith("/clients/")}


def badges(person):
    places, _ = counts_for(person)
    return {item.label: places.get(item.key, 0) for item in menu_for(person) if item.section == "clients"}


@time_machine.travel(date(2026, 11, 5), tick=False)
def test_each_finds_what_waits_for_them():
    people = branch_with()
    admin, finance, manager = people["600001"], people["600002"], people["600101"]
    assert todos(admin) == {"2026年10月业务数据待导入": 1}
    book(people, csv_file([client_row("1"), client_row("2"), client_row("3", 客户经理工号="699901")]))
    assert todos(admin) == {"业务数据异常待处理": 1, "客户确认单待核": 2}
    assert {label: badges(admin)[label] for label in ("异常处理", "确认单")} == {"异常处理": 1, "确认单": 2}
    assert todos(finance) == {"2026年10月业务数据待复核": 1}
    assert todos(manager) == {}


def test_the_menu_shows_only_what_one_may_open():
    people = branch_with()
    assert set(badges(people["600101"])) == {"客户名单", "业务数据", "确认单", "产品销售"}
    assert set(badges(people["600001"])) == {"客户名单", "业务数据", "月度导入", "异常处理", "确认单", "产品销售", "产品名单"}
    assert set(badges(people["600002"])) == {"客户名单", "业务数据", "月度导入", "异常处理", "确认单", "产品销售", "产品名单"}
    assert badges(people["600006"]) == {}


def _figures(person):
    return [tile for tile in tiles_for(person) if tile.label != "营销一队"]  # the team's board is a leader's first tile


def test_a_client_manager_sees_the_last_locked_month_as_tiles():
    people = branch_with()
    assert not _figures(people["600101"])
    book(people, csv_file([client_row("1")]))
    confirm(people, "2026-10")
    lock(branch=people.branch, month=Month(2026, 10), by=people["600002"])
    assert [(tile.label, tile.value) for tile in _figures(people["600101"])][:2] == [
        ("2026年10月净佣金(元)", "72.99"),
        ("期末客户数", "1"),
    ]


@time_machine.travel(date(2026, 11, 5), tick=False)
def test_it_asks_as_much_for_many_branches_as_for_one():
    people = branch_with("2026-10")
    asked = []
    for more in (0, 4):
        for number in range(more):
            branch = make_branch(f"08{number:02d}XX", f"第{number}营业部")
            for staff_no, role in (("600001", "trade_admin"), ("600002", "branch_finance")):
                give_role(people[staff_no], role, branch=branch)
        for staff_no in ("600001", "600002"):
            browser = Client()
            browser.force_login(people[staff_no].user)
            with CaptureQueriesContext(connection) as captured:
                page = browser.get("/").content.decode()
            asked.append(len(captured))
    assert "2026年10月业务数据待复核" in page
    assert asked[:2] == asked[2:]
    told = {label: count for label, count in todos(Person.objects.get(staff_no="600001")).items() if "待导入" in label}
    assert told == {"2026年10月业务数据待导入(4 个营业部,首先是第0营业部)": 4}
