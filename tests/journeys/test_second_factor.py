"""营业部财务 must sign in with a second factor: sets it up, signs in with the phone's digits, and without the phone."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable

import pytest
from django_otp.oath import hotp
from playwright.sync_api import expect

from tests.journeys.harness import DESK, PASSWORD, PHONE, Visitor, World

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STEP = 30


def _digits(secret: str, *, later: int = 0) -> str:
    """What the phone shows, `later` steps from now (each step opens once; the next one is let pass already)."""
    return f"{hotp(base64.b32decode(secret), int(time.time()) // STEP + later, 6):06d}"


def _password(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("/login/")
    page.get_by_label("工号").fill("600002")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()


def _code(visitor: Visitor, code: str) -> None:
    visitor.page.get_by_label("手机上的 6 位动态验证码").fill(code)
    visitor.page.get_by_role("button", name="验证并登录").click()


def _leave(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name="退出").click()
    expect(visitor.page.get_by_role("button", name="登录", exact=True)).to_be_visible()


def _both_widths(visitor: Visitor, name: str) -> None:
    for size in (PHONE, DESK):
        visitor.page.set_viewport_size({"width": size["width"], "height": size["height"]})
        visitor.check()
        visitor.shot(name)


def _enrol(finance: Visitor) -> tuple[str, list[str]]:
    """The secret that the phone takes, and the recovery codes that are shown once."""
    page = finance.page
    _password(finance)
    expect(page.get_by_role("heading", name="启用动态验证码", level=1)).to_be_visible()
    _both_widths(finance, "second-factor-enrol")
    finance.open("/payroll/close/")  # nowhere else before it is set up
    expect(page.get_by_role("heading", name="启用动态验证码", level=1)).to_be_visible()
    secret = page.locator("code.mono").inner_text().replace(" ", "")
    for code in ("000000", _digits(secret)):
        page.get_by_label(re.compile("^手机上的 6 位验证码")).fill(code)
        page.get_by_label(re.compile("^登录密码")).fill(PASSWORD)
        finance.press("启用")
        if code == "000000":
            expect(page.locator("main")).to_contain_text("验证码不对")
    expect(page.locator("main")).to_contain_text("只显示这一次")
    codes = page.locator("main li code").all_inner_texts()
    assert len(set(codes)) == 10
    _both_widths(finance, "second-factor-codes")
    page.get_by_role("link", name="已抄好").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return secret, codes


def test_signing_in_with_a_second_factor(bare: World, run_world: Callable[..., World], visit: Callable[..., Visitor]) -> None:
    finance = visit(run_world(bare, SECOND_FACTOR_REQUIRED="1"))
    page = finance.page
    secret, codes = _enrol(finance)
    home = page.get_by_role("heading", name="工作台", level=1)

    _leave(finance)
    _password(finance)
    _both_widths(finance, "second-factor-code")
    _code(finance, "000000")
    expect(page.get_by_role("alert")).to_contain_text("验证码不对")
    _code(finance, _digits(secret, later=1))
    expect(home).to_be_visible()

    _leave(finance)
    _password(finance)
    _code(finance, codes[0].lower())
    expect(home).to_be_visible()
    finance.open("/account/")
    expect(page.locator("main")).to_contain_text("没用过的恢复码还有 9 个")

    _leave(finance)
    _password(finance)
    _code(finance, codes[0])  # each opens once
    expect(page.get_by_role("alert")).to_contain_text("验证码不对")
    finance.close()
