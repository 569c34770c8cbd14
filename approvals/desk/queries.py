"""Every read for the pages of the approval centre: lists, the timeline, the route as it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from approvals.desk.models import Attachment, Comment, Phrase
from approvals.desk.rules import beginnings, mentions, named
from approvals.requests.kinds import Difference, kind_of
from approvals.requests.models import CopyTo, Decision, Request, RequestQuerySet, Seat, Stage, TrailEvent
from approvals.requests.progress import rule_of
from approvals.requests.queries import decision_of, may_read, readable
from approvals.requests.states import ACT_WORDS, STAGE_WORDS, STANDING, UNSIGNED, Act, SeatState, StageState, State
from approvals.routes.models import Delegation
from approvals.routes.queries import names_of
from approvals.routes.register import fact_labels, label_of
from approvals.routes.rules import Mode, read_stages
from approvals.routes.seating import Holder, holders, sits_company_wide
from approvals.routes.words import Step, drawn
from branch.people.models import Person
from branch.templatetags.zhanye import elapsed
from kernel.refusals import Refusal, Unknown

Event = TrailEvent.Event
ACT_COLOURS = {Act.AGREE: "green", Act.AMEND: "green", Act.RETURN: "orange", Act.REJECT: "red"}
EVENT_COLOURS = {
    Event.SUBMITTED: "blue",
    Event.RESUBMITTED: "blue",
    Event.APPROVED: "green",
    Event.STEPPED_BACK: "orange",
    Event.LATE: "orange",
    Event.ESCALATED: "orange",
}
TOLD_BY_DECISIONS = (Event.STAGE_OPENED, Event.RETURNED, Event.REJECTED)
APPLICANTS = (Event.SUBMITTED, Event.RESUBMITTED, Event.WITHDRAWN, Event.TAKEN_OVER)
TABS = {"waiting": "待我审批", "decided": "我已审批", "started": "我发起的", "copied": "抄送我的", "all": "查询"}


def events_of(request: Request) -> list[TrailEvent]:
    """The events that a page shows, in order."""
    rows = TrailEvent.objects.filter(request=request).exclude(event__in=TOLD_BY_DECISIONS)
    return list(rows.select_related("person"))


def stages_of(request: Request) -> list[Stage]:
    """The present round's stages in order."""
    return list(Stage.objects.filter(request=request, round=request.round).order_by("position"))


def sitting_on(request: Request, seats: Sequence[Seat]) -> dict[int, list[Holder]]:
    """Seat → who could sign it today, for the present round's seats that nobody has signed, in their order."""
    missing = [seat for seat in seats if seat.round == request.round and seat.state in UNSIGNED]
    return dict(zip([seat.pk for seat in missing], holders(missing, kind=request.kind), strict=True))


def timeline(
    request: Request,
    seats: Sequence[Seat],
    events: Sequence[TrailEvent],
    stages: Sequence[Stage],
    sitting: Mapping[int, list[Holder]] | None = None,
) -> list[dict[str, Any]]:
    """Entries for parts/timeline.html: per round what happened in order of time, then who is still missing, in grey.

    `sitting`: of `sitting_on`, where it is at hand.
    """
    sitting = sitting_on(request, seats) if sitting is None else sitting
    carried = {stage.carried_from_id for stage in stages}
    labels = {stage.code: stage.label for stage in stages}
    entries: list[tuple[int, datetime, dict[str, Any]]] = [(e.round, e.at, _event_entry(e)) for e in events]
    for seat in seats:
        decision = decision_of(seat)
        if decision is not None:
            earlier, on = seat.round < request.round, seat.stage_id in carried
            entry = _decision_entry(seat, decision, void=earlier and not on, carried=earlier and on)
            if decision.to_stage:
                entry["word"] += f"到“{labels.get(decision.to_stage, decision.to_stage)}”"
            entries.append((seat.round, decision.at, entry))
    entries.sort(key=lambda entry: (entry[0], entry[1]))
    waiting = [_missing_entry(seat, sitting[seat.pk]) for seat in seats if seat.pk in sitting]
    return [entry for _, _, entry in entries] + waiting


