"""渠道管理部 closes October for the company: what is missing is said, then reckoned, while the page moves by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.harness import DEMO, DESK, PHONE, Visitor, World

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGE = "/payroll/close/company/?month=2026-10"


def _make_ready(world: World) -> None:
    """What the branch's people do meanwhile."""
    at = ["--branch", "0755FT"]
    month = [*at, "--month", "2026-10"]
    files = [str(DEMO / name) for name in ("客户月度业务明细_2026-10.csv", "产品销售明细_2026-10.xlsx")]
    world.manage("import_crm", *files, *at, "--as", "600001")
    world.manage("confirm_relations", *month, "--as", "600001")
    world.manage("import_inputs", str(DEMO / "核算输入_2026-10.xlsx"), *at, "--as", "600002")
    world.manage("lock_figures", *month, "--as", "600002")


def _both_widths(visitor: Visitor, name: str) -> None:
    for size in (DESK, PHONE):
        visitor.page.set_viewport_size({"width": size["width"], "height": size["height"]})
        visitor.check()
        visitor.shot(name)
    visitor.page.set_viewport_size({"width": DESK["width"], "height": DESK["height"]})


def _start(office: Visitor, button: str) -> None:
    office.press(button, verb=button)
    office.says("已发起2026年10月公司月结")
    # The page asks by itself until the last branch is settled, and then loads itself afresh.
    expect(office.page.get_by_text("已结束", exact=True)).to_be_visible(timeout=60_000)


def test_the_company_closes_a_month(demo: World, run_world: Callable[..., World], visit: Callable[..., Visitor]) -> None:
    world = run_world(demo, worker=True)
    office = visit(world, "100002")
    page = office.page
    office.menu("薪酬与考核", "公司月结")
    office.open(PAGE)
    expect(page.locator("#board")).to_contain_text("已核算 0 / 1 家")
    _both_widths(office, "company-close-before")

    _start(office, "发起月结")
    late = page.locator("#list tbody tr").filter(has_text="深圳福田营业部")
    late.locator("summary").click()
    expect(late).to_contain_text("2026年10月业务数据还没有导入")
    expect(late).to_contain_text("2026年10月核算输入还没有导入")
    _both_widths(office, "company-close-late")
    late.get_by_role("button", name="提醒").click()
    office.says("已提醒 1 家营业部的财务")

    _make_ready(world)
    _start(office, "再次发起")
    expect(page.locator("#board")).to_contain_text("已核算 1 / 1 家")
    expect(page.locator("#board")).to_contain_text("合计与各营业部之和一致")
    _both_widths(office, "company-close-done")
    with page.expect_download() as started:
        office.press("导出")
    assert Path(office.keep(started.value)).suffix == ".xlsx"
    office.close()

    finance = visit(world, "600002")
    expect(finance.page.locator("main")).to_contain_text("2026年10月月结还差:未导入、缺核算输入,请尽快办理")
    assert finance.todo("待送审的薪酬月报") == 1
