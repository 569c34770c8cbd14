"""The pages: a plan written, sent up and taken back in a browser's way; two editors; the paper; agreements with their file."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from branch.org.models import Branch, Outlet, Team
from branch.people.models import Person
from teams.plans.marketing.models import CooperationAgreement, MarketingPlan
from tests.factories.branch import People
from tests.factories.marketing import LEADER, MANAGER, YEAR, approved, drafted, first_team, plan_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> tuple[People, dict[str, Person]]:
    return plan_world()


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def seen_in(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"', 1)[0]


def typed(**changes: Any) -> dict[str, Any]:
    grid = {f"accounts_{number}": "1,200" for number in range(1, 13)}
    texts = {"market_analysis": "银行网点人流下降", "channels": "驻点"}
    return {"lines": "5", "item_0": "宣传用品", "amount_0": "20,000", **texts, **grid, **changes}


def test_a_plan_is_written_and_sent_up(world: Any) -> None:
    people, _ = world
    leader = browser(people[LEADER])
    answer = leader.post("/plans/marketing/new/", typed(team=first_team().pk, year=YEAR))
    plan = MarketingPlan.objects.get()
    assert answer.url == plan.get_absolute_url()
    assert plan.months["accounts"] == ["1200.00"] * 12
    assert plan.budget == [{"item": "宣传用品", "amount": "20000.00"}]
    page = leader.get(plan.get_absolute_url()).content.decode()
    assert "20,000.00" in page
    answer = leader.post(f"/plans/marketing/{plan.pk}/send/")
    plan.refresh_from_db()
    assert plan.approval is not None
    assert answer.url == plan.approval.get_absolute_url()
    shown = browser(people[MANAGER]).get(answer.url).content.decode()
    assert "银行网点人流下降" in shown
    paper = browser(people[MANAGER]).get(reverse("approvals:request-paper", args=[plan.approval.number])).content.decode()
    assert "妥否,请批示" in paper
    assert "贰万元整" in paper


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(world: Any) -> None:
    people, _ = world
    given = typed(team=first_team().pk, year=YEAR, item_0="", accounts_3="十二")
    page = browser(people[LEADER]).post("/plans/marketing/new/", given).content.decode()
    assert "新开户数 3月" in page
    assert "写了金额的一行请写明项目" in page
    assert "银行网点人流下降" in page
    assert not MarketingPlan.objects.exists()


def test_the_second_editor_sees_both_versions_and_chooses(world: Any) -> None:
    people, _ = world
    plan = drafted(people)
    leader, manager, address = browser(people[LEADER]), browser(people[MANAGER]), f"/plans/marketing/{plan.pk}/edit/"
    seen = seen_in(leader.get(address).content.decode())
    assert manager.post(address, typed(seen=seen, channels="经理的写法")).status_code == 302
    answer = leader.post(address, typed(seen=seen, channels="负责人的写法"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "经理的写法" in page
    assert "负责人的写法" in page
    assert leader.post(address, typed(seen=seen_in(page), channels="负责人的写法")).status_code == 302
    plan.refresh_from_db()
    assert plan.channels == "负责人的写法"


def test_sending_up_what_is_incomplete_names_it_on_the_page(world: Any) -> None:
    people, _ = world
    plan = drafted(people, budget=[])
    answer = browser(people[LEADER]).post(f"/plans/marketing/{plan.pk}/send/")
    assert answer.status_code == 409
    assert "费用预算" in answer.content.decode()


def test_taking_back_needs_a_reason(world: Any) -> None:
    people, _ = world
    plan = drafted(people)
    leader = browser(people[LEADER])
    leader.post(f"/plans/marketing/{plan.pk}/send/")
    assert leader.post(f"/plans/marketing/{plan.pk}/withdraw/", {"reason": ""}).status_code == 409
    assert leader.post(f"/plans/marketing/{plan.pk}/withdraw/", {"reason": "重写"}).status_code == 302
    plan.refresh_from_db()
    assert plan.state == "draft"


@pytest.mark.parametrize(("day", "listed"), [(date(2027, 1, 31), False), (date(2027, 2, 1), True)])
def test_a3_the_workbench_lists_who_has_no_plan(world: Any, monkeypatch: pytest.MonkeyPatch, day: date, listed: bool) -> None:
    people, office = world
    approved(people, office)
    monkeypatch.setattr(timezone, "localdate", lambda *_: day)
    manager = browser(people[MANAGER])
    bench = manager.get("/").content.decode()
    page = manager.get("/plans/marketing/?year=2027").content.decode()
    assert ("团队没有已批准的2027年度营销方案" in bench) is listed
    assert ("还没有已批准的 2027 年度营销方案" in page) is listed
    for team in Team.objects.exclude(pk=first_team().pk):
        assert (f"<li>{team.branch.name} {team.name}</li>" in page) is listed
    assert f"<li>{people.branch.name} 营销一队</li>" not in page


def test_an_agreement_with_its_file(world: Any) -> None:
    people, _ = world
    outlet = Outlet.objects.create(branch=people.branch, name="建行福田支行")
    leader = browser(people[LEADER])
    assert "无有效合作方案" in leader.get("/plans/agreements/").content.decode()
    given = {"outlet": outlet.pk, "bank": "建设银行", "agreement_no": "1", "valid_from": "2020-01-01", "valid_to": "2099-12-31"}
    file = SimpleUploadedFile("协议.pdf", b"%PDF-1.7")
    assert leader.post("/plans/agreements/new/", {**given, "file": file}).status_code == 302
    row = CooperationAgreement.objects.get()
    assert "拟定" in leader.get("/plans/agreements/").content.decode()
    assert leader.get(f"/plans/agreements/{row.pk}/file/")["Content-Disposition"].startswith("attachment")
    edit = f"/plans/agreements/{row.pk}/edit/"
    seen = seen_in(leader.get(edit).content.decode())
    assert leader.post(edit, {**given, "seen": seen, "agreement_no": "2"}).status_code == 302
    row.refresh_from_db()
    assert (row.agreement_no, row.signed_on, row.file_id is not None) == ("2", None, True)
    seen = seen_in(leader.get(edit).content.decode())
    assert leader.post(edit, {**given, "seen": seen, "signed_on": "2020-01-01"}).status_code == 302
    assert "建设银行合作方案 1" in leader.get("/plans/agreements/").content.decode()
    assert leader.get(edit).url == reverse("plans:agreement-correct", args=[row.pk])
    late = leader.post(edit, {**given, "agreement_no": "3"})
    assert late.status_code == 409
    assert "请改用“更正”" in late.content.decode()


def test_the_agreements_of_another_branch_are_one_tab_away(world: Any) -> None:
    people, office = world
    other, _ = Branch.objects.get_or_create(code="0755LH", defaults={"name": "深圳罗湖营业部", "document_prefix": "罗营"})
    outlet = Outlet.objects.create(branch=other, name="工行罗湖支行")
    reviewer = browser(office["channel"])
    page = reviewer.get("/plans/agreements/?branch=0755FT&after=7").content.decode()
    assert f'<a href="?branch={other.code}">{other}</a>' in page, "where the other's list begins"
    assert outlet.name not in page
    assert outlet.name in reviewer.get(f"/plans/agreements/?branch={other.code}").content.decode()
    assert reviewer.get("/plans/agreements/?branch=nowhere").status_code == 404
    assert 'aria-label="营业部"' not in browser(people[LEADER]).get("/plans/agreements/").content.decode(), "one has one"
