"""The company's page: what each role sees and may press, how it moves, and a small number of statements."""

from __future__ import annotations

import io
import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from branch.exports.actions import ask as take
from branch.exports.actions import download
from branch.jobs.models import Job
from branch.notices.models import Notice
from branch.people.models import Person
from kernel.refusals import Forbidden
from payroll.close import actions, forms, queries
from payroll.close.models import CompanyClose
from payroll.runs.board import board_of
from payroll.runs.models import PayRun
from tests.factories.close import committed
from tests.factories.company import AUGUST, Office, company_of

PAGE = reverse("payroll:company-close") + "?month=2026-08"


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(response: object) -> str:
    return re.sub(r"\s+", " ", response.content.decode())  # type: ignore[attr-defined]


def press(office: Office, act: str, **values: str) -> object:
    with committed():
        return browser(office.starter).post(reverse(f"payroll:company-close-{act}"), {"month": "2026-08"} | values, follow=True)


def test_the_page_shows_before_anything_was_started(office: Office) -> None:
    page = text(browser(office.starter).get(PAGE))
    assert "还没有发起过" in page
    assert "已核算 0 / 4 家" in page
    assert "未导入、缺核算输入" in page
    assert "发起月结" in page
    assert "company/part/" not in page  # nothing moves


def test_whoever_only_looks_gets_no_buttons(office: Office) -> None:
    page = text(browser(office.finance).get(PAGE))
    assert "发起月结" not in page
    assert "提醒" not in page
    assert "导出" in page


def test_starting_by_the_page_shows_what_came_of_it(office: Office) -> None:
    assert "已发起2026年8月公司月结" in text(press(office, "start"))
    page = text(browser(office.starter).get(PAGE))
    assert "已核算 3 / 4 家" in page
    assert "合计与各营业部之和一致" in page
    assert "再次发起" in page
    assert "第 1 次" not in page
    assert "2026年8月核算输入还没有导入" in page  # every sentence of what the fourth branch lacks is at hand


def test_the_part_moves_while_the_close_runs_and_then_asks_for_the_page(office: Office) -> None:
    actions.start(month=AUGUST, by=office.starter)
    client = browser(office.starter)
    assert 'company/part/?month=2026-08" hx-trigger="every 4s"' in text(client.get(PAGE))
    part = reverse("payroll:company-close-part") + "?month=2026-08&step=compute"
    answer = client.get(part)
    assert "4 家排队" in text(answer)
    assert "HX-Refresh" not in answer
    assert "step=compute" in text(answer)
    CompanyClose.objects.update(state="ended")
    assert client.get(part)["HX-Refresh"] == "true"


def test_cancelling_by_the_page(office: Office) -> None:
    actions.start(month=AUGUST, by=office.starter)
    assert "已取消2026年8月公司月结" in text(press(office, "cancel"))
    assert set(Job.objects.filter(kind=actions.JOB).values_list("state", flat=True)) == {"cancelled"}
    assert "不能取消" in text(press(office, "cancel"))


def test_reminding_one_branch_and_all(office: Office) -> None:
    assert "已提醒 1 家营业部的财务" in text(press(office, "remind", branch="B004"))
    assert "已提醒 3 家营业部的财务;1 家今天已提醒过" in text(press(office, "remind"))
    assert "今天已提醒过" in text(press(office, "remind", branch="B004"))
    assert Notice.objects.filter(key__startswith="close.remind").count() == 4


def test_filters_stand_in_the_address(office: Office) -> None:
    client = browser(office.starter)
    page = client.get(PAGE + "&q=第2&late=1")
    assert [line.branch.code for line in page.context["page"]] == ["B002"]
    assert "/exports/new/company-close/?format=csv&amp;month=2026-08&amp;q=%E7%AC%AC2&amp;late=1" in text(page)
    taken = client.post("/exports/new/company-close/?format=csv&month=2026-08&q=第2&late=1", follow=True)
    assert [line.split(",")[0] for line in taken.content.decode("utf-8-sig").splitlines()[:2]] == ["代码", "B002"]
    assert "没有符合条件的营业部" in text(client.get(PAGE + "&q=nowhere"))
    assert client.get(PAGE + "&step=nonsense").status_code == 404


def test_a_month_without_branches_says_what_to_do(office: Office) -> None:
    page = text(browser(office.starter).get(reverse("payroll:company-close") + "?month=2020-01"))
    assert "这个月没有要月结的营业部" in page


def test_the_export_is_what_the_filter_shows_and_is_logged(office: Office) -> None:
    with committed():
        actions.start(month=AUGUST, by=office.starter)
    made = take(kind="company-close", query=QueryDict("month=2026-08&step=send&sort=-people"), by=office.finance)
    sheet = load_workbook(io.BytesIO(download(export_id=made.pk, by=office.finance)[0])).active
    assert sheet is not None
    rows = [row for row in sheet.iter_rows(values_only=True) if str(row[0]).startswith("B0")]
    assert [row[:4] for row in rows] == [(f"B00{at}", f"第{at}营业部", "待送审", "待送审") for at in (1, 2, 3)]
    close = CompanyClose.objects.get()
    shown = next(row for row in rows if row[0] == "B001")
    run = PayRun.objects.get(branch=office["B001"], month=AUGUST)
    assert shown[9] == pytest.approx(float(run.net_total))
    assert [row[9] for row in rows if row[0] != "B001"] == [None, None]  # two people each: their sum would tell their pay
    assert close.net_total > run.net_total
    assert made.rows == 3
    with pytest.raises(Forbidden):
        take(kind="company-close", query=QueryDict("month=2026-08"), by=office.finance_of["B001"])