def _event_entry(event: TrailEvent) -> dict[str, Any]:
    ended = event.event == Event.APPROVED
    return {
        "stage": "发起人" if event.event in APPLICANTS else "全部环节" if ended else "",
        "who": event.person.name if event.person and not ended else "",
        "word": event.get_event_display(),
        "color": EVENT_COLOURS.get(Event(event.event), "grey"),
        "opinion": f"催办对象:{event.text}" if event.event == Event.REMINDED and event.text else event.text,
        "at": event.at,
        "round": event.round,
    }


def _decision_entry(seat: Seat, decision: Decision, *, void: bool, carried: bool) -> dict[str, Any]:
    """`void`: an agreement of an earlier round, which covers the content sent back and no longer counts; `carried`: 沿用."""
    return {
        "void": void and decision.act in (Act.AGREE, Act.AMEND),
        "carried": carried,
        "seen": decision.seen_digest[:12],
        "stage": _place(seat),
        "who": decision.signer.name,
        "for_whom": decision.on_behalf_of.name if decision.on_behalf_of else "",
        "word": ACT_WORDS[decision.act],
        "color": ACT_COLOURS[Act(decision.act)],
        "opinion": decision.opinion,
        "at": decision.at,
        "took": elapsed((decision.at - seat.opened_at).total_seconds()) if seat.opened_at else "",
        "round": decision.round,
    }


def _missing_entry(seat: Seat, sitting: list[Holder]) -> dict[str, Any]:
    now = seat.state == SeatState.OPEN
    return {
        "stage": _place(seat),
        "who": "、".join(holder.words for holder in sitting[:4]) or "目前无人担任",
        "word": "待签署" if now else "未轮到",
        "missing": True,
        "took": "",
        "round": seat.round,
    }


def _place(seat: Seat) -> str:
    return seat.stage.label if seat.stage.mode == Mode.SINGLE else f"{seat.stage.label} · {seat.label}"


def progress_words(seats: Sequence[Seat], round_no: int) -> str:
    """“已签 2/3,待:合规部” for the stage that is open; '' when none is."""
    here = [seat for seat in seats if seat.round == round_no and seat.stage.state == StageState.OPEN]
    if not here:
        return ""
    waiting = "、".join(seat.label for seat in here if seat.state in UNSIGNED)
    here = [seat for seat in here if seat.state != SeatState.VOID]
    stage = here[0].stage
    needed = 1 if stage.mode == Mode.ANY else ceil(len(here) * (stage.share or 100) / 100)
    signed = sum(seat.state == SeatState.SIGNED for seat in here)
    between = "之一" if stage.mode == Mode.ANY and len(here) > 1 else ""
    return f"{stage.label}:已签 {signed}/{needed},待:{waiting}{between}"


def differences(request: Request, events: Sequence[TrailEvent]) -> list[Difference]:
    """What the present round's facts change against the round before; nothing in round 1."""
    submitted = [event for event in events if event.event in (Event.SUBMITTED, Event.RESUBMITTED)]
    if len(submitted) < 2:
        return []
    before, after = (event.data.get("facts", {}) for event in submitted[-2:])
    richer = kind_of(request.kind).diff
    if richer is not None:
        return richer(before, after)
    labels = fact_labels(request.kind)
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return [Difference(labels.get(key, key), str(before.get(key, "无")), str(after.get(key, "无"))) for key in keys]


def request_steps(request: Request, present: Sequence[Stage]) -> list[Step]:
    """The stages of the request's own snapshot with their state in the present round."""
    stages = {stage.code: stage for stage in present}
    rules = read_stages(request.route_snapshot["stages"])
    names = names_of(request.kind, rules)
    return [
        drawn(rule, stages[rule.code].state, STAGE_WORDS[stages[rule.code].state], names) for rule in rules if rule.code in stages
    ]


def request_rows() -> RequestQuerySet:
    """What a list shows of each request, without a query a row."""
    rows: RequestQuerySet = Request.objects.all()
    return rows.select_related("applicant", "branch").with_present_stage()


def rows_of_tab(tab: str, person: Person) -> RequestQuerySet:
    """One of the lists of the approval centre (a key of TABS)."""
    rows = request_rows()
    chosen = {
        "waiting": rows.waiting_for,
        "decided": rows.decided_by,
        "started": rows.started_by,
        "copied": rows.copied_to,
        "all": rows.visible_to if sits_company_wide(person) else rows.gathered_for,
    }
    return chosen[tab](person).filter(readable(person))


