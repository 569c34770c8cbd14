"""提交, 再次提交, 撤回: what the applicant does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from approvals.requests import access
from approvals.requests.actions import base
from approvals.requests.actions.base import Event
from approvals.requests.kinds import kind_of
from approvals.requests.models import Request, Stage
from approvals.requests.planning import plan_round
from approvals.requests.progress import close_round, open_round, rule_of, waiting_people
from approvals.requests.states import MOVES, StageState
from approvals.routes.models import Route
from approvals.routes.queries import route_in_force
from approvals.routes.rules import AfterReturn
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Person
from branch.serials.actions import draw
from kernel.digests import plain


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
    tell(waiting, f"{request.title}({request.number})已由发起人撤回", key=f"approval:{request.pk}:withdrawn")
    kind_of(request.kind).on_withdrawn(request, by)
    return request


def _resumed_at(request: Request) -> str:
    """The code of the stage that returned the present round, if it wants to be where the next begins; else ''."""
    returned = Stage.objects.filter(request=request, round=request.round, state=StageState.RETURNED).first()
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
