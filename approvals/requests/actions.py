"""Every write to a request. Each takes the request's row first, checks again inside, and leaves trail and audit with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from approvals.requests import access
from approvals.requests.kinds import Kind, kind_of
from approvals.requests.models import CopyTo, Decision, Request, Seat, TrailEvent
from approvals.requests.progress import after_decision, close_round, open_round, plan_round, signers
from approvals.requests.states import ACT_WORDS, MOVES, Act, SeatState, StageState, State
from approvals.routes.models import Route
from approvals.routes.queries import route_in_force
from approvals.routes.rules import Signer, read_signers
from approvals.routes.seating import Claim, holders, plan_signers
from branch.audit.actions import record
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Person
from branch.serials.actions import draw
from kernel.digests import digest, plain
from kernel.refusals import Refusal, Unknown

Event = TrailEvent.Event


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
    _copy(request, copy_to, now)
    _note(request, Event.SUBMITTED, by, now, facts=request.facts, digest=content_digest)
    open_round(request, planned, now)
    _log(request, by, "submit", f"提交{kind_of(kind).label}申请 {request.number}")
    return request


@transaction.atomic
def resubmit(*, request_id: int, content_digest: str, facts: dict[str, Any], by: Person, title: str = "") -> Request:
    """Send a returned request up again: the number stays, a new round begins, the route is the one it began with."""
    request = _locked(request_id)
    access.require_resubmittable(by, request)
    now = timezone.now()
    request.state = MOVES.after(request.state, "resubmit")
    request.round += 1
    request.facts, request.content_digest = plain(facts), content_digest
    request.title = title[:120] or request.title
    planned = plan_round(request, now)
    request.save()
    _note(request, Event.RESUBMITTED, by, now, facts=request.facts, digest=content_digest)
    open_round(request, planned, now)
    _log(request, by, "resubmit", f"再次提交申请 {request.number}(第 {request.round} 轮)")
    return request


@transaction.atomic
def decide(
    *,
    request_id: int,
    act: str,
    opinion: str,
    seen_digest: str,
    by: Person,
    seat_id: int | None = None,
    reentered: bool = False,
) -> Request:
    """Sign one seat: `act` is one of states.Act. `reentered` says that the password was entered again for this signature.

    Refused: see access.seat_to_sign; a stale digest; an act other than 同意 without an opinion; a missing password.
    """
    request = _locked(request_id)
    kind = kind_of(request.kind)
    seat, claim = access.seat_to_sign(by, request, kind, seat_id)
    access.require_fresh(request, kind, act, seen_digest)
    opinion = _require_opinion(kind, act, opinion)
    if kind.reentry and not reentered:
        raise Refusal(f"签署{kind.label}须再次输入登录密码", code="password_required")
    now = timezone.now()
    _sign(request, seat, claim, act=act, opinion=opinion, reentered=reentered, now=now)
    on_behalf = f"(代{claim.principal.name})" if claim.principal else ""
    summary = f"{seat.stage.label}:{ACT_WORDS[act]}{on_behalf} {request.number}"
    _log(request, by, "decide", summary, decision=act, seat=seat.label, digest=seen_digest)
    result = after_decision(request, seat.stage, now)
    if result == StageState.PASSED:
        _finish(request, kind, by, now)
    elif result in (StageState.RETURNED, StageState.REJECTED):
        _send_back(request, kind, by, now, rejected=result == StageState.REJECTED)
    return request


@transaction.atomic
def withdraw(*, request_id: int, reason: str, by: Person) -> Request:
    """撤回 an unfinished request; it ends here, and its subject may be sent up anew."""
    request = _locked(request_id)
    access.require_withdrawable(by, request)
    if not reason.strip():
        raise Refusal("请写明撤回的原因", code="reason_required")
    now = timezone.now()
    waiting = signers(request, list(request.seats.filter(round=request.round, state=SeatState.OPEN)))
    _move(request, "withdraw", now)
    close_round(request, now)
    _note(request, Event.WITHDRAWN, by, now, reason.strip())
    _log(request, by, "withdraw", f"撤回申请 {request.number}")
    tell(waiting, f"{request.title}({request.number})已由发起人撤回", key=f"approval:{request.pk}:withdrawn")
    kind_of(request.kind).on_withdrawn(request, by)
    return request


@transaction.atomic
def remind(*, request_id: int, by: Person) -> list[Person]:
    """催办: tell everybody who could sign now. Returns whom. Not more often than access.REMIND_COOL_DOWN."""
    request = _locked(request_id)
    now = timezone.now()
    access.require_remindable(by, request, now)
    waiting = signers(request, list(request.seats.filter(round=request.round, state=SeatState.OPEN)))
    event = _note(request, Event.REMINDED, by, now, "、".join(person.name for person in waiting))
    tell(
        waiting,
        f"{by.name}催办:{request.title}({request.number})",
        key=f"approval:{request.pk}:reminded:{event.pk}",
        link=request.get_absolute_url(),
    )
    _log(request, by, "remind", f"催办申请 {request.number}")
    return waiting


def _snapshot(route: Route) -> dict[str, Any]:
    """What a request keeps of the version it began with."""
    return {
        "name": route.name,
        "version": route.version,
        "stages": route.stages,
        "copies": route.copies,
        "same_person_twice": route.same_person_twice,
    }


def _locked(request_id: int) -> Request:
    """The request's row, locked until the transaction ends: the one lock, always the first."""
    found = Request.objects.select_for_update(of=("self",)).select_related("applicant", "branch", "route").filter(pk=request_id)
    request = found.first()
    if request is None:
        raise Unknown("没有这份申请", code="unknown")
    return request


