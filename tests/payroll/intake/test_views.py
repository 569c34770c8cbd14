"""The intake's pages: three steps in the browser, two persons, nobody else's month, and as many queries for many as for few."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from branch.audit.models import AuditRow
from branch.exports.models import Export
from branch.workbench.register import menu_for, todos_for
from payroll.intake import states
from payroll.intake.actions import import_inputs, propose_opening
from payroll.intake.models import InputSheet, MonthlyInput, OpeningSet
from tests.factories.branch import People, give_role, make_branch, make_person
from tests.factories.payroll import OPENING, cell, changed_inputs, changed_opening, demo_bytes, inputs_name, without

SignIn = Callable[[str], Client]
OCTOBER = inputs_name("2026-10")
MOST = 22  # of which the shell around the page takes some ten


def upload(name: str, content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or demo_bytes(name))


def send_inputs(client: Client, content: bytes | None = None, **more: str) -> Any:
    data = {"branch": "0755FT", "month": "2026-10", "file": upload(OCTOBER, content), **more}
    return client.post(reverse("payroll:input-import"), data, follow=True)


def text(response: Any) -> str:
    return response.content.decode()


def test_a_month_comes_in_by_three_steps(signed_in: SignIn) -> None:
    finance = signed_in("600002")
    assert "上传预检" in text(finance.get(reverse("payroll:input-import")))
    page = send_inputs(finance)
    assert "确认导入" in text(page)
    sheet = InputSheet.objects.get()
    assert not MonthlyInput.objects.exists()
    page = finance.post(reverse("payroll:input-book", args=[sheet.pk]), follow=True)
    assert "已导入2026年10月核算输入 36 人" in text(page)
    assert "陆晨伟" in text(page)
    assert "163,000.00" in text(page)
    again = send_inputs(finance)
    assert "内容与已导入的完全一致" in text(again)


def test_what_a_file_changes_is_written_as_the_list_writes_it(people: People, signed_in: SignIn) -> None:
    import_inputs(content=demo_bytes(OCTOBER), name=OCTOBER, branch=people.branch, by=people["600002"])

    def change(rows: list[list[Any]]) -> None:
        cell(rows, "600101", "其他补贴", "-7531.25")
        cell(rows, "600101", "职责分", "88.5")
        cell(rows, "600101", "目标净佣金", None)
        without(rows, "600151")

    page = text(send_inputs(signed_in("600002"), changed_inputs("2026-10", change)))
    lines = re.findall(r'data-label="列">([^<]*)</td><td data-label="原来">([^<]*)</td><td data-label="现在">([^<]*)</td>', page)
    assert {column: (old, new) for column, old, new in lines} == {
        "目标净佣金": ("163,000.00", "空"),
        "职责分": ("92", "88.5"),
        "其他补贴": ("200.00", "-7,531.25"),
        "整行": ("原有", "删除"),
    }
    kept = InputSheet.objects.get(state=states.CHECKED).changes
    assert ("其他补贴", "-7531.25") in [(one["column"], one["new"]) for one in kept]  # a program reads money as everywhere


def test_mistakes_are_listed_and_given_back_in_the_same_sheet(signed_in: SignIn) -> None:
    finance = signed_in("600002")
    content = changed_inputs("2026-10", lambda rows: cell(rows, "600102", "职责分", "优"))
    page = text(send_inputs(finance, content))
    assert "整份没有导入" in page
    assert "不是数字" in page
    assert "确认导入" not in page
    sheet = InputSheet.objects.get()
    file = finance.get(reverse("payroll:input-errors", args=[sheet.pk]))
    rows = list(load_workbook(io.BytesIO(file.content)).worksheets[0].iter_rows(values_only=True))
    assert rows[0][-1] == "错误原因"
    assert "不是数字" in str(rows[2][-1])
    refused = finance.post(reverse("payroll:input-book", args=[sheet.pk]), follow=True)
    assert "整份没有导入" in text(refused)
    assert not MonthlyInput.objects.exists()


def test_who_is_missing_is_named_on_the_page_and_the_workbench(people: People, signed_in: SignIn) -> None:
    with time_machine.travel("2026-11-05 10:00:00+08:00"):
        assert "2026年10月核算输入尚未导入" in text(signed_in("600002").get(reverse("home")))
    content = changed_inputs("2026-10", lambda rows: (without(rows, "600151"), cell(rows, "600153", "增值税", None)))
    import_inputs(content=content, name=OCTOBER, branch=people.branch, by=people["600002"])
    page = text(signed_in("600002").get(reverse("payroll:input-list"), {"month": "2026-10"}))
    assert "杨曦杰(600151):没有核算输入" in page
    assert "覃明(600153):缺 增值税" in page
    with time_machine.travel("2026-11-05 10:00:00+08:00"):
        assert "2026年10月核算输入不全的人员" in text(signed_in("600002").get(reverse("home")))


def test_the_template_lists_everybody_of_the_month(signed_in: SignIn) -> None:
    file = signed_in("600002").get(reverse("payroll:input-template"), {"branch": "0755FT", "month": "2026-10"})
    rows = list(load_workbook(io.BytesIO(file.content)).worksheets[0].iter_rows(values_only=True))
    listed = {row[0]: row for row in rows if row[0] and str(row[0]).startswith("6001")}
    assert len(listed) == 36
    assert float(listed["600101"][2]) == 18
    assert listed["600153"][2] in (None, "")


def test_a_filled_template_comes_back_in(people: People, signed_in: SignIn) -> None:
    finance = signed_in("600002")
    file = finance.get(reverse("payroll:input-template"), {"branch": "0755FT", "month": "2026-10"})
    page = text(send_inputs(finance, file.content))
    assert "没有填写" in page
    assert InputSheet.objects.get().refused == []


@pytest.mark.parametrize("staff_no", ["600001", "600006", "600101"])
def test_whom_pay_does_not_concern_the_inputs_are_shut(signed_in: SignIn, staff_no: str) -> None:
    client = signed_in(staff_no)
    assert client.get(reverse("payroll:input-list")).status_code == 403
    assert client.get(reverse("payroll:input-import")).status_code == 403


def test_a_signer_reads_and_cannot_import(people: People, signed_in: SignIn) -> None:
    import_inputs(content=demo_bytes(OCTOBER), name=OCTOBER, branch=people.branch, by=people["600002"])
    chief = signed_in("600003")
    page = text(chief.get(reverse("payroll:input-list"), {"month": "2026-10"}))
    assert "陆晨伟" in page
    assert "导入核算输入" not in page
    assert chief.get(reverse("payroll:input-import")).status_code == 403
    assert chief.post(reverse("payroll:input-book", args=[InputSheet.objects.get().pk])).status_code == 403


def test_another_branch_is_not_there(people: People, signed_in: SignIn) -> None:
    sheet = import_inputs(content=demo_bytes(OCTOBER), name=OCTOBER, branch=people.branch, by=people["600002"])
    opening = propose_opening(content=demo_bytes(OPENING), name=OPENING, branch=people.branch, by=people["600001"]).opening
    elsewhere = make_branch("0755LH", "深圳罗湖营业部")
    people.by_no["610002"] = make_person("610002", "外人")
    give_role(people["610002"], "branch_finance", branch=elsewhere)
    stranger = signed_in("610002")
    for name, pk in (("input-sheet", sheet.pk), ("input-source", sheet.pk), ("opening-detail", opening.pk)):
        assert stranger.get(reverse(f"payroll:{name}", args=[pk])).status_code == 404, name
    for name, pk in (("input-book", sheet.pk), ("input-drop", sheet.pk), ("opening-confirm", opening.pk)):
        assert stranger.post(reverse(f"payroll:{name}", args=[pk])).status_code == 404, name
    assert stranger.get(reverse("payroll:input-list"), {"branch": "0755FT"}).status_code == 404
    assert stranger.get(reverse("payroll:input-template"), {"branch": "0755FT"}).status_code == 404
    assert "深圳福田" not in text(stranger.get(reverse("payroll:opening-list")))


def test_openings_take_two_persons(people: People, signed_in: SignIn) -> None:
    data = {"branch": "0755FT", "month": "2026-08", "file": upload(OPENING)}
    trade, finance = signed_in("600001"), signed_in("600002")
    page = text(trade.post(reverse("payroll:opening-import"), data, follow=True))
    assert "下一步" in page
    assert "确认期初余额</button>" not in page
    opening = OpeningSet.objects.get()
    assert [(todo.label, todo.count) for todo in todos_for(people["600002"]) if "期初" in todo.label] == [("待确认的期初余额", 1)]
    page = text(finance.get(reverse("payroll:opening-detail", args=[opening.pk])))
    assert "确认期初余额</button>" in page
    assert "415,963.29" in page
    confirm = reverse("payroll:opening-confirm", args=[opening.pk])
    page = text(finance.post(confirm, {"seen_digest": opening.digest}, follow=True))
    assert "已确认 33 人的期初余额" in page
    opening.refresh_from_db()
    assert opening.state == states.CONFIRMED


def test_an_opening_file_with_mistakes_is_given_back(signed_in: SignIn) -> None:
    content = changed_opening(lambda sheets: cell(sheets["员工"], "600101", "累计减除费用", "35000.00"))
    trade = signed_in("600001")
    data = {"branch": "0755FT", "month": "2026-08", "file": upload(OPENING, content)}
    page = text(trade.post(reverse("payroll:opening-import"), data, follow=True))
    assert "应为 5,000 × 8 个月 = 40,000.00" in page
    opening = OpeningSet.objects.get()
    file = trade.get(reverse("payroll:opening-errors", args=[opening.pk, "employee"]))
    rows = list(load_workbook(io.BytesIO(file.content)).worksheets[0].iter_rows(values_only=True))
    assert "40,000.00" in str(rows[1][-1])
    assert trade.get(reverse("payroll:opening-errors", args=[opening.pk, "nobody"])).status_code == 404


def test_a_rejection_needs_its_reason(people: People, signed_in: SignIn) -> None:
    opening = propose_opening(content=demo_bytes(OPENING), name=OPENING, branch=people.branch, by=people["600001"]).opening
    finance = signed_in("600002")
    address = reverse("payroll:opening-reject", args=[opening.pk])
    assert "请写明退回的原因" in text(
        finance.post(address, {"reason": ""}, follow=True, headers={"referer": f"http://testserver{address}"[:-7]})
    )
    finance.post(address, {"reason": "不对"})
    opening.refresh_from_db()
    assert opening.state == states.REJECTED


def test_what_is_no_file_is_said_on_the_form(signed_in: SignIn) -> None:
    page = send_inputs(signed_in("600002"), b"%PDF-1.7")
    assert page.status_code == 200
    assert "PDF" in text(page)
    assert not InputSheet.objects.exists()
    wrong = send_inputs(signed_in("600002"), month="2026-09")
    assert "不一致" in text(wrong)


def test_the_menu_shows_what_one_may_open(people: People) -> None:
    def labels(staff_no: str) -> set[str]:
        return {item.label for item in menu_for(people[staff_no])} & {"核算输入", "期初余额", "薪酬方案"}

    assert labels("600002") == {"核算输入", "期初余额", "薪酬方案"}
    assert labels("600001") == {"期初余额"}
    assert labels("600101") == set()


def queries(client: Client, address: str, **get: str) -> int:
    """How many statements a page takes."""
    with CaptureQueriesContext(connection) as context:
        assert client.get(address, get).status_code == 200
    return len(context)


def test_a_month_takes_as_many_queries_for_three_as_for_one(people: People, signed_in: SignIn) -> None:
    chief, found = signed_in("600003"), []
    for keep in (["600101"], ["600101", "600102", "600103"]):
        content = changed_inputs("2026-10", lambda rows: without(rows, *(row[0] for row in rows[1:] if row[0] not in keep)))  # noqa: B023
        import_inputs(content=content, name=OCTOBER, branch=people.branch, by=people["600002"])
        found.append(queries(chief, reverse("payroll:input-list"), branch="0755FT", month="2026-10"))
    assert found[0] == found[1] <= MOST


def test_a_list_of_openings_takes_as_many_queries_for_three_as_for_one(people: People, signed_in: SignIn) -> None:
    chief, found = signed_in("600003"), []
    content = changed_opening(lambda sheets: cell(sheets["员工"], "600101", "累计减除费用", "1.00"))
    for more in (1, 2):
        for _ in range(more):
            propose_opening(content=content, name=OPENING, branch=people.branch, by=people["600001"])
        found.append(queries(chief, reverse("payroll:opening-list")))
    assert found[0] == found[1] <= MOST


def test_a_sheet_booked_by_a_colleague_meanwhile_is_compared_before_it_is_replaced(people: People, signed_in: SignIn) -> None:
    finance = signed_in("600002")
    page = text(send_inputs(finance, changed_inputs("2026-10", lambda rows: cell(rows, "600102", "职责分", 88))))
    seen, mine = page.split('name="seen" value="')[1].split('"')[0], InputSheet.objects.get()
    theirs = changed_inputs("2026-10", lambda rows: cell(rows, "600102", "职责分", 77))
    import_inputs(content=theirs, name=OCTOBER, branch=people.branch, by=people["600002"])
    address = reverse("payroll:input-book", args=[mine.pk])
    back = {"HTTP_REFERER": reverse("payroll:input-sheet", args=[mine.pk])}
    page = text(finance.post(address, {"seen": seen}, follow=True, **back))  # type: ignore[arg-type]
    assert "职责分:同事 杨静嘉(600002) 的是“77”,您文件里是“88”" in page
    assert MonthlyInput.objects.get(person__staff_no="600102").duty_score == 77
    seen = page.split('name="seen" value="')[1].split('"')[0]
    finance.post(address, {"seen": seen}, **back)  # type: ignore[arg-type]
    booked = MonthlyInput.objects.filter(sheet__state=states.BOOKED, person__staff_no="600102").get()
    assert booked.duty_score == 88


@pytest.mark.parametrize("way", ["/payroll/{}/", "/api/v1/{}/"])
def test_a_file_handed_in_is_taken_away_unchanged_and_on_record(people: People, signed_in: SignIn, way: str) -> None:
    sheet = import_inputs(content=demo_bytes(OCTOBER), name=OCTOBER, branch=people.branch, by=people["600002"])
    opening = propose_opening(content=demo_bytes(OPENING), name=OPENING, branch=people.branch, by=people["600001"]).opening
    inputs = f"inputs/sheets/{sheet.pk}" if "api" in way else f"inputs/{sheet.pk}"
    wanted = ((f"openings/{opening.pk}/source", OPENING, 33), (f"{inputs}/source", OCTOBER, 36))
    for place, name, rows in wanted:
        answer = signed_in("600003").get(way.format(place))
        assert (answer.status_code, answer.content) == (200, demo_bytes(name)), place
        export = Export.objects.latest("pk")
        assert (export.owner, export.rows, export.file_name) == (people["600003"], rows, name)
        made, fetched = AuditRow.objects.filter(subject_id=str(export.pk), act__startswith="export.").order_by("pk")
        assert (made.act, fetched.act, fetched.actor_id) == ("export.made", "export.download", people["600003"].pk)
        assert (fetched.details["rows"], fetched.branch_code) == (rows, "0755FT")


@pytest.mark.parametrize("way", ["/payroll/{}/", "/api/v1/{}/"])
def test_so_are_the_sheets_of_mistakes(people: People, signed_in: SignIn, way: str) -> None:
    finance = signed_in("600002")
    send_inputs(finance, changed_inputs("2026-10", lambda rows: cell(rows, "600102", "职责分", "优")))
    content = changed_opening(lambda sheets: cell(sheets["员工"], "600101", "累计减除费用", "35000.00"))
    finance.post(reverse("payroll:opening-import"), {"branch": "0755FT", "month": "2026-08", "file": upload(OPENING, content)})
    sheet, opening = InputSheet.objects.get(), OpeningSet.objects.get()
    inputs = f"inputs/sheets/{sheet.pk}" if "api" in way else f"inputs/{sheet.pk}"
    for place, rows in ((f"openings/{opening.pk}/errors/employee", 33), (f"{inputs}/errors", 36)):
        assert finance.get(way.format(place)).status_code == 200, place
        assert Export.objects.latest("pk").rows == rows
    assert AuditRow.objects.filter(act="export.download", actor_id=people["600002"].pk).count() == 2
