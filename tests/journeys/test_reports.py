"""A month's 业务分析报告: figures from the closed month, the lead's words, the manager's review, on paper and in the archive."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from docx import Document
from playwright.sync_api import expect

from tests.journeys.harness import PHONE, Visitor, World

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = {
    "analysis": "八月新开户以驻点为主,有效户转化偏低",
    "issues": "两个驻点人流下降;改为每周三社区讲座",
    "next_plan": "回访八月新开户",
}


def test_a_months_report_is_written_reviewed_and_filed(
    demo: World, run_world: Callable[..., World], visit: Callable[..., Visitor]
) -> None:
    world = run_world(demo)
    leader = visit(world, "600101")
    page = leader.page
    leader.menu("团队", "业务分析报告")
    leader.check()
    leader.press("编制")  # October's data is not locked
    leader.says("复核锁定")
    leader.open("/plans/reports/?kind=month&month=2026-08")
    leader.press("编制")
    leader.says("已取好")
    leader.check()
    leader.shot("report-write")
    for name, words in WORDS.items():
        page.locator(f"[name={name}]").fill(words)
    leader.press("保存")
    leader.says("已保存")
    leader.shot("report")
    leader.check()
    leader.press("提交", verb="提交")
    leader.says("提交")

    manager = visit(world, "600005", size=PHONE)
    assert manager.todo("待我审批") >= 1
    manager.page.locator(".todo-list li").filter(has_text="待我审批").get_by_role("link").first.click()
    manager.page.locator("main").get_by_role("link", name=re.compile("2026年8月")).first.click()
    manager.shot("report-approving")
    manager.check()
    manager.press("同意", within=manager.page.locator(".action-bar"))
    manager.says("已签署")

    leader.open("/plans/reports/?kind=month&month=2026-08")
    page.locator("main").get_by_role("link", name="营销一队").click()
    expect(page.locator("main")).to_contain_text("已审核")
    page.get_by_role("link", name="打印(A4)").click()
    leader.shot("report-paper")
    page.go_back()
    words = "\n".join(one.text for one in Document(str(leader.download("Word"))).paragraphs)
    assert WORDS["analysis"] in words

    office = visit(world, "100001")
    assert office.todo("待接收的备案件") == 1
    office.page.get_by_role("link", name="待接收的备案件").click()
    office.page.locator("main").get_by_role("link", name=re.compile("2026年8月业务月报")).first.click()
    office.check()
    office.press("接收并编号")
    office.says("备案号 综备〔")
    leader.open("/plans/reports/?kind=month&month=2026-08")
    expect(page.locator("main")).to_contain_text("已归档")
    expect(page.locator("main")).to_contain_text("综备〔")
