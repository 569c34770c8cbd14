"""From a branch with posts and log-ins alone to the first month's computed pay: roster, rules, scheme, openings, August."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.harness import DEMO, Visitor, World

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def _upload(visitor: Visitor, *names: str, button: str = "上传并预检") -> None:
    visitor.page.locator("input[type=file]").set_input_files([DEMO / name for name in names])
    visitor.press(button)


def _roster(dealer: Visitor) -> None:
    page = dealer.page
    dealer.shot("new-workbench")
    dealer.check()
    dealer.menu("客户", "客户名单")
    expect(page.locator("main")).to_contain_text("没有符合条件的客户")
    dealer.open("/")
    page.get_by_role("link", name="导入名册").click()
    dealer.check()
    page.locator("input[name=effective]").fill("2026-08-01")
    _upload(dealer, "客户经理名册.xlsx")
    expect(page.locator("main")).to_contain_text("36")
    dealer.shot("new-roster")
    dealer.check()
    dealer.press("确认导入", verb="确认导入")


def _paper(office: Visitor, manager: Visitor) -> None:
    """The rules that pay rests on were approved on paper before: one files the number, another checks it."""
    page = office.page
    office.menu("团队", "实施细则")
    page.get_by_role("link", name="已批准文件登记").click()
    office.check()
    page.locator("select[name=kind]").select_option(label="薪酬标准实施细则")
    page.locator("input[name=paper_no]").fill("深营营销〔2026〕1号")
    page.locator("input[name=effective_from]").fill("2026-01-01")
    office.press("保存")
    office.says("等另一位同事复核")
    assert manager.todo("已批准文件登记,待复核") == 1
    manager.page.get_by_role("link", name="已批准文件登记,待复核").click()
    manager.page.locator("main table a").first.click()
    manager.check()
    manager.press("复核登记", verb="复核登记")
    manager.shot("new-paper")


def _scheme(finance: Visitor, manager: Visitor) -> None:
    """Drafted and proposed by one; the second chooses the paper it rests on."""
    page = finance.page
    finance.menu("薪酬与考核", "薪酬方案")
    expect(page.locator("main")).to_contain_text("还没有薪酬方案")
    finance.shot("new-no-scheme")
    page.get_by_role("link", name="上传方案").first.click()
    _upload(finance, "scheme_demo.json", button="上传并检查")
    finance.check()
    finance.press("提交确认", verb="提交确认")
    finance.says("已提交")
    assert manager.todo("待确认的薪酬方案") == 1
    manager.page.get_by_role("link", name="待确认的薪酬方案").click()
    manager.page.locator("main table a").first.click()
    manager.page.get_by_label(re.compile("^依据的薪酬标准实施细则")).select_option("深营营销〔2026〕1号")
    manager.check()
    manager.press("确认生效", verb="确认生效")
    manager.says("已确认")


def _openings(finance: Visitor, accountant: Visitor) -> None:
    page = finance.page
    finance.menu("薪酬与考核", "期初余额")
    page.get_by_role("link", name="导入期初余额").first.click()
    finance.check()
    page.locator("form[enctype] input[name=month]").fill("2026-08")
    _upload(finance, "期初_2026-08.xlsx")
    finance.says("期初余额已提交")
    assert page.get_by_role("button", name="确认期初余额").count() == 0  # never by the one who handed it in
    assert accountant.todo("待确认的期初余额") == 1
    accountant.page.get_by_role("link", name="待确认的期初余额").click()
    accountant.page.locator("main table a").first.click()
    accountant.check()
    accountant.press("确认期初余额", verb="确认期初余额")
    accountant.says("已确认 33 人的期初余额")


def _august(dealer: Visitor, finance: Visitor) -> None:
    dealer.menu("客户", "月度导入")
    dealer.page.get_by_role("link", name="导入月度数据").first.click()
    _upload(dealer, "客户月度业务明细_2026-08.csv", "产品销售明细_2026-08.xlsx")
    dealer.press("确认入账", verb="确认入账")
    dealer.says("已入账")
    dealer.menu("客户", "确认单")
    dealer.shot("new-slips")
    dealer.page.get_by_role("button", name=re.compile(r"^确认全部 [\d,]+ 户")).first.click()
    dealer.confirm("全部确认")
    dealer.says("已确认客户关系")

    page = finance.page
    finance.todo("")
    page.get_by_role("link", name="2026年8月业务数据待复核").click()
    finance.press("复核锁定", verb="复核锁定")
    finance.says("已复核锁定")
    finance.menu("薪酬与考核", "核算输入")
    page.get_by_role("link", name="导入核算输入").first.click()
    page.locator("form[enctype] input[name=month]").fill("2026-08")
    _upload(finance, "核算输入_2026-08.xlsx")
    finance.press("确认导入", verb="确认导入")
    finance.says("已导入2026年8月核算输入")
    finance.open("/payroll/close/?branch=0755FT&month=2026-08")
    finance.shot("new-board")
    finance.press("计算2026年8月薪酬")
    expect(page.get_by_role("heading", name="薪酬明细(元)")).to_be_visible(timeout=90_000)
    expect(page.locator(".summary-bar")).to_contain_text("466,040.08")
    expect(page.locator("tfoot")).to_contain_text("合计 33 人")
    finance.shot("new-august")
    finance.check()


def test_a_newcomer_starts_from_nothing(bare: World, run_world: Callable[..., World], visit: Callable[..., Visitor]) -> None:
    world = run_world(bare)
    dealer, finance = visit(world, "600001"), visit(world, "600002")
    _roster(dealer)
    manager = visit(world, "600005")
    _paper(visit(world, "100001"), manager)
    _scheme(finance, manager)
    _openings(finance, visit(world, "600003"))
    _august(dealer, finance)
