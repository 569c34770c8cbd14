"""A client manager reads the own pay on a phone, and nobody else's."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.harness import PHONE, Visitor, World, english

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def _slip_of_another(world: World, staff_no: str) -> tuple[int, int]:
    """A slip of the same month that belongs to somebody else, and its run."""
    with sqlite3.connect(world.folder / "zhanye.sqlite3") as database:
        row = database.execute(
            "SELECT s.id, s.run_id FROM payroll_payslip s JOIN branch_person p ON p.id = s.person_id "
            "WHERE s.month = 202609 AND s.current AND p.staff_no <> ? LIMIT 1",
            [staff_no],
        ).fetchone()
    return int(row[0]), int(row[1])


def test_own_payslip_on_a_phone(demo: World, run_world: Callable[..., World], visit: Callable[..., Visitor]) -> None:
    world = run_world(demo)
    manager = visit(world, "600104", size=PHONE)
    page = manager.page
    manager.check()
    manager.picture("workbench-manager")
    waiting = manager.todo("待确认的工资单")
    assert waiting == 2

    page.locator(".todo-list a").filter(has_text="待确认的工资单").click()
    manager.check()
    page.get_by_role("link", name="2026年9月工资单").click()
    expect(page.locator("main")).to_contain_text("支付单位")
    expect(page.locator("main")).to_contain_text("江洋(600104)")
    pay = page.locator(".slip > div").filter(has=page.get_by_text("提成", exact=True)).first
    why = page.locator(".why").filter(has_text="提成").first
    why.locator("summary").click()
    expect(why.locator(".why-body")).to_be_visible()
    expect(why).to_contain_text("×")
    expect(pay).to_be_visible()
    assert not english(page)
    manager.check()
    manager.shot("payslip")
    manager.picture("payslip")
    manager.picture("payslip-why", at=".why details[open]")

    manager.press("确认", verb="确认")
    manager.says("已确认")
    assert manager.todo("待确认的工资单") == waiting - 1

    other, run = _slip_of_another(world, "600104")
    for path in (f"/payroll/my/{other}/", f"/payroll/slips/{other}/print/"):
        manager.open(path, status=404)
    for path in (f"/payroll/slips/{other}/", f"/payroll/runs/{run}/", "/payroll/runs/"):
        manager.open(path, status=403)
    expect(page.locator("body")).to_contain_text("没有")
    manager.shot("not-mine")


def test_menu_by_thumb(demo: World, run_world: Callable[..., World], visit: Callable[..., Visitor]) -> None:
    """The five places at the bottom, and the whole menu behind the last."""
    manager = visit(run_world(demo), "600104", size=PHONE)
    bar = manager.page.get_by_role("navigation", name="常用")
    assert bar.get_by_role("link").count() <= 5
    bar.get_by_role("link", name="菜单").click()
    expect(manager.page.get_by_role("navigation", name="主菜单")).to_be_visible()
    manager.shot("menu", full=False)
    manager.check()
    manager.page.get_by_role("link", name=re.compile("^客户")).first.click()
    expect(manager.page.get_by_role("heading", level=1)).to_be_visible()


def test_the_acts_of_a_page_stand_in_even_rows(
    demo: World, run_world: Callable[..., World], visit: Callable[..., Visitor]
) -> None:
    """Two in a row and alike in width, the odd one over the whole of it: no button is left over, short, below the others."""
    world = run_world(demo)
    for staff_no, path, rows in (
        ("100002", "/payroll/close/company/?month=2026-10", [2, 2]),
        ("600002", "/payroll/runs/1/", [2, 1]),
    ):
        visitor = visit(world, staff_no, size=PHONE)
        page = visitor.open(path)
        boxes = [act.bounding_box() or {} for act in page.locator(".page-actions .btn").all()]
        tops = sorted({box["y"] for box in boxes})
        assert [sum(box["y"] == top for box in boxes) for top in tops] == rows, path
        ends = {
            (min(box["x"] for box in boxes if box["y"] == top), max(box["x"] + box["width"] for box in boxes if box["y"] == top))
            for top in tops
        }
        assert len(ends) == 1, f"{path}: rows of other lengths"
        visitor.check()