def foot(page: str) -> list[str]:
    """The words and amounts below the list, row by row."""
    rows = page.split("<tfoot>", 1)[1].split("</tfoot>", 1)[0].split("<tr")[1:]
    return [" ".join(re.sub(r"<[^>]*>", " ", "<tr" + row).split()) for row in rows]


def amounts(sums: queries.Sums) -> str:
    return f"{sums.gross:,.2f} {sums.iit:,.2f} {sums.net:,.2f}"


def test_below_the_list_stands_what_the_company_comes_to_small_branches_and_all(office: Office) -> None:
    with committed():
        actions.start(month=AUGUST, by=office.starter)
    client, board = browser(office.starter), queries.board(AUGUST)
    small = queries.summed(board, board.lines).together
    assert small is not None
    assert foot(text(client.get(PAGE))) == [
        f"人数较少、不单列的 2 家(合并) {amounts(small)}",
        f"合计 {amounts(board.totals.company)}",
    ]
    narrowed = client.get(PAGE + "&q=第2")
    assert foot(text(narrowed)) == [f"合计(不含人数较少、不单列的 1 家) {amounts(queries.Sums())}"]
    run = PayRun.objects.get(branch=office["B002"])
    assert f"{run.net_total:,.2f}" not in text(narrowed)


def test_the_files_total_is_the_pages(office: Office) -> None:
    with committed():
        actions.start(month=AUGUST, by=office.starter)
    whole, narrowed = taken(office, "month=2026-08"), taken(office, "month=2026-08&q=第2")
    company = queries.board(AUGUST).totals.company
    sums = [pytest.approx(float(one)) for one in (company.gross, company.iit, company.net)]
    total = next(row for row in whole if row[0] == "合计")
    assert total[6:] == (company.headcount, *sums)
    assert [row[1] for row in whole if row[0] is None and row[1]] == ["人数较少的 2 家(合并)"]
    assert any("合计不含人数较少、不单列的 1 家" in str(row[0]) for row in narrowed)
    run = PayRun.objects.get(branch=office["B002"])
    assert float(run.net_total) not in [cell for row in narrowed for cell in row]


def taken(office: Office, query: str) -> list[tuple[object, ...]]:
    made = take(kind="company-close", query=QueryDict(query), by=office.finance)
    sheet = load_workbook(io.BytesIO(download(export_id=made.pk, by=office.finance)[0])).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))


def test_the_head_office_reads_a_branchs_board_without_its_doors(office: Office) -> None:
    page = browser(office.finance).get(reverse("payroll:month-board") + "?branch=B004&month=2026-08")
    assert page.status_code == 200
    assert [step.url for step in page.context["steps"]] == [""] * 12
    assert "下一步:" not in text(page)


@pytest.mark.django_db
def test_so_few_people_are_paid_that_no_sum_is_told() -> None:
    """One branch of two reckoned: neither its board nor the company's page, API or command says what they are paid."""
    office = company_of([2, 3], ready=[0])
    with committed():
        actions.start(month=AUGUST, by=office.starter)
    run = PayRun.objects.get()
    reader = browser(office.finance)
    board = text(reader.get(reverse("payroll:month-board") + "?branch=B001&month=2026-08"))
    assert "第 1 版,2 人" in board
    company = text(reader.get(PAGE))
    assert "发薪人数太少" in company
    answer = reader.get("/api/v1/close/company/?month=2026-08")
    assert answer.json()["sums"] is None
    out = io.StringIO()
    call_command("close_company", "--month", "2026-08", "--as", "100002", stdout=out, stderr=out)
    assert "人数太少,不列合计" in out.getvalue()
    for said in (board, company, text(answer), out.getvalue()):
        for amount in (run.net_total, run.gross_total):
            assert f"{amount:,.2f}" not in said
            assert f"{amount:.2f}" not in said


def test_whoever_sees_the_branchs_pay_reads_the_sum_on_its_board(office: Office) -> None:
    with committed():
        actions.start(month=AUGUST, by=office.starter)
    run = PayRun.objects.get(branch=office["B002"])
    steps = board_of(office["B002"], AUGUST, run, pay=True)
    assert f"实发 {run.net_total:,.2f} 元" in next(step.words for step in steps if step.name == "计算")


def test_tile_and_todo_of_the_workbench(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payroll.close.workbench.last_month", lambda: AUGUST)
    with committed():
        actions.start(month=AUGUST, by=office.starter)
    mine, theirs = text(browser(office.starter).get("/")), text(browser(office.finance).get("/"))
    for page in (mine, theirs):
        assert "2026年8月公司月结" in page
        assert "3/4" in page
        assert "已核算;1 家未就绪" in page
    assert "2026年8月月结还未核算的营业部" in mine
    assert "2026年8月月结还未核算的营业部" not in theirs


def test_the_month_that_ended_last_is_shown_unasked() -> None:
    form = forms.CloseFilter({})
    assert form.is_valid()
    assert form.cleaned_data["month"] == forms.last_month()


@pytest.mark.django_db
def test_thirty_branches_take_as_many_statements_as_three() -> None:
    counts = []
    office = company_of([1] * 30, ready=range(30))
    client = browser(office.starter)
    with committed():
        actions.start(month=AUGUST, by=office.starter)
    for query in ("&q=B00", ""):
        with CaptureQueriesContext(connection) as asked:
            page = client.get(PAGE + query)
        counts.append((len(page.context["page"]), len(asked)))
    assert counts[0][0] == 9
    assert counts[1][0] == 30
    assert counts[0][1] == counts[1][1] <= 15, counts
