"""The API's description in a browser: Swagger UI runs under the house's CSP, and a trial goes with the session."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.harness import DESK, PASSWORD, PHONE, Visitor, World

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_description_is_read_and_tried(bare: World, run_world: Callable[..., World], visit: Callable[..., Visitor]) -> None:
    visitor = visit(run_world(bare), "100005")
    page = visitor.open("/api/docs/")
    calendar = page.locator('[id^="operations-tag-日历"]')
    expect(calendar).to_be_visible(timeout=60_000)
    visitor.shot("api-docs")
    calendar.click()
    page.locator('[id$="-branch_calendar_calendar_day"] .opblock-summary-control').click()
    page.get_by_role("button", name="Try it out").click()
    body = '{"day": "2026-12-31", "kind": "market_closure", "name": "", "reason": "休市通知"}'
    page.locator("textarea.body-param__text").fill(body)
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("200")
    visitor.shot("api-docs-tried", full=False)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_token_is_made_and_ended(
    bare: World, run_world: Callable[..., World], visit: Callable[..., Visitor], size: dict[str, int]
) -> None:
    visitor = visit(run_world(bare), "600002", size=size)
    page = visitor.open("/me/tokens/")
    visitor.check()
    page.get_by_label("用途").fill("总部报表系统")
    page.locator("#id_password").fill(PASSWORD)
    visitor.press("生成")
    expect(page.locator(".note-ok code")).to_contain_text("zy_")
    visitor.check()
    visitor.shot("tokens")
    visitor.press("终止", verb="终止")
    visitor.says("已终止")
    visitor.check()
