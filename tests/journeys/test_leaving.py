"""Somebody leaves: approved by three, the clients handed over line by line, closed once nothing binds."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.journeys.harness import PHONE, Visitor, World

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LEAVER = re.compile("万曦")


def _propose(leaver: Visitor) -> None:
    page = leaver.page
    leaver.open("/plans/leavings/")
    page.get_by_role("link", name="提出离职").click()
    leaver.check()
    page.locator("[name=kind]").select_option(label="辞职")
    page.locator("[name=last_day]").fill((timezone.localdate() + timedelta(days=3)).isoformat())
    page.locator("[name=reason]").fill("回老家照顾父母")
    leaver.press("保存")
    leaver.check()
    leaver.press("报批", verb="报批")
    leaver.says("报批")


def _agree(signer: Visitor) -> None:
    assert signer.todo("待我审批") >= 1
    signer.page.locator(".todo-list li").filter(has_text="待我审批").get_by_role("link").first.click()
    signer.page.locator("main").get_by_role("link", name=re.compile("万曦.*离职")).first.click()
    signer.press("同意", within=signer.page.locator(".action-bar"))
    signer.says("已签署")


def _open_leaving(person: Visitor) -> None:
    person.open("/plans/leavings/")
    person.page.locator("#list").get_by_role("link", name=LEAVER).first.click()


def _sign_list(party: Visitor) -> None:
    """From the own workbench, as somebody is told to."""
    assert party.todo("交接清单") >= 1
    party.page.locator(".todo-list li").filter(has_text="交接清单").get_by_role("link").first.click()
    party.page.locator("main").get_by_role("link", name=LEAVER).first.click()
    party.check()
    party.press("签字", verb="签字")
    party.says("签字")


def _explain(leaver: Visitor) -> None:
    """What is still to be written about targets that were missed."""
    page = leaver.page
    while leaver.todo("待写偏差说明"):
        page.locator(".todo-list li").filter(has_text="待写偏差说明").get_by_role("link").first.click()
        page.locator("#list").get_by_role("link", name=LEAVER).first.click()
        page.locator("main textarea").first.fill("客户集中在一个网点,离职前已交接")
        for other in page.locator("main textarea").all()[1:]:
            other.fill("由接收人继续跟进")
        leaver.press("提交")


def test_a_leaver_hands_over_the_clients_and_only_then_leaves(
    demo: World, run_world: Callable[..., World], visit: Callable[..., Visitor]
) -> None:
    world = run_world(demo)
    leaver = visit(world, "600115", size=PHONE)
    _propose(leaver)
    for staff_no in ("600107", "600005", "100005"):
        _agree(visit(world, staff_no))

    leader = visit(world, "600101")
    _open_leaving(leader)
    expect(leader.page.locator("main")).to_contain_text("名下的客户")
    leader.shot("leaving-bound")
    leader.page.get_by_role("link", name="客户交接清单").first.click()
    leader.page.locator("[name=receiver]").select_option(label="金超磊(600107)")
    leader.page.get_by_role("button", name=re.compile("^移交全部未定的")).click()
    leader.shot("handover-arranged")
    leader.check()
    _explain(leaver)
    for party in (leaver, visit(world, "600107", size=PHONE), leader):
        _sign_list(party)
    leader.page.get_by_role("link", name="打印清单(A4)").click()
    leader.shot("handover-paper")

    officer = visit(world, "100005")
    _open_leaving(officer)
    officer.shot("leaving-free")
    officer.press("办结", verb="办结")
    officer.says("办结")
    officer.check()
