"""签署: one seat's decision and all that follows from it in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from approvals.requests import access, progress
from approvals.requests.actions import base, tasks
from approvals.requests.actions.base import Event
from approvals.requests.actions.choosing import apply_choice, require_choice
from approvals.requests.kinds import Kind, kind_of
from approvals.requests.models import Decision, Request, Seat, Stage
from approvals.requests.planning import carried_stages, heard_in, open_wants, plan_round, shortfalls, wanted_at
from approvals.requests.progress import close_round, open_round, rule_of
from approvals.requests.states import ACT_WORDS, SEAT_MOVES, STANDING, Act, StageState, State
from approvals.routes.rules import Mode, Signer, read_signers
from approvals.routes.seating import Claim, holders, plan_signers
from branch.notices.actions import tell
from branch.people.access import require_reentered
from branch.people.models import Person
from kernel.digests import digest, plain
from kernel.refusals import Refusal

AGREEING = (Act.AGREE, Act.AMEND)


@dataclass(frozen=True)
class _Answer:
    """What a signer says on one seat."""

    act: str
    opinion: str
    reentered: bool
    to_stage: str = ""
    data: dict[str, Any] = field(default_factory=dict)


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
    chosen: Mapping[str, Sequence[str]] | None = None,
    to_stage: str = "",
    data: Mapping[str, Any] | None = None,
) -> Request:
    """Sign one seat: `act` is one of states.Act. `reentered` says that the password was entered again for this signature.

    `chosen`: for each later stage that this stage's signer seats, the keys of the seats (queries.choices_for offers them); an
    empty list says that none is needed. `to_stage`: with 退回, the earlier stage that shall sign anew (empty: the applicant).
    `data`: what the stage's task asks for (回传会签意见: `summary`).

    Refused: see access.seat_to_sign; a stale digest; an act other than 同意 without an opinion; a missing password or choice;
    a stage that can't be returned to.
    """
    request = base.locked(request_id)
    kind = kind_of(request.kind)
    seat, claim = access.seat_to_sign(by, request, kind, seat_id)
    access.require_fresh(request, kind, act, seen_digest)
    opinion = _require_opinion(kind, seat, act, opinion)
    if kind.reentry:
        require_reentered(reentered, to=f"签署{kind.label}")
    now = timezone.now()
    kept = plain(dict(data or {}))
    if act in AGREEING and seat.anchor_id is None:
        kept |= require_choice(request, seat.stage, chosen, opinion)
        kept |= tasks.require_data(rule_of(request, seat.stage.code).task, kept, opinion)
    target = _require_target(request, seat.stage, act, to_stage)
    _sign(request, seat, claim, _Answer(act, opinion, reentered, target, kept), now)
    on_behalf = f"(代{claim.principal.name})" if claim.principal else ""
    summary = f"{seat.stage.label}:{ACT_WORDS[act]}{on_behalf} {request.number}"
    base.log(request, by, "decide", summary, decision=act, seat=seat.label, digest=seen_digest)
    if act in AGREEING and seat.anchor_id is None:
        apply_choice(request, seat.stage, kept.get("chosen", {}), by, now, reason=opinion)
    _follow(request, kind, seat, act=act, kept=kept, by=by, now=now)
    _require_way_on(request, seat, claim)
    return request


def _require_way_on(request: Request, seat: Seat, claim: Claim) -> None:
    """Somebody else should have signed here: with this voice spent, a seat to come would find nobody, and did before.

    What nobody can sign anyway (a role that stands empty) keeps nobody from signing before it.
    """
    wants = open_wants(request) if request.state == State.PENDING else []
    if not wants:
        return
    stages = Stage.objects.filter(request=request, round=request.round)
    heard = heard_in([*stages, *carried_stages(request)])
    problems = shortfalls(request, wants, heard)
    if not problems:
        return
    before = {code: people - set(claim.persons) if code == seat.stage.code else people for code, people in heard.items()}
    if not shortfalls(request, [*wants, wanted_at(seat)], before):
        whose = f"代{claim.principal.name}" if claim.principal else "由您"
        raise Refusal(f"这一席不能{whose}签:{problems[0]}。请另一位有权限的同事签这一席", code="strands", items=problems)


def _follow(request: Request, kind: Kind, seat: Seat, *, act: str, kept: dict[str, Any], by: Person, now: datetime) -> None:
    """What the signature moves. A number is drawn last: its run is locked from then until the commit."""

    def task() -> None:
        if act in AGREEING and seat.anchor_id is None:
            tasks.carry_out(request, rule_of(request, seat.stage.code), kept, by, now)

    settle(request, kind, seat.stage, by, now, before_finish=task)


def settle(
    request: Request, kind: Kind, stage: Stage, by: Person, now: datetime, *, before_finish: Callable[[], None] | None = None
) -> None:
    """Let the stage's answers take effect: the next seats, the next stage, 退回, 驳回 or 办结."""
    result = progress.after_decision(request, stage, now)
    if result == StageState.RETURNED:
        _hand_back(request, kind, stage, by, now)
    elif result == StageState.REJECTED:
        _send_back(request, kind, by, now, rejected=True)
    elif before_finish is not None:
        before_finish()
    if result == StageState.PASSED:
        _finish(request, kind, by, now)


