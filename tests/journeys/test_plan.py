"""The year's plan on the guideline's own route (art. 4): four departments countersign, one on a phone and one by a deputy; one
sends it back and sees in round two only what changed; the leaders decide, the opinions go back, the plan takes effect.
Its targets are broken down to each person, and from an import on everybody sees how far they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.journeys.harness import DEMO, PHONE, Visitor, World

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TITLE = "营销一队"
DEPARTMENTS = ("合规部", "财务部", "风险管理部", "法律部")
Visit = Callable[..., Visitor]


def _press(signer: Visitor, verb: str) -> None:
    """On the bar: 常用语 may say the same word."""
    signer.press(verb, within=signer.page.locator(".action-bar"))


def _open(signer: Visitor) -> None:
    """From one's own workbench, as an approver goes."""
    assert signer.todo("待我审批") >= 1
    signer.page.locator(".todo-list li").filter(has_text="待我审批").get_by_role("link").first.click()
    signer.page.locator("main").get_by_role("link", name=re.compile(f"{TITLE}.*年度营销方案")).first.click()


def _agree(signer: Visitor, *, opinion: str = "") -> None:
    _open(signer)
    if opinion:
        signer.page.locator("#id_opinion").fill(opinion)
    _press(signer, "同意")
    signer.says("已签署")


def _name_departments(channel: Visitor) -> None:
    _open(channel)
    for department in DEPARTMENTS:
        channel.page.locator(".choosing label").filter(has_text=re.compile(rf"^\s*{department}")).get_by_role("checkbox").check()
    channel.shot("plan-choosing")
    channel.check()
    channel.page.locator("#id_opinion").fill("请四个部门会签")
    _press(channel, "同意")
    channel.says("已签署")


def _lend_signature(legal: Visitor, deputy: str) -> None:
    today = timezone.localdate()
    legal.menu("审批中心", "审批委托")
    page = legal.page
    page.locator("[name=to]").fill(deputy)
    page.locator("[name=since]").fill(today.isoformat())
    page.locator("[name=until]").fill((today + timedelta(days=3)).isoformat())
    page.locator("[name=reason]").fill("出差")
    legal.check()
    legal.press("委托代签")


def _send_back(risk: Visitor) -> None:
    _open(risk)
    risk.page.locator("#id_opinion").fill("社区讲座费用偏高,请压缩")
    _press(risk, "退回")
    risk.says("已退回")


def _correct(leader: Visitor) -> None:
    assert leader.todo("被退回,待我修改") >= 1
    leader.menu("团队", "营销方案")
    page = leader.page
    page.locator("main").get_by_role("link", name=re.compile(f"^{TITLE}.*年度营销方案")).first.click()
    page.get_by_role("link", name="修改", exact=True).click()
    page.locator("[name=amount_1]").fill("30000")
    leader.check()
    leader.press("保存")
    leader.says("已保存")
    leader.press("报批", verb="报批")
    leader.says("报批")
    leader.shot("plan-resubmitted")


def test_a_plan_is_countersigned_and_takes_effect(demo: World, run_world: Callable[..., World], visit: Visit) -> None:
    world = run_world(demo)
    _name_departments(visit(world, "100002"))
    _lend_signature(visit(world, "100008"), "100005")
    risk = visit(world, "100007")
    _send_back(risk)
    phone = visit(world, "100004", size=PHONE)
    _agree(phone, opinion="无合规异议")
    deputy, finance = visit(world, "100005"), visit(world, "100003")
    _agree(deputy)
    _agree(finance)

    _correct(visit(world, "600101"))
    _open(risk)
    changed = risk.page.locator(".round-changes")
    expect(changed).to_contain_text("30,000")
    assert changed.locator("tbody tr").count() <= 2  # the line and what follows from it, not the whole plan
    risk.shot("plan-round-two")
    risk.check()
    _press(risk, "同意")
    for signer in (deputy, finance):
        _agree(signer)

    office = visit(world, "100001")
    office.menu("审批中心", "审批事项")
    office.open("/approvals/all/")
    office.page.locator("main").get_by_role("link", name=re.compile(f"{TITLE}.*年度营销方案")).first.click()
    expect(office.page.locator("main")).to_contain_text("合规部")
    _press(office, "催办")
    office.says("郑立群")
    phone.shot("plan-phone")
    _agree(phone)

    _agree(office, opinion="会签完毕")
    _agree(visit(world, "100006"), opinion="同意执行")
    _open(office)
    office.page.locator("#id_summary").fill("四部门会签同意,费用按压缩后执行")
    _press(office, "同意")
    office.says("已签署")

    leader = visit(world, "600101")
    leader.menu("团队", "营销方案")
    expect(leader.page.locator("main")).to_contain_text("执行")
    leader.page.locator("main").get_by_role("link", name=re.compile(f"^{TITLE}.*年度营销方案")).first.click()
    leader.page.get_by_role("link", name="审批进度").click()
    expect(leader.page.locator("main")).to_contain_text("代 钟文博")
    leader.shot("plan-done")
    _put_branch_target(visit(world, "600005"))
    _break_down(leader)
    mine = visit(world, "600104", size=PHONE)
    mine.open("/plans/progress/mine/?month=2027-01")
    expect(mine.page.locator("main article").filter(has_text="新开户数")).to_contain_text("月目标")
    mine.shot("plan-own-target")
    mine.check()


