"""提交, 再次提交, 撤回: what the applicant does; 接办: somebody else in their place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from approvals.requests import access
from approvals.requests.actions import base
from approvals.requests.actions.base import Event
from approvals.requests.kinds import kind_of
from approvals.requests.models import FormerApplicant, Request, Stage
from approvals.requests.planning import carried_stages, heard_in, open_wants, plan_round, shortfalls
from approvals.requests.progress import close_round, open_round, rule_of, waiting_people
from approvals.requests.states import MOVES, StageState, State
from approvals.routes.models import Route
from approvals.routes.queries import route_in_force
from approvals.routes.rules import AfterReturn
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Person
from branch.serials.actions import draw
from kernel.digests import plain
from kernel.refusals import Refusal


@transaction.atomic
def submit(
    *,
    kind: str,
    branch: Branch | None,
    title: str,
    applicant: Person,
    facts: dict[str, Any],
    content_digest: str,
    by: Person,
    copy_to: Iterable[Person] = (),
) -> Request:
    """Begin a request in round 1 and ask the first signers. The caller keeps the returned row with its subject.

    Refused: no route in force, a role nobody holds (named), a route that can't be signed without one person signing twice.
    """
    now = timezone.now()
    today = timezone.localdate(now)
    route = route_in_force(kind_of(kind).code, branch, today)
    request = Request(
        kind=kind,
        title=title[:120],
        branch=branch,
        applicant=applicant,
        route=route,
        route_snapshot=_snapshot(route),
        facts=plain(facts),
        content_digest=content_digest,
        started_at=now,
    )
    planned = plan_round(request, now)
    request.number = f"SP-{today.year}-{draw('approval', period=str(today.year))[0]:04d}"
    request.save()
    base.add_copies(request, copy_to, now, by=by)
    base.note(request, Event.SUBMITTED, by, now, facts=request.facts, digest=content_digest)
    open_round(request, planned, now)
    base.log(request, by, "submit", f"提交{kind_of(kind).label}申请 {request.number}")
    return request


@transaction.atomic
def resubmit(*, request_id: int, content_digest: str, facts: dict[str, Any], by: Person, title: str = "") -> Request:
    """Send a returned request up again: the number stays, a new round begins, the route is the one it began with.

    It begins at the first stage, or at the one that returned it where that stage says so (`after_return`): those before 沿用.
    """
    request = base.locked(request_id)
    access.require_resubmittable(by, request)
    now = timezone.now()
    begin_at = _resumed_at(request)
    request.state = MOVES.after(request.state, "resubmit")
    request.round += 1
    request.facts, request.content_digest = plain(facts), content_digest
    request.title = title[:120] or request.title
    planned = plan_round(request, now, begin_at=begin_at)
    request.save()
    base.note(request, Event.RESUBMITTED, by, now, facts=request.facts, digest=content_digest, begin_at=begin_at)
    open_round(request, planned, now)
    base.log(request, by, "resubmit", f"再次提交申请 {request.number}(第 {request.round} 轮)")
    return request


@transaction.atomic
def withdraw(*, request_id: int, reason: str, by: Person) -> Request:
    """撤回 an unfinished request; it ends here, and its subject may be sent up anew."""
    request = base.locked(request_id)
    access.require_withdrawable(by, request)
    reason = base.require_reason(reason, to="撤回")
    now = timezone.now()
    waiting = waiting_people(request)
    base.move(request, "withdraw", now)
    close_round(request, now)
    base.note(request, Event.WITHDRAWN, by, now, reason)
    base.log(request, by, "withdraw", f"撤回申请 {request.number}")
    own = by.pk == request.applicant_id
    told = waiting if own else [*waiting, request.applicant]
    who = "发起人" if own else f"{by.name}代发起人"
    tell(told, f"{request.title}({request.number})已由{who}撤回", key=f"approval:{request.pk}:withdrawn")
    kind_of(request.kind).on_withdrawn(request, by)
    return request


@transaction.atomic
def take_over(*, request_id: int, reason: str, by: Person) -> Request:
    """接办 an unfinished request whose applicant can't go on: from now on it is `by`'s own, to send up, chase or take back.

    Neither of the two signs it, nor does a deputy for them. Refused: see access.require_takeable; where a round on its way would
    then lack a signer that it has.
    """
    request = base.locked(request_id)
    access.require_takeable(by, request)
    reason = base.require_reason(reason, to="接办")
    now, former, lacked = timezone.now(), request.applicant, _lacking(request)
    FormerApplicant.objects.get_or_create(request=request, person=former, defaults={"at": now})
    request.applicant = by
    request.__dict__.pop("proposers", None)
    lacks = _lacking(request)
    if lacks and not lacked:
        said = f"您接办后这份申请走不完:{lacks[0]}。请由另一位同事接办,或由审批人退回后再办"
        raise Refusal(said, code="unfillable", items=lacks)
    request.save(update_fields=["applicant"])
    base.add_copies(request, [former], now, by=by)
    base.note(request, Event.TAKEN_OVER, by, now, f"原发起人{former.name}:{reason}", former=former.staff_no)
    base.log(request, by, "take_over", f"接办{former}发起的申请 {request.number}", reason=reason)
    text = f"{by.name}已接办您发起的申请:{request.title}({request.number})"
    tell([former], text, key=f"approval:{request.pk}:taken_over:{now.timestamp():.0f}", link=request.get_absolute_url())
    kind_of(request.kind).on_taken_over(request, by)
    return request


def _lacking(request: Request) -> list[str]:
    """What keeps a round on its way from being signed to the end, in sentences."""
    if request.state != State.PENDING:
        return []
    stages = Stage.objects.filter(request=request, round=request.round)
    return shortfalls(request, open_wants(request), heard_in([*stages, *carried_stages(request)]))


def _resumed_at(request: Request) -> str:
    """The code of the stage that returned the present round, if it wants to be where the next begins; else ''."""
    returned = Stage.objects.filter(request=request, round=request.round, state=StageState.RETURNED).first()
    if access.said_in_round(request.proposers, request).exists():  # who took it over has signed: their word can't stand
        return ""
    if returned is None or rule_of(request, returned.code).after_return != AfterReturn.RESUME:
        return ""
    return returned.code


def _snapshot(route: Route) -> dict[str, Any]:
    """What a request keeps of the version it began with."""
    return {
        "name": route.name,
        "version": route.version,
        "stages": route.stages,
        "copies": route.copies,
        "chasers": route.chasers,
        "same_person_twice": route.same_person_twice,
    }