def _require_opinion(kind: Kind, seat: Seat, act: str, opinion: str) -> str:
    if act not in ACT_WORDS or (act == Act.AMEND and not kind.amendable):
        raise Refusal("请选择同意、退回或驳回", code="unknown_act")
    if act == Act.REJECT and seat.stage.mode == Mode.VOTE:
        raise Refusal("票签按同意的比例决定,一人不能驳回;不同意请选择退回", code="unknown_act")
    text = opinion.strip()
    if act != Act.AGREE and not text:
        raise Refusal(f"{ACT_WORDS[act]}须写明意见,让发起人知道要改什么", code="opinion_required")
    if len(text) > base.LONGEST_TEXT:
        raise Refusal("意见最多 1000 字,请精简后再签署", code="opinion_too_long")
    return text


def _require_target(request: Request, stage: Stage, act: str, to_stage: str) -> str:
    """The stage that 退回 leads to, which must lie before this one and have been signed. '' is the applicant."""
    if not to_stage:
        return ""
    if act != Act.RETURN:
        raise Refusal("只有退回时才能选择退回到哪一环节", code="unknown_act")
    target = Stage.objects.filter(request=request, round=request.round, code=to_stage, position__lt=stage.position).first()
    if target is None or target.state not in STANDING or target.mode == Mode.READ:
        raise Refusal("只能退回到本环节之前已经签署过的环节,或退回发起人", code="bad_target")
    return target.code


def _sign(request: Request, seat: Seat, claim: Claim, answer: _Answer, now: datetime) -> None:
    """The decision's row; its signature is the hash of everything it says."""
    covered = {
        "request": request.number,
        "round": request.round,
        "stage": seat.stage.code,
        "seat": seat.key,
        "act": answer.act,
        "opinion": answer.opinion,
        "signer": claim.person.staff_no,
        "on_behalf_of": claim.principal.staff_no if claim.principal else "",
        "seen_digest": request.content_digest,
        "reentered": answer.reentered,
        "at": now,
    }
    more = {"to_stage": answer.to_stage, "data": answer.data}
    covered |= {key: value for key, value in more.items() if value}  # earlier signatures had neither
    decision = Decision.objects.create(
        request=request,
        round=request.round,
        seat=seat,
        act=answer.act,
        opinion=answer.opinion,
        signer=claim.person,
        on_behalf_of=claim.principal,
        seen_digest=request.content_digest,
        reentered=answer.reentered,
        to_stage=answer.to_stage,
        data=answer.data,
        signature=digest(covered),
        at=now,
    )
    progress.hear(request, [decision])
    Seat.objects.filter(pk=seat.pk).update(state=SEAT_MOVES.after(seat.state, "sign"))


def _finish(request: Request, kind: Kind, by: Person, now: datetime) -> None:
    """办结: the subject takes effect in this very transaction; the applicant hears of it now, and only now."""
    base.move(request, "finish", now)
    base.note(request, Event.APPROVED, by, now)
    copied = base.add_copies(request, progress.admitted(request, _to_copy(request)), now)
    link = request.get_absolute_url()
    tell([request.applicant], f"已通过:{request.title}({request.number})", key=f"approval:{request.pk}:approved", link=link)
    tell(copied, f"抄送您:{request.title}({request.number})", key=f"approval:{request.pk}:copied", link=link)
    base.log(request, by, "finish", f"申请 {request.number} 审批通过")
    kind.on_approved(request, by)


def _hand_back(request: Request, kind: Kind, stage: Stage, by: Person, now: datetime) -> None:
    """退回: to the applicant if anybody said so, else to the earliest of the stages that were named."""
    returns = Decision.objects.filter(seat__stage=stage, act=Act.RETURN)
    named = [row.to_stage for row in returns]
    if not all(named):
        _send_back(request, kind, by, now, rejected=False)
        return
    stages = Stage.objects.filter(request=request, round=request.round, code__in=named)
    _step_back(request, stage, stages.order_by("position")[0], by, now)


def _step_back(request: Request, stage: Stage, target: Stage, by: Person, now: datetime) -> None:
    """退回前面的环节: a new round of the same content from that stage on; the subject hears nothing, it has not come back."""
    base.move(request, "step_back", now)
    close_round(request, now)
    base.note(request, Event.STEPPED_BACK, by, now, f"由“{stage.label}”退回到“{target.label}”", to_stage=target.code)
    request.round += 1
    planned = plan_round(request, now, begin_at=target.code, verb="退回")
    request.save(update_fields=["round"])
    open_round(request, planned, now)
    text = f"{request.title}({request.number})由“{stage.label}”退回到“{target.label}”重新签署"
    tell([request.applicant], text, key=f"approval:{request.pk}:{request.round}:stepped", link=request.get_absolute_url())


def _send_back(request: Request, kind: Kind, by: Person, now: datetime, *, rejected: bool) -> None:
    """退回 gives the request back for a new round; 驳回 ends it."""
    base.move(request, "reject" if rejected else "return", now)
    close_round(request, now)
    base.note(request, Event.REJECTED if rejected else Event.RETURNED, by, now)
    word = "已驳回" if rejected else "已退回,请修改后再次提交"
    key = f"approval:{request.pk}:{request.round}:{request.state}"
    tell([request.applicant], f"{request.title}({request.number}){word}", key=key, link=request.get_absolute_url())
    (kind.on_rejected if rejected else kind.on_returned)(request, by)


def _to_copy(request: Request) -> list[Person]:
    wanted: tuple[Signer, ...] = read_signers(request.route_snapshot["copies"]) if request.route_snapshot["copies"] else ()
    seats = plan_signers(wanted, what="抄送", branch=request.branch, applicant=request.applicant, day=timezone.localdate())
    return [holder.person for sitting in holders(seats) for holder in sitting]
