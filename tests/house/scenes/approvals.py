"""Before the addresses of approvals: a route on its way into force, a request that may be passed on, a seat nobody can sign."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from approvals.requests import actions as requests
from approvals.requests.models import Request, Seat
from approvals.routes import actions as routes
from approvals.routes.models import Delegation, Route
from branch.people.models import Person
from teams.plans.moves.models import Move
from tests.factories.branch import People, give_role, make_person
from tests.house.matrix import PEOPLE
from tests.house.scenes.setting import Things, before
from tests.house.scenes.teams import move_sent

FINANCE, DEPUTY, MANAGER = "600002", "600004", "600005"
KIND = "posting_move"  # one whose signers may pass their seat on


# --- routes -----------------------------------------------------------------------------------------------------------
def _drafted(by: Person) -> Route:
    source = Route.objects.get(kind=KIND, branch=None)
    tomorrow = timezone.localdate() + timedelta(1)
    return routes.draft_route(kind=KIND, branch=None, effective_from=tomorrow, by=by, source=source)


@before(
    *("approvals:route-edit", "approvals:route-propose", "approvals:route-drop"),
    *("approvals:stage-new", "approvals:stage-edit", "approvals:stage-drop"),
)
def route_drafted(people: People) -> Things:
    """渠道管理部 has begun another version."""
    route = _drafted(people[PEOPLE["channel_department"]])
    return {"route": route.pk, "stage": route.stages[0]["code"]}


@before("approvals:stage-move")
def route_of_two_stages(people: People) -> Things:
    """The second may come first."""
    things = route_drafted(people)
    stage = {"label": "副经理", "mode": "single", "signers": [{"role": "deputy_manager", "at": "branch"}]}
    route = routes.save_stage(route_id=things["route"], stage=stage, by=people[PEOPLE["channel_department"]])
    return {"route": route.pk, "stage": route.stages[-1]["code"]}


@before("approvals:route-new")
def source_at_hand(people: People) -> Things:
    return {"route": Route.objects.get(kind=KIND, branch=None).pk}


@before("approvals:route-withdraw")
def route_proposed(people: People) -> Things:
    """渠道管理部 has sent it up."""
    things, by = route_drafted(people), people[PEOPLE["channel_department"]]
    routes.propose_route(route_id=things["route"], by=by, aware=True)
    return things


@before("approvals:route-confirm", "approvals:route-return")
def route_of_a_colleague(people: People) -> Things:
    """A colleague of theirs has drawn it up and sent it up."""
    colleague = make_person("100099", "渠道同事")
    give_role(colleague, "channel_department")
    route = routes.propose_route(route_id=_drafted(colleague).pk, by=colleague, aware=True)
    return {"route": route.pk, "route_digest": route.digest}


# --- requests ---------------------------------------------------------------------------------------------------------
def _asked(people: People) -> Request:
    """The leader's request to move the owner, before 经理."""
    found = Move.objects.get(pk=move_sent(people)["move"]).approval
    assert found is not None
    return found


@before("approvals:request-transfer", "approvals:request-add-signer", "approvals:request-take-over")
def passed_on(people: People) -> Things:
    return {"request": _asked(people).number}


@before("approvals:request-drop-signer")
def signer_added(people: People) -> Things:
    """经理 has asked another to sign beside."""
    request = _asked(people)
    requests.add_signer(request_id=request.pk, people=[people[DEPUTY]], how="before", reason="测试", by=people[MANAGER])
    return {"request": request.number}


@before("approvals:request-read")
def copied(people: People) -> Things:
    """副经理 was sent a copy of October's."""
    (request,) = Request.objects.filter(kind="pay_run", state="pending")
    requests.copy(request_id=request.pk, people=[people[DEPUTY]], by=people[FINANCE])
    return {}


@before("approvals:batch-agree", "approvals:batch-confirm")
def chosen(people: People) -> Things:
    request = _asked(people)
    return {"batch_number": request.number, "batch_item": f"{request.number}:{request.content_digest}"}


@before("approvals:delegation-end")
def delegated(people: People) -> Things:
    """经理 lends the signature to finance today."""
    today = timezone.localdate()
    two = {"principal": people[MANAGER], "deputy": people[FINANCE]}
    row = Delegation.objects.create(**two, effective_from=today, effective_to=today, reason="测试")
    return {"signing_delegation": row.pk}


@before("approvals:stray-reroute")
def stray(people: People) -> Things:
    """Nobody is 经理 any more: the request waits for nobody."""
    request = _asked(people)
    people[MANAGER].roles.all().delete()
    return {"seat": Seat.objects.get(request=request, state="open").pk}