def with_words(rows: RequestQuerySet, text: str) -> RequestQuerySet:
    """Those with the text in number, 文号, title, applicant (name, 拼音首字母, 工号), an opinion or a comment."""
    applicant = Q(applicant__name__icontains=text) | Q(applicant__staff_no=text) | Q(applicant__initials__istartswith=text)
    found = Q(number__icontains=text) | Q(document_number__icontains=text) | Q(title__icontains=text) | applicant
    if len(text) > 1:
        opined = Decision.objects.filter(request=OuterRef("pk"), opinion__icontains=text)
        commented = Comment.objects.filter(request=OuterRef("pk"), text__icontains=text, struck_at=None)
        found |= Exists(opined) | Exists(commented)
    return rows.filter(found)


def targets(stages: Sequence[Stage], signing: Mapping[int, Stage]) -> list[Stage]:
    """The earlier stages that 退回 may lead to from all of the stages that the person signs; the applicant besides."""
    if not signing:
        return []
    first = min(stage.position for stage in signing.values())
    return [stage for stage in stages if stage.position < first and stage.state in STANDING and stage.mode != Mode.READ]


def task_of(request: Request, stage: Stage) -> str:
    """What the stage does besides signing, by the request's own snapshot."""
    return str(rule_of(request, stage.code).task)


def droppable_seats(person: Person, request: Request) -> list[Seat]:
    """Seats of the present round that the person added or chose and that nobody has signed."""
    unsigned = Seat.objects.filter(request=request, round=request.round, state__in=UNSIGNED)
    return list(unsigned.filter(added_by=person).select_related("stage"))


def copies_of(request: Request) -> QuerySet[CopyTo]:
    """Who got a copy, from whom, and whether it was marked 已阅."""
    return CopyTo.objects.filter(request=request).select_related("person", "by")


@dataclass(frozen=True)
class DelegationLine:
    """A 委托代签 as its page shows it."""

    delegation: Delegation
    kinds: str
    word: str
    may_end: bool


def delegations_of(person: Person) -> list[DelegationLine]:
    """What the person has lent and received, newest first."""
    rows = Delegation.objects.filter(Q(principal=person) | Q(deputy=person)).select_related("principal", "deputy")[:100]
    return [_delegation_line(row, timezone.localdate()) for row in rows]


def _delegation_line(row: Delegation, today: date) -> DelegationLine:
    ended = row.ended_at is not None or row.effective_to < today
    word = "已终止" if row.ended_at else "已过期" if ended else "待生效" if row.effective_from > today else "生效"
    return DelegationLine(row, "、".join(label_of(code) for code in row.kinds) or "全部类别", word, not ended)


def comments_of(request: Request) -> QuerySet[Comment]:
    """Every comment, oldest first, with its author."""
    return Comment.objects.filter(request=request).select_related("author")


def attachments_of(request: Request) -> QuerySet[Attachment]:
    """Every attachment, the present round's first."""
    rows = Attachment.objects.filter(request=request).select_related("file", "by", "decision")
    return rows.order_by("-round", "id")


def attachment_of(request: Request, attachment_id: int) -> Attachment:
    """One attachment of a request that the person may see. Raises Unknown."""
    found = attachments_of(request).filter(pk=attachment_id).first()
    if found is None:
        raise Unknown("没有这个附件", code="unknown")
    return found


def phrases_of(person: Person) -> list[str]:
    """One's own 常用语 in their order."""
    return list(Phrase.objects.filter(person=person).values_list("text", flat=True))


def participants(request: Request) -> list[Person]:
    """The applicant, who may sit on a seat of the present round, who has signed or commented, and who got a copy; by 工号."""
    seats = list(Seat.objects.filter(request=request, round=request.round))
    sitting = {holder.person.pk: holder.person for found in holders(seats, kind=request.kind) for holder in found}
    spoke = Decision.objects.filter(request=request).values("signer")
    copied = CopyTo.objects.filter(request=request).values("person")
    commented = Comment.objects.filter(request=request).values("author")
    others = Person.objects.filter(
        Q(pk=request.applicant_id) | Q(pk__in=spoke) | Q(pk__in=copied) | Q(pk__in=commented),
    )
    everybody = sitting | {person.pk: person for person in others}
    return sorted(everybody.values(), key=lambda person: person.staff_no)


