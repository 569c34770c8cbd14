"""August's close from the CRM's files to the filed report and a payslip, by programs with tokens: to the 分 as expected."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from branch.people.models import Person
from branch.people.tokens import make_token
from tests.factories.branch import CRM
from tests.factories.close import AUGUST, committed, expected_rows, settled_branch

TRADE, FINANCE, OFFICE, MANAGER = "600001", "600002", "100001", "600103"
SIGNERS = ("600003", "600004", "600005")
BRANCH = "0755FT"


class Program:
    """A program that signs in as somebody by token."""

    def __init__(self, staff_no: str) -> None:
        person = Person.objects.get(staff_no=staff_no)
        self.token = make_token(name="测试", expires_on=timezone.localdate(), by=person, reentered=True)[1]
        self.client = Client()

    def _said(self, answer: Any) -> Any:
        assert answer.status_code < 300, answer.content.decode()
        return answer.json()

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.token}"}

    def get(self, path: str, **query: str) -> Any:
        return self._said(self.client.get(f"/api/v1/{path}", query, headers=self._headers))

    def post(self, path: str, **body: Any) -> Any:
        with committed():
            answer = self.client.post(f"/api/v1/{path}", body, content_type="application/json", headers=self._headers)
        return self._said(answer)

    def upload(self, path: str, name: str, *files: str, **fields: str) -> Any:
        sent = [SimpleUploadedFile(file, (CRM / file).read_bytes()) for file in files]
        with committed():
            answer = self.client.post(f"/api/v1/{path}", {**fields, name: sent}, headers=self._headers)
        return self._said(answer)


@pytest.mark.slow
@pytest.mark.django_db
def test_a_month_is_closed_by_programs() -> None:
    settled_branch()
    trade, finance = Program(TRADE), Program(FINANCE)
    files = ("客户月度业务明细_2026-08.csv", "产品销售明细_2026-08.xlsx")
    checked = trade.upload("imports/", "files", *files, branch=BRANCH)
    assert not checked["unchanged"]
    assert trade.post(f"imports/{checked['batch']['id']}/confirm/")["state"] == "booked"
    assert trade.post("slips/confirm/", branch=BRANCH, month="2026-08")["count"] > 0
    waiting = trade.get("exceptions/2026-08/", branch=BRANCH)
    assert (waiting["rows"], waiting["sales"], waiting["unconfirmed"]) == (0, 0, 0)
    assert finance.post("figures/2026-08/lock/", branch=BRANCH)["state"] == "locked"
    sheet = finance.upload("inputs/", "file", "核算输入_2026-08.xlsx", branch=BRANCH)
    assert sheet["refused"] == []
    assert finance.post(f"inputs/sheets/{sheet['id']}/book/")["state"] == "booked"
    run = finance.get(f"runs/{finance.post('runs/', branch=BRANCH, month='2026-08')['id']}/")["run"]
    assert run["state"] == "review", run["problems"]
    _paid_as_expected(finance, run)
    sent = finance.post(f"runs/{run['id']}/send-up/")
    for signer in SIGNERS:
        _sign(Program(signer), sent["approval"])
    issued = finance.post(f"runs/{run['id']}/issue/", issued_on="2026-09-10")
    assert issued["state"] == "issued"
    filing = finance.post(f"runs/{run['id']}/file/")["filing"]
    assert Program(OFFICE).post(f"archives/filings/{filing}/receive/")["serial_no"].startswith("综备")
    assert finance.get(f"runs/{run['id']}/")["run"]["state"] == "filed"
    _read_and_confirmed(Program(MANAGER))


def _paid_as_expected(finance: Program, run: dict[str, Any]) -> None:
    expected, cursor, seen = expected_rows(AUGUST), "", 0
    while cursor is not None:
        page = finance.get(f"runs/{run['id']}/slips/", limit="7", cursor=cursor)
        for slip in page["items"]:
            assert slip["net_pay"] == expected[slip["staff_no"]]["实发"], slip["staff_no"]
            seen += 1
        cursor = page["next"]
    assert seen == len(expected) == run["headcount"]


def _sign(signer: Program, number: str) -> None:
    waiting = signer.get("approvals/requests/", tab="waiting")["items"]
    assert [row["number"] for row in waiting] == [number]
    shown = signer.get(f"approvals/requests/{number}/")
    assert shown["asks_password"]
    signer.post(
        f"approvals/requests/{number}/decide/",
        act="agree",
        seen_digest=shown["content_digest"],
        password=settings.DEMO_PASSWORD,
    )


def _read_and_confirmed(manager: Program) -> None:
    slip = manager.get("me/pay-slips/")["items"][0]
    detail = manager.get(f"me/pay-slips/{slip['id']}/")
    assert {line["label"] for line in detail["lines"]} >= {"底薪", "提成", "个税"}
    assert manager.post(f"me/pay-slips/{slip['id']}/confirm/")["confirmed_at"] is not None