def _require_opinion(kind: Kind, act: str, opinion: str) -> str:
    if act not in ACT_WORDS or (act == Act.AMEND and not kind.amendable):
        raise Refusal("请选择同意、退回或驳回", code="unknown_act")
    text = opinion.strip()
    if act != Act.AGREE and not text:
        raise Refusal(f"{ACT_WORDS[act]}须写明意见,让发起人知道要改什么", code="opinion_required")
    if len(text) > 1000:
        raise Refusal("意见最多 1000 字,请精简后再签署", code="opinion_too_long")
    return text


def _sign(request: Request, seat: Seat, claim: Claim, *, act: str, opinion: str, reentered: bool, now: datetime) -> None:
    """The decision's row; its signature is the hash of everything it says."""
    covered = {
        "request": request.number,
        "round": request.round,
        "stage": seat.stage.code,
        "seat": seat.key,
        "act": act,
        "opinion": opinion,
        "signer": claim.person.staff_no,
        "on_behalf_of": claim.principal.staff_no if claim.principal else "",
        "seen_digest": request.content_digest,
        "reentered": reentered,
        "at": now,
    }
    Decision.objects.create(
        request=request,
        round=request.round,
        seat=seat,
        act=act,
        opinion=opinion,
        signer=claim.person,
        on_behalf_of=claim.principal,
        seen_digest=request.content_digest,
        reentered=reentered,
        signature=digest(covered),
        at=now,
    )
    Seat.objects.filter(pk=seat.pk).update(state=SeatState.SIGNED)


def _finish(request: Request, kind: Kind, by: Person, now: datetime) -> None:
    """办结: the subject takes effect in this very transaction; the applicant hears of it now, and only now."""
    _move(request, "finish", now)
    _note(request, Event.APPROVED, by, now)
    copied = _copy(request, _to_copy(request), now)
    link = request.get_absolute_url()
    tell([request.applicant], f"已通过:{request.title}({request.number})", key=f"approval:{request.pk}:approved", link=link)
    tell(copied, f"抄送您:{request.title}({request.number})", key=f"approval:{request.pk}:copied", link=link)
    _log(request, by, "finish", f"申请 {request.number} 审批通过")
    kind.on_approved(request, by)


def _send_back(request: Request, kind: Kind, by: Person, now: datetime, *, rejected: bool) -> None:
    """退回 gives the request back for a new round; 驳回 ends it."""
    _move(request, "reject" if rejected else "return", now)
    close_round(request, now)
    _note(request, Event.REJECTED if rejected else Event.RETURNED, by, now)
    word = "已驳回" if rejected else "已退回,请修改后再次提交"
    key = f"approval:{request.pk}:{request.round}:{request.state}"
    tell([request.applicant], f"{request.title}({request.number}){word}", key=key, link=request.get_absolute_url())
    (kind.on_rejected if rejected else kind.on_returned)(request, by)


def _move(request: Request, move: str, now: datetime) -> None:
    request.state = MOVES.after(request.state, move)
    request.ended_at = now if request.state in (State.APPROVED, State.REJECTED, State.WITHDRAWN) else None
    request.save(update_fields=["state", "ended_at"])


def _to_copy(request: Request) -> list[Person]:
    wanted: tuple[Signer, ...] = read_signers(request.route_snapshot["copies"]) if request.route_snapshot["copies"] else ()
    seats = plan_signers(wanted, what="抄送", branch=request.branch, applicant=request.applicant, day=timezone.localdate())
    return [holder.person for sitting in holders(seats) for holder in sitting]


def _copy(request: Request, people: Iterable[Person], now: datetime) -> list[Person]:
    """Add the people to 抄送, each once; returns those who are new."""
    present = set(CopyTo.objects.filter(request=request).values_list("person", flat=True))
    fresh = [person for person in {p.pk: p for p in people}.values() if person.pk not in present]
    CopyTo.objects.bulk_create([CopyTo(request=request, person=person, at=now) for person in fresh])
    return fresh


def _note(request: Request, event: str, by: Person, now: datetime, text: str = "", **data: Any) -> TrailEvent:
    return TrailEvent.objects.create(
        request=request, round=request.round, event=event, person=by, text=text[:1000], data=plain(data), at=now
    )


def _log(request: Request, by: Person, act: str, summary: str, **details: Any) -> None:
    record(
        by=by,
        act=f"approvals.{act}",
        subject=request,
        summary=summary,
        branch_code=request.branch_code,
        number=request.number,
        round=request.round,
        **details,
    )
