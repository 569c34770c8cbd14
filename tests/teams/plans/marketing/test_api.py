"""Marketing plans and agreements by the API, and what of them may be taken away."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from branch.exports.models import Export
from branch.org.models import Outlet, Team
from branch.people.models import Person
from teams.plans.marketing import actions
from teams.plans.marketing.models import CooperationAgreement, MarketingPlan
from tests.factories.branch import People
from tests.factories.marketing import LEADER, MANAGER, YEAR, approved, first_team, plan_world

BASE = "/api/v1/plans/marketing/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> tuple[People, dict[str, Person]]:
    return plan_world()


def as_(person: Person) -> Client:
    browser = Client()
    browser.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return browser


def given(**changes: Any) -> dict[str, Any]:
    months = {"accounts": ["40"] * 12, "net_income": ["120000.5"] * 12}
    budget = [{"item": "宣传用品", "amount": "20000"}]
    return {"market_analysis": "福田", "channels": "驻点", "budget": budget, "months": months, **changes}


def sent(browser: Client, address: str, body: dict[str, Any]) -> Any:
    return browser.post(address, json.dumps(body), content_type="application/json")


def test_a_plan_is_drafted_changed_and_sent_up(world: Any) -> None:
    people, _ = world
    leader = as_(people[LEADER])
    made = sent(leader, BASE, given(team=first_team().pk, year=YEAR))
    assert made.status_code == 201, made.content
    plan = made.json()
    assert plan["budget_total"] == "20000.00"
    assert (plan["months"]["net_income"][0], plan["months"]["assets"][0]) == ("120000.50", "0.00")
    changed = sent(leader, f"{BASE}{plan['id']}/", {"channels": "社区", "seen": plan["seen"]})
    assert (changed.json()["channels"], changed.json()["market_analysis"]) == ("社区", "福田")
    late = sent(leader, f"{BASE}{plan['id']}/", {"channels": "网点", "seen": plan["seen"]})
    assert late.status_code == 409, "a colleague has saved it since"
    up = sent(leader, f"{BASE}{plan['id']}/send/", {})
    assert (up.status_code, up.json()["state"]) == (200, "approving"), up.content
    assert up.json()["request"] == MarketingPlan.objects.get().approval.number  # type: ignore[union-attr]
    back = sent(leader, f"{BASE}{plan['id']}/withdraw/", {"reason": "再改"})
    assert back.json()["state"] == "draft"
    assert [row["id"] for row in leader.get(f"{BASE}?year={YEAR}").json()["items"]] == [plan["id"]]


def test_eleven_months_and_another_branchs_team_are_refused(world: Any) -> None:
    people, _ = world
    leader = as_(people[LEADER])
    short = sent(leader, BASE, given(team=first_team().pk, year=YEAR, months={"accounts": ["40"] * 11}))
    assert short.status_code == 400
    other = Team.objects.exclude(pk=first_team().pk)[0]
    assert sent(leader, BASE, given(team=other.pk, year=YEAR)).status_code == 404
    assert not MarketingPlan.objects.exists()


def test_an_agreement_is_entered_read_and_its_paper_taken(world: Any) -> None:
    people, _ = world
    outlet = Outlet.objects.create(branch=people.branch, name="福田支行")
    paper = SimpleUploadedFile("协议.pdf", b"%PDF-1.7 x", content_type="application/pdf")
    body = {"outlet": outlet.pk, "bank": "建设银行", "agreement_no": "A1", "valid_from": "2026-01-01", "valid_to": "2026-12-31"}
    browser = as_(people[LEADER])
    made = browser.post("/api/v1/plans/agreements/", body | {"file": paper})
    assert made.status_code == 201, made.content
    row = made.json()
    assert (row["file_name"], row["outlet"]["name"]) == ("协议.pdf", "福田支行")
    assert browser.get(f"/api/v1/plans/agreements/{row['id']}/file/").content == b"%PDF-1.7 x"
    changed = sent(browser, f"/api/v1/plans/agreements/{row['id']}/", {**body, "signed_on": "2026-01-02"} | {"bank": "建行"})
    assert changed.status_code == 400, "the outlet stays"
    del body["outlet"]
    changed = sent(browser, f"/api/v1/plans/agreements/{row['id']}/", {**body, "signed_on": "2026-01-02"})
    assert (changed.json()["signed_on"], changed.json()["file_name"]) == ("2026-01-02", "协议.pdf")


def test_plans_and_agreements_can_be_taken_away(world: Any) -> None:
    people, office = world
    approved(people, office)
    outlet = Outlet.objects.create(branch=people.branch, name="福田支行")
    days = {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 31)}
    actions.enter_agreement(outlet=outlet, bank="建行", agreement_no="A1", **days, by=people[LEADER])
    browser = as_(people[MANAGER])
    browser.post(f"/exports/new/marketing-plans/?year={YEAR}")
    browser.post("/exports/new/marketing-plans/?year=2020")
    browser.post("/exports/new/agreements/")
    found = [(export.kind, export.rows) for export in Export.objects.order_by("pk")]
    assert found == [("marketing-plans", 1), ("marketing-plans", 0), ("agreements", 1)]


def test_every_agreement_is_reached_page_by_page(world: Any) -> None:
    people, _ = world
    outlet = Outlet.objects.create(branch=people.branch, name="福田支行")
    CooperationAgreement.objects.bulk_create(
        CooperationAgreement(
            branch=people.branch,
            outlet=outlet,
            bank="建行",
            agreement_no=f"A{number:04d}",
            valid_from=date(2026, 1, 1),
            valid_to=date(2026, 12, 31),
            made_by=people[LEADER],
        )
        for number in range(520)
    )
    browser, address, seen = as_(people[MANAGER]), "/plans/agreements/?size=200", set()
    for _ in range(3):
        page = browser.get(address)
        seen |= {one["row"].pk for one in page.context["rows"]}
        address = f"/plans/agreements/{page.context['page'].next_query}"
    assert len(seen) == 520
    assert page.context["page"].next_query == ""
    assert "520" in browser.get("/plans/agreements/?count=1").content.decode()
