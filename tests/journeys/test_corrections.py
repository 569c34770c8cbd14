"""A paid month was wrong: finance says what, sees what follows, three sign, and the month tells what happened to it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.harness import DESK, PHONE, Visitor, World

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIGNED = """
from approvals.models import Request
from branch.people.models import Person
from tests.factories.runs import sign
sign(Request.objects.latest("pk"), *[Person.objects.get(staff_no=number) for number in ("600003", "600004", "600005")])
"""


def _both_widths(visitor: Visitor, name: str) -> None:
    for size in (PHONE, DESK):
        visitor.page.set_viewport_size({"width": size["width"], "height": size["height"]})
        visitor.check()
        visitor.shot(name)


def _open(finance: Visitor) -> None:
    page = finance.page
    finance.menu("薪酬与考核", "更正与冲销")
    expect(page.locator("main")).to_contain_text("没有更正单")
    page.get_by_role("link", name="新建更正单").first.click()
    page.get_by_label(re.compile("^要更正的月份")).select_option(label="2026年9月 深圳福田营业部")
    page.get_by_label(re.compile("^原因")).fill("600103 的职责分录错,考核表为 65 分")
    _both_widths(finance, "correction-new")
    page.locator("main form button[type=submit]").first.click()
    finance.says("已开立更正单")


def _fill(finance: Visitor) -> None:
    """What was wrong; a line that can't be is refused with what to mend, and what was typed stays."""
    page = finance.page
    page.get_by_label(re.compile("^人员")).select_option(
        value=page.locator("option", has_text="600103").first.get_attribute("value")
    )
    page.get_by_label(re.compile("^项目")).select_option(value="duty_score")
    page.get_by_label(re.compile("^应为")).fill("六十五")
    page.locator("main").get_by_label(re.compile("^原因")).first.fill("与考核表不符")
    finance.press("添加")
    expect(page.get_by_role("alert")).to_have_text(re.compile("应填数字"))
    _both_widths(finance, "correction-refused")
    page.get_by_label(re.compile("^应为")).fill("65")
    finance.press("添加")
    finance.says("已加入更正单")
    _both_widths(finance, "correction-lines")


def test_a_paid_month_is_corrected(demo: World, run_world: Callable[..., World], visit: Callable[..., Visitor]) -> None:
    world = run_world(demo)
    finance = visit(world, "600002")
    page = finance.page
    _open(finance)
    _fill(finance)
    finance.press("重算并比较")
    finance.says("重算完成:涉及 1 人")
    _both_widths(finance, "correction-differences")
    finance.press("送审", verb="送审")
    finance.says("已送审")
    world.manage("shell", "-v", "0", "-c", SIGNED)
    page.reload()
    expect(page.locator("main")).to_contain_text("已批")
    expect(page.get_by_role("heading", name="补发补扣")).to_be_visible()
    _both_widths(finance, "correction-approved")
    number = re.search(r"GZ-\S+", page.title() + page.locator("h1").inner_text()).group()  # type: ignore[union-attr]

    finance.menu("薪酬与考核", "薪酬月报")
    page.get_by_role("link", name=re.compile("XC-0755FT-2026-09")).first.click()
    expect(page.get_by_role("region", name="冲销与更正")).to_contain_text(number)
    finance.close()
