"""Who may do what to a request. One function per act; each raises a Refusal with a sentence for the person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from approvals.requests.kinds import Kind, kind_of
from approvals.requests.models import Decision, Request, Seat
from approvals.requests.states import MOVES, UNSIGNED, Act, SeatState, StageState, State
from approvals.routes.rules import Task, read_signers, read_stages
from approvals.routes.seating import Claim, claims, matches, plan_signers
from branch.people.access import holdings_on
from branch.people.models import Person
from branch.people.queries import can_sign_in
from kernel.refusals import Forbidden, Refusal, Unknown, allows

REMIND_COOL_DOWN = timedelta(hours=4)


def require_applicant(person: Person, request: Request, *, to: str) -> None:
    """Only whose request it is may chase it or send it up again."""
    if request.applicant_id != person.pk:
        raise Forbidden(f"只有发起人{request.applicant.name}可以{to}申请 {request.number}", code="not_applicant")


def require_withdrawable(person: Person, request: Request) -> None:
    """撤回, while the request is unfinished: by the applicant, or by whom the kind lets act in their place."""
    if request.applicant_id != person.pk:
        kind_of(request.kind).may_act_for(person, request)
    MOVES.after(request.state, "withdraw")


def require_resubmittable(person: Person, request: Request) -> None:
    """再次提交: by the applicant, after a 退回. Who may act in their place takes the request over first."""
    if request.applicant_id != person.pk and allows(kind_of(request.kind).may_act_for, person, request):
        said = f"申请 {request.number} 由{request.applicant.name}发起;本人不能办理时,请先在这份申请的页面“接办”并写明原因,再提交"
        raise Forbidden(said, code="take_over_first")
    require_applicant(person, request, to="再次提交")
    MOVES.after(request.state, "resubmit")


def require_takeable(person: Person, request: Request) -> None:
    """接办: by whom the kind lets act in the applicant's place, unless they have signed in the round that goes on."""
    MOVES.after(request.state, "take_over")
    if request.applicant_id == person.pk:
        raise Refusal("这份申请就是您发起的,不需要接办", code="same_person")
    kind_of(request.kind).may_act_for(person, request)
    if request.state == State.PENDING and said_in_round([person.pk], request).exists():
        raise Refusal("您在本轮已签署过,不能再接办这份申请;请由另一位同事接办,或由审批人退回后再办", code="signed_twice")