def mentioned_in(text: str, request: Request, by: Person) -> list[Person]:
    """Whom the @ in a text name, each once, the writer left out: participants first, then colleagues who may see the request.

    Refused: a name that nobody has or several have, and a colleague who may not see it.
    """
    words = mentions(text)
    if not words:
        return []
    present = participants(request)
    found = {}
    for word in words:
        people = _bearers(word, present) or _bearers(word, _colleagues(word))
        person = _the_one(word, people, request)
        found[person.pk] = person
    found.pop(by.pk, None)
    return list(found.values())


def _bearers(word: str, people: Sequence[Person]) -> list[Person]:
    """Those of the people whose 工号 or name is the longest that the word begins with."""
    name = named(word, [text for person in people for text in (person.staff_no, person.name)])
    return [person for person in people if name in (person.staff_no, person.name)]


def _colleagues(word: str) -> list[Person]:
    names = beginnings(word)
    return list(Person.objects.filter(Q(name__in=names) | Q(staff_no__in=names)))


def _the_one(word: str, people: list[Person], request: Request) -> Person:
    if not people:
        raise Refusal(f"没有找到 @ 的“{word}”,请写对方的姓名或工号,后面空一格", code="unknown_person")
    if len(people) > 1:
        choice = "、".join(f"@{person.staff_no}" for person in people[:5])
        raise Refusal(f"“{people[0].name}”有 {len(people)} 位同名,请改用工号:{choice}", code="several")
    person = people[0]
    if not sees(person, request):
        raise Refusal(f"{person.name}看不到这份申请,不能 @;需要时请先由参与人抄送", code="may_not_see")
    return person


def sees(person: Person, request: Request) -> bool:
    """Whether the person takes part in the request, or its kind lets them see it."""
    return may_read(person, request, takes_part=Request.objects.visible_to(person).filter(pk=request.pk).exists())


@dataclass(frozen=True)
class SheetLine:
    """One place of the 会签单: what its department said, by whom, when; empty while it is missing."""

    stage: str
    place: str
    name: str
    for_whom: str
    word: str
    opinion: str
    at: datetime | None


@dataclass(frozen=True)
class SheetRound:
    """A round's lines, in the route's order."""

    number: int
    lines: list[SheetLine]


def sheet_rounds(request: Request, seats: Sequence[Seat], stages: Sequence[Stage]) -> list[SheetRound]:
    """What the 会签单 prints, the present round first; of earlier rounds only what was signed, marked where it is 沿用."""
    carried = {stage.carried_from_id for stage in stages}
    rounds: dict[int, list[SheetLine]] = {}
    for seat in seats:
        decision = decision_of(seat)
        missing = seat.round == request.round and seat.state in UNSIGNED
        if decision is not None or missing:
            rounds.setdefault(seat.round, []).append(_sheet_line(seat, decision, carried=seat.stage_id in carried))
    return [SheetRound(number, rounds[number]) for number in sorted(rounds, reverse=True)]


def _sheet_line(seat: Seat, decision: Decision | None, *, carried: bool) -> SheetLine:
    if decision is None:
        return SheetLine(seat.stage.label, seat.label, "", "", "", "", None)
    behalf = decision.on_behalf_of.name if decision.on_behalf_of else ""
    word = f"{ACT_WORDS[decision.act]}(沿用)" if carried else ACT_WORDS[decision.act]
    return SheetLine(seat.stage.label, seat.label, decision.signer.name, behalf, word, decision.opinion, decision.at)


def conclusion(request: Request, seats: Sequence[Seat]) -> str:
    """最终结论 in the form's words; '' while it is open."""
    decided = [decision for seat in seats if seat.round == request.round and (decision := decision_of(seat))]
    amended = any(decision.act == Act.AMEND for decision in decided)
    words = {State.APPROVED: "同意(修改后)" if amended else "同意", State.REJECTED: "不同意", State.RETURNED: "退回"}
    return words.get(State(request.state), "")