def _put_branch_target(manager: Visitor) -> None:
    """The plan raised the branch's draft until the team's part fits; the manager gives it out, the team's part with it."""
    manager.open("/plans/targets/?year=2027&metric=accounts")
    manager.page.locator("#list").get_by_role("link", name="深圳福田营业部").click()
    manager.press("下达", verb="下达")
    manager.says("已生效")
    manager.press("全部下达", verb="全部下达")
    manager.says("已下达")


def _break_down(leader: Visitor) -> None:
    """The team's target to its first group, the group's to its people; what is left stays in sight."""
    page = leader.page
    leader.open("/plans/targets/?year=2027&metric=accounts")
    page.locator("#list").get_by_role("link", name=TITLE, exact=True).click()
    _evenly(leader, {0: "120"})
    expect(page.locator(".summary-bar")).to_contain_text("未分解")
    leader.shot("plan-broken-down")
    page.locator("tbody").get_by_role("link", name=re.compile("第?一?.*组")).first.click()
    _evenly(leader, {0: "24", 1: "24"})
    leader.check()


def _evenly(leader: Visitor, years: dict[int, str]) -> None:
    page = leader.page
    page.get_by_role("link", name="分解", exact=True).click()
    page.get_by_label("填法").select_option(label="全年目标平均到各月")
    rows = page.locator("table.grid-input tbody tr")
    for at, figure in years.items():
        rows.nth(at).locator("input").first.fill(figure)
    leader.check()
    leader.press("保存草案")
    leader.says("已保存")
    leader.press("全部下达", verb="全部下达")
    leader.says("已下达")


def test_an_import_shows_everybody_how_far_they_are(demo: World, run_world: Callable[..., World], visit: Visit) -> None:
    world = run_world(demo)
    mine, leader = visit(world, "600104", size=PHONE), visit(world, "600101")
    own = "/plans/progress/mine/?month=2026-10"
    mine.open(own)
    expect(mine.page.locator("main")).to_contain_text("这个月还没有导入业务数据")

    dealer = visit(world, "600001")
    dealer.menu("客户", "月度导入")
    dealer.page.get_by_role("link", name="导入月度数据").click()
    files = ("客户月度业务明细_2026-10.csv", "产品销售明细_2026-10.xlsx")
    dealer.page.locator("input[type=file]").set_input_files([DEMO / name for name in files])
    dealer.press("上传并预检")
    dealer.press("确认入账", verb="确认入账")
    dealer.says("已入账")
    dealer.menu("客户", "确认单")
    dealer.page.get_by_role("button", name=re.compile(r"^确认全部 [\d,]+ 户")).first.click()
    dealer.confirm("全部确认")
    world.manage("shell", "-c", "from teams.plans.targets.tasks import measure_marked; measure_marked()")  # as beat does

    mine.open(own)
    expect(mine.page.locator("main")).to_contain_text("数据截至")
    card = mine.page.locator("main article").filter(has_text="新开户数")
    expect(card.locator(".figure").filter(has_text="完成率")).to_contain_text("%")
    mine.shot("own-progress")
    mine.check()
    leader.open("/plans/progress/?month=2026-10&metric=accounts")
    leader.shot("team-progress")
    expect(leader.page.locator("main")).to_contain_text("江洋")
    leader.check()
