"""Rule documents as verbs: the route, versions that take each other's place, papers registered by two persons, refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from approvals.requests import actions as approvals
from approvals.requests.models import Request
from branch.people.models import Person
from kernel.refusals import Refusal
from kernel.seen import Overtaken, stamp
from teams.plans.rulebooks import actions, queries, rules, states
from teams.plans.rulebooks.models import RuleDocument
from tests.factories.branch import People, give_role, make_branch, make_person
from tests.factories.marketing import LEADER, MANAGER, chosen, first_team, plan_world

DIAGRAMS = Path(__file__).resolve().parents[4] / "docs" / "diagrams"
pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> tuple[People, dict[str, Person]]:
    return plan_world()


def refused(code: str, verb: Callable[..., Any], /, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refusal) as refusal, transaction.atomic():
        verb(*args, **kwargs)
    assert refusal.value.code == code, refusal.value.sentence
    return refusal.value.sentence


def drafted(people: People, since: date = date(2026, 6, 1), text: str = "第一条 准时上下班。", **more: Any) -> RuleDocument:
    given = {"branch": people.branch, "team": first_team(), "kind": "management", "by": people[LEADER], **more}
    return actions.draft_document(**given, text=text, effective_from=since)


def sign(row: RuleDocument, who: Person, act: str = "agree", opinion: str = "", **more: Any) -> Request:
    request = Request.objects.get(pk=RuleDocument.objects.get(pk=row.pk).approval_id)
    given = {"seen_digest": request.content_digest, "opinion": opinion or ("" if act == "agree" else "请改正"), **more}
    return approvals.decide(request_id=request.pk, act=act, by=who, **given)


def approve(row: RuleDocument, people: People, office: dict[str, Person]) -> RuleDocument:
    actions.send_up(document_id=row.pk, by=people[LEADER] if row.team else people[MANAGER])
    for who, more in (
        (people[MANAGER], {}),
        (office["office"], {}),
        (office["channel"], {"opinion": "无须会签", "chosen": chosen()}),
        (office["office"], {}),
        (office["vice"], {}),
        (office["office"], {"data": {"summary": "同意"}}),
    ):
        sign(row, who, **more)
    return RuleDocument.objects.get(pk=row.pk)


def test_the_drawing_is_the_table() -> None:
    assert (DIAGRAMS / "rule_document.mmd").read_text(encoding="utf-8") == states.DOCUMENT.diagram()


def test_a_new_version_ends_the_one_before_and_never_its_days(world: Any) -> None:
    people, office = world
    first = approve(drafted(people), people, office)
    assert first.paper_no.endswith("〕1号")
    second = approve(drafted(people, date(2026, 10, 1), "第一条 准时上下班。\n第二条 每周例会。"), people, office)
    first.refresh_from_db()
    assert (first.effective_to, second.version) == (date(2026, 9, 30), 2)
    assert first.standing(date(2026, 9, 30)) == ("生效", "green")
    assert first.standing(date(2026, 10, 1)) == ("废止", "grey")
    assert second.standing(date(2026, 9, 30)) == ("已批准", "green")
    former = queries.former_of(second)
    assert former == first
    assert list(rules.differences(first.text, second.text)) == [("", "第二条 每周例会。")]


def test_the_last_signature_is_refused_where_a_later_version_stands(world: Any) -> None:
    people, office = world
    early = drafted(people)
    approve(drafted(people, date(2026, 10, 1)), people, office)
    assert "2026-10-01起已有" in refused("later_one", approve, early, people, office)


def test_returned_it_keeps_its_number_and_shows_the_paragraph(world: Any) -> None:
    people, _ = world
    row = drafted(people)
    actions.send_up(document_id=row.pk, by=people[LEADER])
    refused(
        "wrong_state", actions.edit_document, document_id=row.pk, text="x", effective_from=date(2026, 6, 1), by=people[LEADER]
    )
    sign(row, people[MANAGER], "return", "请写明时间")
    given = {"text": "第一条 9 时上班。", "effective_from": date(2026, 6, 1), "by": people[LEADER]}
    actions.edit_document(document_id=row.pk, **given)
    again = actions.send_up(document_id=row.pk, by=people[LEADER])
    assert again.approval is not None
    assert again.approval.round == 2


def test_two_editors(world: Any) -> None:
    people, _ = world
    row = drafted(people)
    given = {"document_id": row.pk, "effective_from": date(2026, 6, 1), "seen": stamp(row.content)}
    actions.edit_document(**given, text="经理改", by=people[MANAGER])
    with pytest.raises(Overtaken):
        actions.edit_document(**given, text="负责人改", by=people[LEADER])


def test_a_paper_is_registered_by_one_and_checked_by_another(world: Any) -> None:
    people, office = world
    given = {"branch": people.branch, "team": None, "kind": "pay", "effective_from": date(2026, 1, 1)}
    refused("forbidden", actions.register_paper, **given, paper_no="深营营销〔2025〕3号", by=people[MANAGER])
    refused("bad_number", actions.register_paper, **given, paper_no="3号", by=office["office"])
    row = actions.register_paper(**given, paper_no="深营营销[2025]3号", by=office["office"])
    assert row.paper_no == "深营营销〔2025〕3号"
    assert queries.pay_paper(people.branch, row.paper_no) is None
    refused("same_person", actions.check_paper, document_id=row.pk, by=office["office"])
    refused("already_there", actions.register_paper, **given, paper_no="深营营销〔2025〕3号", by=office["office"])
    second = make_person("199998", "综合室二")
    give_role(second, "brokerage_office")
    assert actions.check_paper(document_id=row.pk, by=second).state == "approved"
    assert queries.pay_paper(people.branch, row.paper_no) == row


def test_what_was_registered_wrongly_is_dropped_and_may_come_again(world: Any) -> None:
    people, office = world
    given = {"branch": people.branch, "team": None, "kind": "pay", "paper_no": "深营营销〔2025〕3号"}
    row = actions.register_paper(**given, effective_from=date(2026, 1, 1), by=office["office"])
    refused("reason_missing", actions.drop_paper, document_id=row.pk, reason=" ", by=office["channel"])
    assert actions.drop_paper(document_id=row.pk, reason="日期有误", by=office["channel"]).state == "dropped"
    actions.register_paper(**given, effective_from=date(2026, 2, 1), by=office["office"])


def test_a_number_on_file_is_never_drawn_again(world: Any) -> None:
    people, office = world
    this_year = timezone.localdate().year
    given = {"branch": people.branch, "team": None, "kind": "pay", "effective_from": date(2026, 1, 1)}
    second = make_person("199998", "综合室二")
    give_role(second, "brokerage_office")
    for number in (4, 2):
        row = actions.register_paper(**given, paper_no=f"深营营销〔{this_year}〕{number}号", by=office["office"])
        actions.check_paper(document_id=row.pk, by=second)
    assert approve(drafted(people), people, office).paper_no == f"深营营销〔{this_year}〕5号"


def test_what_one_person_mistyped_burns_no_numbers(world: Any) -> None:
    people, office = world
    this_year = timezone.localdate().year
    given = {"branch": people.branch, "team": None, "kind": "pay", "effective_from": date(2026, 1, 1)}
    row = actions.register_paper(**given, paper_no=f"深营营销〔{this_year}〕9999号", by=office["office"])
    actions.drop_paper(document_id=row.pk, reason="文号有误", by=office["channel"])
    assert approve(drafted(people), people, office).paper_no == f"深营营销〔{this_year}〕1号"


def test_a_number_that_another_paper_bears_is_refused_whatever_the_paper(world: Any) -> None:
    people, office = world
    this_year = timezone.localdate().year
    other = make_branch("0755LH", "深圳罗湖营业部")
    elsewhere = {"branch": other, "team": None, "effective_from": date(2026, 1, 1), "by": office["office"]}
    early = actions.register_paper(kind="pay", paper_no=f"深营营销〔{this_year}〕1号", **elsewhere)
    assert approve(drafted(people), people, office).paper_no == f"深营营销〔{this_year}〕1号"
    second = make_person("199998", "综合室二")
    give_role(second, "brokerage_office")
    refused("already_there", actions.check_paper, document_id=early.pk, by=second)
    refused("already_there", actions.register_paper, kind="management", paper_no=f"深营营销〔{this_year}〕1号", **elsewhere)
    Request.objects.update(document_number=f"深营营销〔{this_year}〕8号")
    refused("already_there", actions.register_paper, kind="management", paper_no=f"深营营销〔{this_year}〕8号", **elsewhere)


def test_one_from_the_same_day_takes_the_place_of_the_former(world: Any) -> None:
    people, office = world
    first = approve(drafted(people), people, office)
    second = approve(drafted(people), people, office)
    first.refresh_from_db()
    assert (first.state, second.state) == ("replaced", "approved")


def test_another_teams_leader_neither_writes_nor_sees(world: Any) -> None:
    people, _ = world
    row = drafted(people)
    stranger = make_person("699998", "别队负责人")
    give_role(stranger, "team_leader", team=people.branch.teams.exclude(pk=first_team().pk).first())
    refused("forbidden", actions.send_up, document_id=row.pk, by=stranger)
    assert not RuleDocument.objects.visible_to(stranger).exists()


def test_the_pages(world: Any) -> None:
    people, _ = world
    leader = Client()
    leader.force_login(people[LEADER].user, backend="django.contrib.auth.backends.ModelBackend")
    place = {"branch": people.branch.code, "team": first_team().pk, "kind": "management"}
    answer = leader.post("/plans/rules/new/", {**place, "text": "第一条", "effective_from": "2026-06-01"})
    row = RuleDocument.objects.get()
    assert answer.url == row.get_absolute_url()
    page = leader.get(row.get_absolute_url()).content.decode()
    assert "第一条" in page
    assert "营销一队管理实施细则第 1 版" in leader.get("/plans/rules/").content.decode()
    assert leader.post(f"/plans/rules/{row.pk}/send/").status_code == 302
    row.refresh_from_db()
    assert row.state == "approving"
