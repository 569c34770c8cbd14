"""A branch with clients, routes and outlets, and moves and leavings brought to a state: how a test walks them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from approvals.requests import actions as approvals
from approvals.requests.models import Request
from approvals.routes.actions import seed_routes
from branch.org.models import Group, Outlet
from branch.people.models import Person, Posting
from clients.registry.models import Client, ConfirmationSlip, Relation
from kernel.months import Month
from teams.plans.moves import actions, handing, queries
from teams.plans.moves.actions import Wish
from teams.plans.moves.models import Handover, Leaving, Move
from tests.factories.branch import People, give_role, load_roster_people, make_person
from tests.factories.kept import kept

LEADER, MANAGER, MEMBER, COLLEAGUE, OTHER_LEADER, OTHERS = "600101", "600005", "600103", "600104", "600116", "600118"
DEPUTY = "600004"
CLERK = "600001"  # 交易管理岗
HR = "100005"
TODAY = timezone.localdate


@kept
def moves_world(clients: int = 3) -> People:
    """The demo branch, the routes as shipped, 人力资源部, two outlets; 600103 at the first, with so many clients."""
    people = load_roster_people()
    seed_routes()
    people.by_no[HR] = make_person(HR, "人事")
    give_role(people[HR], "human_resources")
    for name in ("建行网点", "工行网点"):
        Outlet.objects.create(branch=people.branch, name=name)
    people[MEMBER].postings.update(outlet=outlet("建行网点"))
    give_clients(people, MEMBER, clients)
    return people


def outlet(name: str) -> Outlet:
    return Outlet.objects.get(name=name)


def group_of(person: Person) -> Group:
    found = Posting.objects.get(person=person).group
    assert found is not None
    return found


def give_clients(people: People, staff_no: str, count: int, first: int = 1) -> list[Client]:
    """Confirmed clients of that manager since long ago."""
    since = Month.of(TODAY()).previous.previous
    made = [
        Client.objects.create(
            branch=people.branch,
            client_no=f"9{number:06d}",
            name=f"客户{number}",
            kind="个人",
            fund_account=f"8{number:09d}",
            account_tail=f"{number:04d}",
            opened_on=date(2024, 1, 5),
        )
        for number in range(first, first + count)
    ]
    for number, client in enumerate(made, first):
        given = {"branch": people.branch, "month": since, "client": client, "manager": people[staff_no], "state": "valid"}
        more = {"number": number, "serial": f"x-{number:04d}", "relation_kind": "开发", "basis": "opening"}
        slip = ConfirmationSlip.objects.create(
            **given, **more, effective_month=since, created_by=people[CLERK], decided_by=people[CLERK]
        )
        Relation.objects.create(client=client, manager=people[staff_no], kind="开发", from_month=since, slip=slip)
    return made


def planned(people: People, *, who: str = MEMBER, by: str = LEADER, days: int = 5, **to: Any) -> Move:
    to = to or {"outlet": outlet("工行网点")}
    return actions.plan_move(person=people[who], wish=Wish(TODAY() + timedelta(days), "网点调整", **to), by=people[by])


def agree(subject: Move | Leaving, *signers: Person) -> None:
    """Signatures on what the subject's request is now."""
    for who in signers:
        _decide(subject, who, "agree", "")


def put_back(subject: Move | Leaving, who: Person) -> None:
    """退回."""
    _decide(subject, who, "return", "请改正")


def _decide(subject: Move | Leaving, who: Person, act: str, opinion: str) -> None:
    request = Request.objects.get(pk=type(subject)._default_manager.get(pk=subject.pk).approval_id)
    approvals.decide(request_id=request.pk, act=act, opinion=opinion, seen_digest=request.content_digest, by=who)


def approved_move(people: People, **given: Any) -> Move:
    move = planned(people, **given)
    actions.send_move_up(move_id=move.pk, by=people[given.get("by", LEADER)])
    agree(move, people[MANAGER])
    return Move.objects.get(pk=move.pk)


def filed(people: People, *, who: str = MEMBER, by: str = LEADER, days: int = 20, kind: str = "resigned") -> Leaving:
    last_day = TODAY() + timedelta(days)
    return actions.file_leaving(person=people[who], kind=kind, last_day=last_day, reason="个人原因", by=people[by])


def approved_leaving(people: People, **given: Any) -> Leaving:
    """Filed by the leader, agreed to by the manager and 人力资源部."""
    leaving = filed(people, **given)
    actions.send_leaving_up(leaving_id=leaving.pk, by=people[LEADER])
    agree(leaving, people[MANAGER], people[HR])
    return Leaving.objects.get(pk=leaving.pk)


def put_sign(handover: Handover, who: Person) -> Handover:
    """One signature on the list as it is now."""
    found = Handover.objects.select_related("giver", "witness", "move__person", "leaving__person").get(pk=handover.pk)
    receives = who.pk not in (found.giver_id, found.witness_id)
    seen = queries.digest_of(found, who if receives else None)
    return handing.sign(handover_id=found.pk, seen_digest=seen, by=who)


def hand_all(people: People, handover: Handover, to: str = COLLEAGUE) -> None:
    handing.assign(handover_id=handover.pk, decision="hand", receiver=people[to], by=people[LEADER])


def signed_by_all(people: People, handover: Handover, *receivers: str) -> Handover:
    for who in (MEMBER, *receivers, LEADER):
        put_sign(handover, people[who])
    return Handover.objects.get(pk=handover.pk)
