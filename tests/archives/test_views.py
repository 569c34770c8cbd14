"""The archive's pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from archives import register
from archives.actions import submit_filing
from archives.models import Filing
from archives.register import FilingKind
from branch.exports import actions as exports
from branch.files.actions import keep
from branch.org.models import Department
from branch.people.models import Person
from kernel.months import Month
from kernel.refusals import Forbidden
from tests.factories.branch import give_role, make_branch, make_person

pytestmark = pytest.mark.django_db


def _pay_only(person: Person, filing: Filing) -> None:
    if person.staff_no == "600001":
        raise Forbidden("您没有权限查看这份文件")


@pytest.fixture(autouse=True)
def _kind() -> Iterator[None]:
    register.register(FilingKind("sample", "样本", _pay_only, lambda filing, by: None, lambda filing: ""))
    yield
    register._kinds.pop("sample")


@pytest.fixture
def people() -> dict[str, Person]:
    branch = make_branch()
    roles = {"600001": "trade_admin", "600002": "branch_finance"}
    found = {no: make_person(no, f"人员{no}") for no in roles}
    for no, role in roles.items():
        give_role(found[no], role, branch=branch)
    found["100001"] = make_person("100001", "宋雅琴")
    give_role(found["100001"], "brokerage_office", department=Department.objects.create(code="brokerage", name="经纪业务综合室"))
    return found


def filed(by: Person, title: str = "十月薪酬月报表") -> Filing:
    file = keep(b"content", name="月报.xlsx", content_type="x", by=by)
    return submit_filing(kind="sample", title=title, branch=make_branch(), month=Month(2026, 10), file=file, keep_years=30, by=by)


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_list_filters(people: dict[str, Person]) -> None:
    filed(people["600002"], "甲表")
    filed(people["600002"], "乙表")
    client = browser(people["600002"])
    page = client.get(reverse("archives:filing-list"), {"q": "甲"}).content.decode()
    assert "甲表" in page
    assert "乙表" not in page
    assert "甲表" in client.get(reverse("archives:filing-list"), {"month": "2026-10", "state": "waiting"}).content.decode()
    assert "没有符合条件" in client.get(reverse("archives:filing-list"), {"month": "2026-09"}).content.decode()


def test_the_office_receives_on_the_page(people: dict[str, Person]) -> None:
    filing = filed(people["600002"])
    address = reverse("archives:filing-detail", args=[filing.pk])
    assert "接收并编号" not in browser(people["600002"]).get(address).content.decode()
    office = browser(people["100001"])
    assert "接收并编号" in office.get(address).content.decode()
    office.post(address, {"number": "", "location": "3 号柜"})
    filing.refresh_from_db()
    assert (filing.state, filing.location) == ("filed", "3 号柜")


def test_the_record_is_seen_where_the_document_is_not(people: dict[str, Person]) -> None:
    filing = filed(people["600002"])
    trade = browser(people["600001"])
    page = trade.get(reverse("archives:filing-detail", args=[filing.pk])).content.decode()
    assert "下载文件" not in page
    assert trade.get(reverse("archives:filing-file", args=[filing.pk])).status_code == 403
    answer = browser(people["600002"]).get(reverse("archives:filing-file", args=[filing.pk]))
    assert answer.content == b"content"
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_foreign_filing_is_404(people: dict[str, Person]) -> None:
    filing = filed(people["600002"])
    stranger = make_person("700002", "外部财务")
    give_role(stranger, "branch_finance", branch=make_branch("0010BJ", "北京营业部"))
    for name in ("filing-detail", "filing-file"):
        assert browser(stranger).get(reverse(f"archives:{name}", args=[filing.pk])).status_code == 404


def test_statements_of_the_list_do_not_grow(people: dict[str, Person]) -> None:
    client = browser(people["600002"])
    counts = []
    for wanted in (1, 3):
        while Filing.objects.count() < wanted:
            filed(people["600002"], f"第 {Filing.objects.count()} 份")
        client.get(reverse("archives:filing-list"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("archives:filing-list"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


def test_the_list_is_taken_as_filtered(people: dict[str, Person]) -> None:
    filed(people["600002"], "甲表")
    filed(people["600002"], "乙表")
    for query, rows in (("", 2), ("q=甲", 1), ("month=2026-09", 0)):
        export = exports.ask(kind="filings", query=QueryDict(query), by=people["100001"])
        assert export.rows == rows
