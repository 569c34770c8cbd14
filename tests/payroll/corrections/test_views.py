"""The pages of corrections as people use them, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from branch.audit.models import AuditRow
from branch.files.models import StoredFile
from branch.workbench.register import todos_for
from payroll.corrections.models import Correction, CorrectionLine
from payroll.corrections.proofs import LARGEST
from payroll.runs.models import PayRun
from tests.factories.branch import People
from tests.factories.runs import AUGUST, SEPTEMBER, paid_run, sign, three
from tests.kernel.test_file_types import office
from tests.payroll.corrections import worlds

LIST = "/payroll/corrections/"


@pytest.fixture
def at(people: People) -> Callable[[str], Client]:
    def sign_in(staff_no: str) -> Client:
        browser = Client()
        browser.force_login(people[staff_no].user)
        return browser

    return sign_in


def stored() -> tuple[int, int]:
    """How many files are kept: rows, and what lies on the disk."""
    return StoredFile.objects.count(), sum(path.is_file() for path in Path(settings.FILES_ROOT).rglob("*"))


def _line(people: People, **others: object) -> dict[str, object]:
    given = {"person": people["600103"].pk, "month": str(AUGUST), "field": "duty_score", "new": "65", "reason": "与考核表不符"}
    return given | others


def test_from_the_wish_to_the_signers_desk(people: People, at: Callable[[str], Client]) -> None:
    run = paid_run(people, AUGUST)
    finance = at("600002")
    assert "没有更正单" in finance.get(LIST).content.decode()
    answer = finance.post(f"{LIST}new/", {"run": run.pk, "reason": "职责分录错"}, follow=True)
    number = Correction.objects.get().number
    assert number in answer.content.decode()
    page = f"{LIST}{number}/"
    answer = finance.post(f"{page}lines/", _line(people), follow=True)
    assert "92.00" in answer.content.decode()
    answer = finance.post(f"{page}compute/", follow=True)
    assert "重算完成" in answer.content.decode()
    answer = finance.post(f"{page}send-up/", follow=True)
    assert "已送审" in answer.content.decode()
    approval = Correction.objects.get().approval
    assert approval is not None
    shown = at("600003").get(approval.get_absolute_url()).content.decode()
    for words in ("与考核表不符", "职责系数", "扣回", "2026年9月"):
        assert words in shown
    sign(approval, *three(people))
    shown = finance.get(page).content.decode()
    assert "待计入 2026年9月" in shown
    assert number in finance.get(f"/payroll/runs/{run.pk}/").content.decode()
    assert number in finance.get("/payroll/close/?branch=0755FT&month=2026-08").content.decode()


def test_the_payslip_says_where_the_difference_comes_from(people: People, at: Callable[[str], Client]) -> None:
    worlds.ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600102", "net_commission", "1000.00")
    worlds.approved(people, correction)
    paid_run(people, SEPTEMBER)
    slip = worlds.slip(people, "600102", SEPTEMBER)
    original = worlds.slip(people, "600102", AUGUST)
    mine = at("600102").get(f"/payroll/my/{slip.pk}/").content.decode()
    for words in (f"扣回 2026年8月({correction.number})", "待扣余额", f"/payroll/my/{original.pk}/", "以后各月再扣"):
        assert words in mine
    detail = at("600002").get(f"/payroll/slips/{slip.pk}/").content.decode()
    assert f"{LIST}{correction.number}/" in detail
    assert f"/payroll/slips/{original.pk}/" in detail
    listed = at("600002").get(LIST).content.decode()
    assert "还没有扣完的" in listed


def test_a_mistake_is_said_on_the_page_and_keeps_what_was_typed(people: People, at: Callable[[str], Client]) -> None:
    worlds.paid(people, AUGUST)
    page = f"{LIST}{worlds.opened(people).number}/"
    answer = at("600002").post(f"{page}lines/", _line(people, new="九十"))
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "应填数字" in text
    assert "九十" in text
    assert not CorrectionLine.objects.exists()


def test_a_proof_is_what_its_bytes_say_and_is_handed_out_as_a_file(people: People, at: Callable[[str], Client]) -> None:
    worlds.paid(people, AUGUST)
    page = f"{LIST}{worlds.opened(people).number}/"
    finance = at("600002")
    for content in (b"<html>", b"PK\x03\x04 any archive", office("word/document.xml"), b"%PDF-" + bytes(LARGEST)):
        wrong = SimpleUploadedFile("裁决书.pdf", content, "application/pdf")
        answer = finance.post(f"{page}lines/", _line(people, field="manual", new="500", evidence=wrong))
        assert "PDF、PNG" in answer.content.decode() or "超过 10 MB" in answer.content.decode()
        assert not CorrectionLine.objects.exists()
    right = SimpleUploadedFile("裁决书.pdf", b"%PDF-1.7 x", "text/html")
    finance.post(f"{page}lines/", _line(people, field="manual", new="500", evidence=right))
    line = CorrectionLine.objects.get()
    answer = finance.get(f"{page}lines/{line.pk}/evidence/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert finance.get(f"{page}lines/{line.pk + 1}/evidence/").status_code == 404
    finance.get(f"/api/v1/corrections/{line.correction.number}/lines/{line.pk}/evidence/")
    assert line.evidence is not None
    taken = AuditRow.objects.filter(act="correction.evidence", actor_id=people["600002"].pk)
    assert [(row.details["sha256"], row.branch_code) for row in taken] == [(line.evidence.sha256, "0755FT")] * 2


def test_a_refused_line_leaves_no_file_behind(people: People, at: Callable[[str], Client]) -> None:
    """However it is sent: by the page, with a token, by the API with and without one."""
    worlds.paid(people, AUGUST)
    number = worlds.opened(people).number
    finance, before = at("600002"), stored()
    for token in ({}, {"once": "a-token-of-mine"}):
        proof = SimpleUploadedFile("裁决书.pdf", b"%PDF-1.7 x", "application/pdf")
        answer = finance.post(f"{LIST}{number}/lines/", _line(people, new="九十", evidence=proof, **token))
        assert (answer.status_code, stored()) == (409, before)
    given = {"staff_no": "600103", "month": str(AUGUST), "field": "duty_score", "reason": "与考核表不符"}
    for header in ({}, {"Idempotency-Key": "a-key-of-mine"}):
        proof = SimpleUploadedFile("裁决书.pdf", b"%PDF-1.7 x", "application/pdf")
        address = f"/api/v1/corrections/{number}/lines/"
        answer = finance.post(address, given | {"new": "九十", "evidence": proof}, headers=header)
        assert (answer.status_code, stored()) == (409, before)
    proof = SimpleUploadedFile("裁决书.pdf", b"%PDF-1.7 x", "application/pdf")
    answer = finance.post(f"/api/v1/corrections/{number}/lines/", given | {"new": "65", "evidence": proof})
    assert answer.status_code == 200, answer.content
    assert stored() == (before[0] + 1, before[1] + 1)


def test_signers_look_and_do_not_write(people: People, at: Callable[[str], Client]) -> None:
    worlds.paid(people, AUGUST)
    page = f"{LIST}{worlds.opened(people).number}/"
    accountant = at("600003")
    shown = accountant.get(page).content.decode()
    assert "添加一项" not in shown
    assert accountant.post(f"{page}lines/", _line(people)).status_code == 403
    assert at("600103").get(page).status_code in (403, 404)


def _waiting(people: People, staff_no: str) -> list[int]:
    return [todo.count for todo in todos_for(people[staff_no]) if todo.label == "没有办完的更正单"]


def test_finance_finds_what_is_not_finished_on_the_workbench(people: People) -> None:
    worlds.paid(people, AUGUST)
    assert _waiting(people, "600002") == []
    worlds.opened(people)
    assert _waiting(people, "600002") == [1]
    assert _waiting(people, "600003") == []


def test_only_paid_months_are_offered(people: People, at: Callable[[str], Client]) -> None:
    assert "还没有已经发放的月份" in at("600002").get(f"{LIST}new/").content.decode()
    worlds.paid(people, AUGUST)
    assert PayRun.objects.get().month.label in at("600002").get(f"{LIST}new/").content.decode()
