"""The file of a paper, taking a version back on its way, the API and the list to take away."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from branch.exports.models import Export
from branch.people.models import Person
from kernel.refusals import Refusal
from teams.plans.rulebooks import actions, queries, signing
from teams.plans.rulebooks.models import RuleDocument
from tests.factories.branch import People
from tests.factories.marketing import LEADER, MANAGER, first_team, plan_world
from tests.teams.plans.rulebooks.test_actions import approve, drafted, refused, sign

PDF, OTHER = b"%PDF-1.7 a", b"%PDF-1.7 b"
pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> tuple[People, dict[str, Person]]:
    return plan_world()


def as_(person: Person) -> Client:
    browser = Client()
    browser.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return browser


def attached(row: RuleDocument, by: Person, content: bytes = PDF, name: str = "细则.pdf") -> RuleDocument:
    return actions.attach_file(document_id=row.pk, content=content, name=name, by=by)


def test_the_signature_covers_the_file_and_a_change_of_it_is_told(world: Any) -> None:
    people, office = world
    row = attached(drafted(people), people[LEADER])
    before = row.content
    assert before["file"] == "细则.pdf"
    actions.send_up(document_id=row.pk, by=people[LEADER])
    refused("fixed", attached, row, people[LEADER], OTHER)
    sign(row, people[MANAGER])
    sign(row, office["office"], "return", "请换附件")
    row = attached(RuleDocument.objects.get(pk=row.pk), people[LEADER], OTHER)
    assert [one.label for one in signing.differences(before, row.content)] == ["附件校验值"]
    with pytest.raises(Refusal, match="不是其中之一"):
        attached(row, people[LEADER], b"MZ", "x.exe")


def test_a_document_without_a_file_is_signed_as_before(world: Any) -> None:
    people, _ = world
    assert set(drafted(people).content) == {"kind", "whose", "text", "effective_from", "effective_to"}


def test_a_signer_who_does_not_see_the_list_reads_the_file_and_a_stranger_does_not(world: Any) -> None:
    people, office = world
    row = attached(drafted(people), people[LEADER])
    refused("refused", queries.with_file_for, office["legal"], row.pk)
    actions.send_up(document_id=row.pk, by=people[LEADER])
    sign(row, people[MANAGER])
    sign(row, office["office"])
    sign(row, office["channel"], opinion="请法律部会签", chosen={"countersign": ["department:legal"]})
    assert as_(office["legal"]).get(f"/plans/rules/{row.pk}/file/").content == PDF
    assert as_(office["risk"]).get(f"/plans/rules/{row.pk}/file/").status_code == 404
    assert as_(people["600103"]).get(f"/plans/rules/{row.pk}/file/").status_code == 404


def test_an_approved_paper_takes_a_scan_once_and_only_from_the_office(world: Any) -> None:
    people, office = world
    row = approve(drafted(people), people, office)
    refused("forbidden", attached, row, people[LEADER])
    assert attached(row, office["office"]).file is not None
    refused("fixed", attached, row, office["office"], OTHER)


def test_a_version_on_its_way_is_taken_back_on_its_page(world: Any) -> None:
    people, _ = world
    row = drafted(people)
    browser, page = as_(people[LEADER]), f"/plans/rules/{row.pk}/"
    assert "撤回原因" not in browser.get(page).content.decode()
    assert browser.post(f"{page}withdraw/", {"reason": "x"}).status_code == 409
    actions.send_up(document_id=row.pk, by=people[LEADER])
    assert "撤回原因" in browser.get(page).content.decode()
    assert browser.post(f"{page}withdraw/", {"reason": "写错了"}).status_code == 302
    assert RuleDocument.objects.get(pk=row.pk).state == "draft"
    file = SimpleUploadedFile("细则.pdf", PDF, content_type="application/pdf")
    assert browser.post(f"{page}attach/", {"file": file}).status_code == 302
    assert "细则.pdf" in browser.get(page).content.decode()


def test_the_api_drafts_changes_sends_registers_and_lists(world: Any) -> None:
    people, office = world
    leader, clerk = as_(people[LEADER]), as_(office["office"])

    def sent(browser: Client, address: str, **body: Any) -> Any:
        return browser.post(f"/api/v1/plans/rules/{address}", json.dumps(body), content_type="application/json")

    place = {"branch": people.branch.code, "kind": "management"}
    made = sent(leader, "", **place, team=first_team().pk, text="第一条", effective_from="2026-06-01")
    assert made.status_code == 201, made.content
    row = made.json()
    changed = sent(leader, f"{row['id']}/", text="第一条 改", effective_from="2026-06-01", seen=row["seen"])
    assert changed.json()["text"] == "第一条 改"
    assert sent(leader, f"{row['id']}/", text="x", effective_from="2026-06-01", seen=row["seen"]).status_code == 409
    assert sent(leader, f"{row['id']}/send/").json()["state"] == "approving"
    assert sent(leader, f"{row['id']}/withdraw/", reason="改").json()["state"] == "draft"
    paper = sent(clerk, "register/", **place, paper_no="深营营销〔2025〕3号", effective_from="2026-01-01")
    assert (paper.status_code, paper.json()["state"]) == (201, "registered"), paper.content
    assert sent(as_(people[MANAGER]), f"{paper.json()['id']}/check/").json()["state"] == "approved"
    assert len(clerk.get("/api/v1/plans/rules/").json()["items"]) == 2
    clerk.post("/exports/new/rule-documents/")
    assert Export.objects.get().rows == 2
