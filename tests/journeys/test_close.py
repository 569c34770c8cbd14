"""October's close as five people of the branch walk through it, and what the head office and finance do around it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.journeys.harness import DEMO, PASSWORD, PHONE, Visitor, World

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BOARD = "/payroll/close/?branch=0755FT&month=2026-10"
REPORT = "深圳福田营业部2026年10月客户经理薪酬月报表"


def _upload(visitor: Visitor, *names: str) -> None:
    visitor.page.locator("input[type=file]").set_input_files([DEMO / name for name in names])
    visitor.press("上传并预检")


def _import_clients(dealer: Visitor) -> None:
    """First the file with mistakes: booked without its refused rows; then the clean one over it."""
    page = dealer.page
    dealer.menu("客户", "月度导入")
    page.get_by_role("link", name="导入月度数据").click()
    dealer.check()
    _upload(dealer, "客户月度业务明细_2026-10_含异常.csv")
    expect(page.locator("#list .tabs").get_by_text("拒收")).to_be_visible()
    expect(page.locator("#list .tabs").get_by_text("异常")).to_be_visible()
    expect(page.locator("#list")).to_contain_text("净佣金不平")
    dealer.picture("import-precheck")
    dealer.check()
    errors = load_workbook(dealer.download("下载错误文件")).active
    assert errors is not None
    lines = list(errors.iter_rows(values_only=True))
    place = lines[0].index("错误原因")
    assert len([line for line in lines[1:] if line[place]]) == _kinds_of_rows("refused")

    page.get_by_label(re.compile("^剔除被拒收的")).fill("CRM 已确认为错行,随更正文件重报")
    dealer.press("剔除后入账", verb="确认入账")
    dealer.says("已入账")

    dealer.menu("客户", "异常处理")
    rows = page.locator("form[data-select] tbody tr")
    assert rows.count() == _kinds_of_rows("exceptions")
    dealer.picture("exceptions")
    dealer.check()
    unknown = rows.filter(has_text="客户经理不存在").first
    unknown.get_by_role("checkbox").check()
    page.get_by_label("处理方式").select_option(label="按原客户经理计")
    page.get_by_label(re.compile("^原因")).fill("CRM 工号录错")
    dealer.press("处理所选", verb="处理")
    dealer.says("已处理 1 行")
    assert rows.count() == _kinds_of_rows("exceptions") - 1

    dealer.menu("客户", "月度导入")
    page.get_by_role("link", name="导入月度数据").click()
    _upload(dealer, "客户月度业务明细_2026-10.csv", "产品销售明细_2026-10.xlsx")
    expect(page.locator("main")).to_contain_text("4,487")
    expect(page.locator("#list .tabs").get_by_text("拒收")).to_have_count(0)
    dealer.shot("precheck-clean")
    dealer.press("确认入账", verb="确认入账")
    dealer.says("已入账")


def _kinds_of_rows(kind: str) -> int:
    """How many rows of the file with mistakes are refused, or wait, by the totals that came with it."""
    totals = json.loads((DEMO / "control_totals.json").read_text())["2026-10_含异常"]
    return len(totals[kind])


def _confirm_relations(dealer: Visitor) -> None:
    dealer.menu("客户", "确认单")
    dealer.page.get_by_role("button", name=re.compile(r"^确认全部 [\d,]+ 户")).first.click()
    dealer.confirm("全部确认")
    dealer.says("已确认客户关系")
    dealer.menu("客户", "异常处理")
    expect(dealer.page.locator("#list")).to_contain_text("没有待处理的客户异常")


def _lock_and_feed(finance: Visitor) -> None:
    page = finance.page
    assert finance.todo("2026年10月业务数据待复核") == 1
    page.get_by_role("link", name="2026年10月业务数据待复核").click()
    expect(page.locator("tfoot")).to_contain_text("1,325,361.77")
    finance.picture("review-and-lock")
    finance.check()
    finance.press("复核锁定", verb="复核锁定")
    finance.says("已复核锁定")
    finance.shot("locked")

    finance.menu("薪酬与考核", "核算输入")
    page.get_by_role("link", name="导入核算输入").click()
    page.locator("form[enctype] input[name=month]").fill("2026-10")
    _upload(finance, "核算输入_2026-10.xlsx")
    finance.picture("inputs-precheck")
    finance.press("确认导入", verb="确认导入")
    finance.says("已导入2026年10月核算输入 36 人")


def _compute(finance: Visitor) -> None:
    page = finance.page
    finance.open(BOARD)
    finance.picture("month-board")
    finance.check()
    finance.press("计算2026年10月薪酬")
    # The work goes on in another process; the page asks for its progress and shows the result by itself.
    expect(page.locator(".job").or_(page.get_by_role("heading", name="薪酬明细(元)")).first).to_be_visible()
    finance.picture("computing")
    expect(page.get_by_role("heading", name="薪酬明细(元)")).to_be_visible(timeout=120_000)
    expect(page.locator("tfoot")).to_contain_text("合计 36 人")
    finance.picture("run", at=".frozen")
    finance.check()


def _read_why(finance: Visitor) -> None:
    page = finance.page
    page.locator(".frozen").get_by_role("link", name="陆晨伟").click()
    expect(page.get_by_role("heading", name="每个数的由来")).to_be_visible()
    expect(page.locator("main")).to_contain_text("31,409.60")
    finance.picture("why")
    finance.check()
    row = page.locator("tr").filter(has_text="净佣金").first
    row.get_by_role("link", name="逐户明细").click()
    expect(page.get_by_role("heading", name="净佣金收入由这些行组成")).to_be_visible()
    finance.check()
    page.go_back()
    page.get_by_role("link", name=re.compile("^XC-0755FT-2026-10")).first.click()


def _sign(visit: Callable[..., Visitor], world: World, staff_no: str, *, size: dict[str, int] | None = None) -> None:
    """From the own 工作台: the to-do is there, the document is read, signed with the password, and the to-do is gone."""
    signer = visit(world, staff_no, size=size) if size else visit(world, staff_no)
    waiting = signer.todo("待我审批")
    assert waiting >= 1
    signer.picture(f"workbench-{staff_no}")
    signer.page.locator(".todo-list a").filter(has_text="待我审批").first.click()
    signer.page.get_by_role("link", name=REPORT).click()
    expect(signer.page.locator("main")).to_contain_text("368,769.88")
    signer.check()
    signer.picture(f"approval-{staff_no}")
    signer.page.get_by_role("button", name="已核对,无误").click()
    signer.page.get_by_label("登录密码").fill(PASSWORD)
    signer.picture(f"signing-{staff_no}", at="#id_password")
    signer.press("同意")
    signer.says("已签署")
    assert signer.todo("待我审批") == waiting - 1
    signer.close()


def _compare(book: Path) -> None:
    """Every figure of every person, to the 分."""
    sheet = load_workbook(book, data_only=True)["核算明细"]
    lines = list(sheet.iter_rows(values_only=True))
    head = next(index for index, line in enumerate(lines) if line[0] == "工号")
    names = lines[head]
    got = {str(line[0]): dict(zip(names, line, strict=True)) for line in lines[head + 1 :] if str(line[0]).isdigit()}
    with (DEMO / "expected_2026-10.csv").open(encoding="utf-8-sig") as file:
        expected = {line["工号"]: line for line in csv.DictReader(file)}
    assert set(got) == set(expected)
    wrong = [
        f"{staff_no} {name}: {got[staff_no][name]} is not {figure}"
        for staff_no, line in expected.items()
        for name, figure in line.items()
        if name not in ("工号", "姓名") and Decimal(str(got[staff_no][name])).quantize(Decimal("0.0001")) != Decimal(figure)
    ]
    assert not wrong, "\n".join(wrong)


def _issue_and_file(finance: Visitor) -> None:
    page = finance.page
    finance.open("/payroll/runs/")
    page.get_by_role("link", name=re.compile("XC-0755FT-2026-10")).first.click()
    _compare(finance.download("导出 xlsx"))
    page.get_by_role("link", name="打印").click()
    for name in ("邓杰", "武兰晨", "曾艳"):
        expect(page.locator("body")).to_contain_text(name)
    expect(page.locator("body")).to_contain_text("叁拾陆万捌仟柒佰陆拾玖元捌角捌分")
    finance.shot("paper")
    pages = page.pdf(prefer_css_page_size=True)
    (finance.shots / "paper.pdf").write_bytes(pages)
    assert pages.count(b"/Type /Page\n") + pages.count(b"/Type /Page ") + pages.count(b"/Type /Page/") >= 3
    page.go_back()
    page.get_by_label("发放日期").fill("2026-11-10")
    finance.press("登记发放", verb="登记发放")
    finance.says("已登记发放")
    finance.press("报送备案", verb="报送备案")
    finance.says("已报送经纪业务综合室")
    finance.shot("filed")


def _receive(office: Visitor) -> None:
    assert office.todo("待接收的备案件") == 1
    office.page.get_by_role("link", name="待接收的备案件").click()
    office.page.get_by_role("link", name=REPORT).click()
    office.check()
    office.press("接收并编号")
    office.says("备案号 综备〔")
    office.picture("received")


def test_october_is_closed_by_five_people(demo: World, run_world: Callable[..., World], visit: Callable[..., Visitor]) -> None:
    world = run_world(demo, worker=True)
    dealer = visit(world, "600001")
    dealer.picture("workbench")
    _import_clients(dealer)
    _confirm_relations(dealer)
    dealer.close()

    finance = visit(world, "600002")
    _lock_and_feed(finance)
    _compute(finance)
    _read_why(finance)
    finance.press("送审", verb="送审")
    finance.says("已送审")

    _sign(visit, world, "600003")
    _sign(visit, world, "600004", size=PHONE)
    _sign(visit, world, "600005")

    _issue_and_file(finance)
    _receive(visit(world, "100001"))
    finance.open("/payroll/runs/")
    expect(finance.page.locator("main")).to_contain_text("已备案")


def test_a_report_goes_back_and_comes_again(
    sent_up: World, run_world: Callable[..., World], visit: Callable[..., Visitor]
) -> None:
    """主办会计 on a phone sends it back with an opinion; finance mends and resubmits; the first round stays to be read."""
    world = run_world(sent_up)
    signer = visit(world, "600003", size=PHONE)
    signer.page.locator(".todo-list a").filter(has_text="待我审批").first.click()
    signer.page.get_by_role("link", name=REPORT).click()
    signer.check()
    signer.page.get_by_label("登录密码").fill(PASSWORD)
    signer.page.get_by_role("button", name="退回").click()
    assert not signer.page.get_by_label("意见", exact=True).evaluate("box => box.reportValidity() && box.value.length > 0")
    signer.page.get_by_label("意见", exact=True).fill("江洋的目标净佣金请再核对")
    signer.page.get_by_label("登录密码").fill(PASSWORD)
    signer.shot("approval-return")
    signer.press("退回")
    signer.says("已退回")
    signer.close()

    finance = visit(world, "600002")
    finance.open("/payroll/runs/")
    finance.shot("runs-returned")
    finance.open(BOARD)
    finance.page.get_by_role("link", name="薪酬月报", exact=True).last.click()
    finance.press("重新计算" if finance.page.get_by_role("button", name="重新计算").count() else "计算")
    if finance.page.get_by_role("dialog").count():
        finance.confirm("重新计算")
    expect(finance.page.get_by_role("heading", name="薪酬明细(元)")).to_be_visible(timeout=60_000)
    finance.press("送审", verb="送审")
    finance.says("已送审")
    finance.page.get_by_role("link", name=re.compile(r"^审批 SP-")).click()
    expect(finance.page.locator("main")).to_contain_text("第 2 轮")
    expect(finance.page.locator("main")).to_contain_text("江洋的目标净佣金请再核对")
    finance.shot("second-round")
    finance.check()
