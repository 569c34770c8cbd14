"""The pages of moves, leavings and handover lists, pressed as people press them; what a page costs whatever the rows."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from branch.people.models import Person
from teams.plans.moves.models import Handover, Leaving, Move
from tests.factories.branch import People
from tests.factories.moves import (
    COLLEAGUE,
    HR,
    LEADER,
    MANAGER,
    MEMBER,
    OTHER_LEADER,
    OTHERS,
    TODAY,
    agree,
    approved_leaving,
    approved_move,
    give_clients,
    group_of,
    hand_all,
    moves_world,
    outlet,
    planned,
    signed_by_all,
)

pytestmark = pytest.mark.django_db
MOST = 15


@pytest.fixture
def people() -> People:
    return moves_world()


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_planned_accepted_sent_and_signed_on_pages(people: People) -> None:
    leader, other = browser(people[LEADER]), browser(people[OTHER_LEADER])
    assert "没有调动" in text(leader, "/plans/moves/")
    given: dict[str, Any] = {"person": people[MEMBER].pk, "effective_on": TODAY(), "reason": "支援二队"}
    answer = leader.post("/plans/moves/new/", given)
    assert answer.status_code == 409
    assert "去向与现在" in answer.content.decode()
    leader.post("/plans/moves/new/", {**given, "to_group": group_of(people[OTHERS]).pk})
    move = Move.objects.get()
    assert "同意接收" in text(leader, move.get_absolute_url())
    assert leader.post(f"/plans/moves/{move.pk}/send/").status_code == 409
    assert other.post(f"/plans/moves/{move.pk}/accept/").status_code == 302
    assert leader.post(f"/plans/moves/{move.pk}/send/").status_code == 302
    agree(move, people[MANAGER])
    page = Handover.objects.get().get_absolute_url()
    assert "移交全部未定的 3 户" in text(leader, page)
    assert leader.post(f"{page}assign/", {"receiver": people[COLLEAGUE].pk}).status_code == 409
    crafted = leader.post(f"{page}assign/", {"receiver": people[COLLEAGUE].pk, "ids": ["9" * 20]})
    assert crafted.status_code == 409
    assert "勾选的行无法识别" in crafted.content.decode()
    leader.post(f"{page}assign/", {"receiver": people[COLLEAGUE].pk, "all": "1"})
    receiver = browser(people[COLLEAGUE])
    assert "移交给您的客户" in text(receiver, page)
    assert "待您签字" in text(receiver, "/plans/handovers/")
    for client in (receiver, browser(people[MEMBER]), leader):
        seen = client.get(page).context["seen"]
        assert seen
        assert client.post(f"{page}sign/", {"seen": seen}).status_code == 302
    assert "已签完" in text(leader, page)
    assert people[COLLEAGUE].name in text(leader, f"{page}print/")
    move.refresh_from_db()
    assert (move.state, move.took_effect_on) == ("effective", TODAY())
    assert "已生效" in text(browser(people[MEMBER]), "/plans/moves/")


def test_a_leaving_on_pages_names_what_binds_and_is_closed_by_hr(people: People) -> None:
    leaving = approved_leaving(people)
    leader, hr = browser(people[LEADER]), browser(people[HR])
    shown = text(leader, leaving.get_absolute_url())
    assert "名下的客户" in shown
    assert "必须办完" in shown
    assert hr.post(f"{leaving.get_absolute_url()}close/").status_code == 409
    hand_all(people, leaving.handover)
    signed_by_all(people, leaving.handover, COLLEAGUE)
    assert "办结" in text(hr, leaving.get_absolute_url())
    assert hr.post(f"{leaving.get_absolute_url()}close/").status_code == 302
    assert "已办结" in text(leader, "/plans/leavings/")


def test_a_client_manager_files_the_own_leaving_and_no_other(people: People) -> None:
    me = browser(people[MEMBER])
    given = {"kind": "resigned", "last_day": TODAY(), "reason": "个人原因"}
    assert me.post("/plans/leavings/new/", {**given, "person": people[COLLEAGUE].pk}).status_code == 200
    assert me.post("/plans/leavings/new/", {**given, "person": people[MEMBER].pk}).status_code == 302
    leaving = Leaving.objects.get()
    assert me.post(f"{leaving.get_absolute_url()}edit/", {**given, "reason": "改了"}).status_code == 302
    assert me.post(f"{leaving.get_absolute_url()}send/").status_code == 302
    assert me.post(f"{leaving.get_absolute_url()}withdraw/", {"reason": "再想想"}).status_code == 302
    assert me.post(f"{leaving.get_absolute_url()}cancel/", {"reason": "不走了"}).status_code == 302
    assert Leaving.objects.get().state == "cancelled"


def test_the_second_editor_sees_both(people: People) -> None:
    move = planned(people)
    leader, manager = browser(people[LEADER]), browser(people[MANAGER])
    page = f"{move.get_absolute_url()}edit/"
    seen = leader.get(page).context["form"]["seen"].value()
    given = {"effective_on": TODAY(), "to_outlet": outlet("工行网点").pk, "seen": seen}
    assert manager.post(page, {**given, "reason": "经理改的"}).status_code == 302
    answer = leader.post(page, {**given, "reason": "负责人改的"})
    assert answer.status_code == 409
    assert "经理改的" in answer.content.decode()


def asked(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in captured.captured_queries)


def test_pages_cost_the_same_with_many_rows(people: People) -> None:
    """A list open for everything it can offer, and a leaving with all that binds."""
    move, leaving = approved_move(people, who=COLLEAGUE), approved_leaving(people)
    leader = browser(people[LEADER])
    pages = [
        *("/plans/moves/", "/plans/leavings/", "/plans/handovers/", move.get_absolute_url(), leaving.get_absolute_url()),
        *(leaving.handover.get_absolute_url(), f"{leaving.handover.get_absolute_url()}print/"),
    ]
    few = {page: asked(leader, page) for page in pages}
    give_clients(people, MEMBER, 150, first=1000)
    browser(people[LEADER]).post(f"{leaving.handover.get_absolute_url()}refresh/")
    for who in ("600106", "600109", "600110"):
        approved_leaving(people, who=who)
    many = {page: asked(leader, page) for page in pages}
    assert max(few.values()) <= MOST, few
    assert many == few
    hand_all(people, leaving.handover)
    for who in (MEMBER, COLLEAGUE, MANAGER):
        assert asked(browser(people[who]), leaving.handover.get_absolute_url()) <= MOST, who


def test_what_waits_is_counted_for_who_must_act(people: People) -> None:
    leaving = approved_leaving(people, days=-2)
    home = text(browser(people[LEADER]), "/")
    for words in ("交接清单待安排接收人", "离职人员已过最后工作日"):
        assert words in home
    hand_all(people, leaving.handover)
    for who in (MEMBER, COLLEAGUE):
        assert "交接清单待我签字" in text(browser(people[who]), "/")
    signed_by_all(people, leaving.handover, COLLEAGUE)
    assert "离职交接已签完,待办结" in text(browser(people[HR]), "/")
    assert Handover.objects.get().completed_at is not None
    assert timezone.localdate() == TODAY()