def require_remindable(person: Person, request: Request, now: datetime) -> None:
    """催办: by the applicant or a chaser, while somebody must sign, and not more often than every REMIND_COOL_DOWN."""
    if not is_chaser(person, request):
        require_applicant(person, request, to="催办")
    MOVES.after(request.state, "remind")
    free = request.reminded_at + REMIND_COOL_DOWN if request.reminded_at else now
    if free > now:
        minutes = int((free - now).total_seconds() // 60) + 1
        hours, rest = divmod(minutes, 60)
        wait = f"{hours} 小时 {rest} 分" if hours else f"{rest} 分钟"
        raise Refusal(f"刚刚催办过,请 {wait}后再催", code="cool_down")


def is_chaser(person: Person, request: Request) -> bool:
    """Whether the route lets this person 催办: as one of its chasers, or as who collects the opinions (汇总)."""
    kept = request.route_snapshot.get("chasers") or []
    signers = [
        signer for rule in read_stages(request.route_snapshot["stages"]) if rule.task == Task.COLLECT for signer in rule.signers
    ]
    wanted = [*(read_signers(kept) if kept else ()), *signers]
    if not wanted:
        return False
    day = timezone.localdate()
    seats = plan_signers(wanted, what="催办", branch=request.branch, applicant=request.applicant, day=day)
    return any(seat.person_id == person.pk or any(matches(seat, held) for held in holdings_on(person)) for seat in seats)


def seat_to_sign(person: Person, request: Request, kind: Kind, seat_id: int | None = None) -> tuple[Seat, Claim]:
    """The open seat this person signs, and on whose account. To be asked under the request's lock.

    Refused: a request that has ended, one's own request, a second signature in the round, a seat one doesn't hold,
    more than one possible seat without saying which, and whatever the kind itself forbids.
    """
    MOVES.after(request.state, "sign")
    own = claims(person, afresh=True)
    found: dict[int, tuple[Seat, Claim]] = {}
    for claim in own:
        for seat in Seat.objects.open_by(claim).filter(request=request).select_related("stage"):
            found.setdefault(seat.pk, (seat, claim))
    if seat_id is not None:
        found = {pk: pair for pk, pair in found.items() if pk == seat_id}
    if not found:
        raise _why_not(person, request, own)
    if len(found) > 1:
        labels = "、".join(seat.label for seat, _ in found.values())
        raise Refusal(f"您可以代表 {labels} 签署,请先选择以哪个席位签署", code="which_seat")
    seat, claim = next(iter(found.values()))
    for voice in filter(None, (person, claim.principal)):  # by person, not by account: nor may a barred person's deputy
        kind.may_sign(voice, request)
    return seat, claim


def require_sign_in(person: Person) -> None:
    """Who shall sign must be able to sign in: an account that is open, a person who is still here. Told by 工号, not by name."""
    if not can_sign_in(person, timezone.localdate()):
        raise Refusal(f"工号 {person.staff_no} 的人员已离职或没有可用的登录账号,请另选一人", code="cannot_sign_in")


def require_able(person: Person, request: Request, kind: Kind, seats: list[Seat]) -> None:
    """A named person must be able to sign these seats when their turn comes: here, not the applicant, not heard this round."""
    require_sign_in(person)
    if person.pk in request.proposers:
        raise Refusal("不能由发起人审批自己发起的申请,请另选一人", code="same_person")
    own = claims(person, afresh=True)[0]
    able = Seat.objects.takeable_by(own).filter(pk__in=[seat.pk for seat in seats])
    if able.count() != len(seats):
        raise Refusal(f"{person.name}在本轮已签署过,同一申请不能签两次,请另选一人", code="signed_twice")
    kind.may_sign(person, request)


def seat_to_drop(person: Person, request: Request, seat_id: int) -> Seat:
    """An unsigned seat of the present round that the person added or chose, and not the last of its stage."""
    seat = Seat.objects.filter(pk=seat_id, request=request, round=request.round).select_related("stage").first()
    if seat is None or seat.state not in UNSIGNED:
        raise Refusal("这个席位已签署或已撤下,不能减签,请刷新页面查看", code="not_open")
    if seat.added_by_id is None or seat.added_by_id != person.pk:
        raise Forbidden("只能减去本人加签或选定的席位", code="not_yours")
    others = Seat.objects.filter(stage=seat.stage, anchor=None).exclude(pk=seat.pk).exclude(state=SeatState.VOID)
    if seat.anchor_id is None and not others.exists():
        raise Refusal(f"“{seat.stage.label}”至少要有一个签署方,不能减去最后一个", code="last_seat")
    return seat


def require_participant(person: Person, request: Request, kind: Kind) -> None:
    """抄送: by who takes part in the request or may see it."""
    if not (Request.objects.visible_to(person).filter(pk=request.pk).exists() or kind.may_see(person, request)):
        raise Unknown("没有这份申请", code="unknown")


def require_copyable(person: Person, request: Request, kind: Kind) -> None:
    """Who gets a copy may read: of a confidential kind only whom the kind admits anyway."""
    if kind.confidential and not kind.may_see(person, request):
        raise Refusal(f"{person.name}没有权限查看“{kind.label}”,不能抄送,请另选一人", code="may_not_see")


def said_in_round(people: Iterable[int], request: Request) -> QuerySet[Decision]:
    """What these people have said in the present round (沿用 included), in person or through a deputy."""
    this_round = Q(round=request.round) | Q(seat__stage__carried__round=request.round)
    voices = Q(signer__in=people) | Q(on_behalf_of__in=people)
    return Decision.objects.filter(voices, this_round, request=request)


def _why_not(person: Person, request: Request, own: list[Claim]) -> Refusal:
    """The sentence that says why no seat of the request is this person's now."""
    for claim in own:
        held = Seat.objects.filter(claim.seats, request=request, state=SeatState.OPEN).exists()
        if held and not request.proposers.isdisjoint(claim.persons):
            whose = "本人" if person.pk in request.proposers else "委托人本人"
            return Refusal(f"不能审批{whose}发起的申请,请由另一位有权限的同事签署", code="same_person")
    signed = said_in_round({pk for claim in own for pk in claim.persons}, request).select_related("signer", "seat__stage")
    if request.route.same_person_twice:  # then only a signature in the same stage bars
        signed = signed.filter(seat__stage__state=StageState.OPEN)
    mine = next((d for d in signed if d.signer_id == person.pk), None)
    if mine is not None:
        stage = mine.seat.stage.label
        return Refusal(f"您已在“{stage}”签署过({mine.get_act_display()}),同一申请不能重复签署", code="signed_twice")
    if signed:
        other = signed[0]
        return Refusal(f"{other.signer.name}已在“{other.seat.stage.label}”签署,委托双方不能各签一次", code="signed_twice")
    return Refusal("当前环节没有由您签署的席位,可能已由他人签署或流程已进入下一环节,请刷新页面查看", code="not_your_seat")


def require_fresh(request: Request, kind: Kind, act: str, seen_digest: str) -> None:
    """What is signed must be what was seen; what is agreed to must still be what the subject holds."""
    if seen_digest != request.content_digest:
        raise Refusal("您打开页面之后内容有了变化,请查看最新内容后再签署", code="stale")
    agreeing = act in (Act.AGREE, Act.AMEND)
    if agreeing and kind.digest is not None and kind.digest(request) != request.content_digest:
        raise Refusal("申请的内容在提交后被改动,与提交时不一致,不能同意;请退回发起人重新提交", code="stale")
