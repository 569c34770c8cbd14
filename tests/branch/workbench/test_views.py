from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from branch.notices.models import Notice
from branch.people.models import Engagement
from branch.workbench import register
from branch.workbench.register import Todo
from tests.branch.conftest import Office


def test_what_waits_is_counted_and_leads_to_the_filtered_list(office: Office, signed_in: Callable[[str], Client]) -> None:
    given = {"kind": "broker", "hired_on": date(2020, 1, 1), "contract_from": date(2020, 1, 1), "contract_to": date(2020, 12, 31)}
    Engagement.objects.create(person=office["600008"], branch=office.branch, **given)
    browser = signed_in("600001")
    page = browser.get("/").content.decode()
    assert "合同 30 天内到期或已到期" in page
    assert "/people/?contract=expiring" in page
    assert "沈华" in browser.get("/people/?contract=expiring").content.decode()


def test_messages_are_counted_alike_on_bell_and_list(office: Office, signed_in: Callable[[str], Client]) -> None:
    for number in range(3):
        Notice.objects.create(person=office["600001"], text=f"消息{number}", key=str(number))
    page = signed_in("600001").get("/").content.decode()
    assert "消息2" in page
    assert 'data-counts="/counts/"' in page
    assert 'data-count="notice-list"' in page
    counts = signed_in("600001").get("/counts/").json()
    assert counts["notice-list"] == counts["section-workbench"] == 3
    assert signed_in("100001").get("/counts/").json()["notice-list"] == 0


def test_urgent_todos_come_first_and_empty_ones_stay_silent(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    given = [Todo("平常", 1, "/"), Todo("没有", 0, "/"), Todo("要紧", 2, "/", urgent=True)]
    monkeypatch.setattr(register, "_todos", [lambda person: given])
    assert [todo.label for todo in register.todos_for(office["600001"])] == ["要紧", "平常"]


@pytest.mark.parametrize(
    ("branches", "told"),
    [
        (0, [("待导入", 1, "/x/")]),
        (2, [("待导入(甲)", 1, "/甲/"), ("待导入(乙)", 2, "/乙/")]),
        (3, [("待导入(甲)", 1, "/甲/"), ("待导入(乙)", 2, "/乙/"), ("待导入(丙)", 3, "/丙/")]),
        (4, [("待导入(4 个营业部,首先是甲)", 10, "/甲/")]),
    ],
)
def test_what_waits_in_many_branches_is_one_line(
    office: Office, monkeypatch: pytest.MonkeyPatch, branches: int, told: list[tuple[str, int, str]]
) -> None:
    given = [Todo("待导入", count, f"/{name}/", branch=name) for count, name in enumerate("甲乙丙丁"[:branches], 1)]
    given += [Todo("待导入", 0, "/戊/", branch="戊")]  # nothing waits there: it is not counted as a branch
    given += [] if branches else [Todo("待导入", 1, "/x/")]
    monkeypatch.setattr(register, "_todos", [lambda person: [*given, Todo("别的", 1, "/y/")]])
    assert [(todo.label, todo.count, todo.url) for todo in register.todos_for(office["600001"])] == [*told, ("别的", 1, "/y/")]


def test_only_what_one_may_open_is_in_the_menu(office: Office, signed_in: Callable[[str], Client]) -> None:
    assert "/audit/" not in signed_in("600001").get("/").content.decode()
    assert "/audit/" in signed_in("100009").get("/org/").content.decode()


def test_places_stand_under_the_heading_of_their_order() -> None:
    """Otherwise a heading would be shown twice, or a place under another's."""
    for item in register._menu:
        assert not item.heading or item.order in register.HEADINGS[item.heading], f"{item.label}: {item.heading} {item.order}"
    assert {item.heading for item in register._menu} >= {"计划", "目标", "日常"}


def test_many_places_of_a_section_stand_under_headings(office: Office, signed_in: Callable[[str], Client]) -> None:
    page = signed_in("600005").get("/plans/targets/").content.decode()
    menu = page[page.index('id="menu"') : page.index("</nav>", page.index('id="menu"'))]
    headings = [menu.index(f">{heading}</span>\n") for heading in ("计划", "目标", "日常")]
    assert headings == sorted(headings)
    assert (
        headings[0] < menu.index(">营销方案<") < headings[1] < menu.index(">目标进度<") < headings[2] < menu.index(">工作日志<")
    )
    assert "menu-heading" not in signed_in("600005").get("/").content.decode()
