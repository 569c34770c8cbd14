"""What pages and other rooms read of moves, leavings and handover lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from branch import clearance
from branch.clearance import Binding
from branch.org.models import Branch, Group, Outlet, Team
from branch.people.access import reach
from branch.people.models import Engagement, Leadership, Person, Posting, RoleHolding
from branch.people.queries import current, holders, leader_on
from branch.people.roles import Power
from clients.registry.models import Relation
from clients.registry.queries import open_relations_of
from kernel.digests import digest
from kernel.refusals import Unknown
from teams.plans.moves import access, rules, states
from teams.plans.moves.models import (
    Handover,
    HandoverLine,
    HandoverReceipt,
    Leaving,
    LeavingQuerySet,
    Move,
    MoveQuerySet,
)

PLACES = ("from_team", "from_group", "from_outlet", "to_team", "to_group", "to_outlet")
WATCHING_ROLES = ("branch_manager", "deputy_manager", "trade_admin")


def moves_for(person: Person, *, state: str = "", text: str = "") -> MoveQuerySet:
    """The moves this person may see, newest first; `text` is part of a name or a 工号."""
    rows = Move.objects.visible_to(person).select_related("branch", "person", "made_by", "handover", *PLACES)
    rows = rows.filter(state=state) if state else rows
    return rows.filter(_named(text)) if text else rows


def _named(text: str) -> Q:
    return Q(person__name__contains=text.strip()) | Q(person__staff_no=text.strip())


def move_for(person: Person, move_id: int) -> Move:
    """The move, if this person may see it. Raises Unknown."""
    rows = moves_for(person).select_related("accepted_by", "approval", "approval__applicant", "handover__witness")
    found = rows.filter(pk=move_id).first()
    if found is None:
        raise Unknown("没有这次调动,或不在您的查看范围内")
    return found


def leavings_for(person: Person, *, state: str = "", text: str = "") -> LeavingQuerySet:
    rows = Leaving.objects.visible_to(person).select_related("branch", "team", "person", "made_by", "handover")
    rows = rows.filter(state=state) if state else rows
    return rows.filter(_named(text)) if text else rows


def leaving_for(person: Person, leaving_id: int) -> Leaving:
    """The leaving, if this person may see it. Raises Unknown."""
    rows = leavings_for(person).select_related("closed_by", "approval", "approval__applicant", "handover__witness")
    found = rows.filter(pk=leaving_id).first()
    if found is None:
        raise Unknown("没有这次离职,或不在您的查看范围内")
    return found


def handover_for(person: Person, handover_id: int) -> Handover:
    """The list, if this person may see it. Raises Unknown."""
    subjects = ("move", "move__person", "leaving", "leaving__person", "giver_signed_by")
    rows = Handover.objects.visible_to(person).select_related("branch", "team", "giver", "witness", *subjects)
    found = rows.filter(pk=handover_id).first()
    if found is None:
        raise Unknown("没有这份交接清单,或不在您的查看范围内")
    return found


def handovers_for(person: Person) -> QuerySet[Handover]:
    """Lists this person sees, those not yet signed to the end first, then the newest; with how many clients go."""
    subjects = ("giver", "witness", "move", "move__person", "leaving", "leaving__person")
    rows = Handover.objects.visible_to(person).select_related("branch", *subjects)
    handed = Count("lines", filter=Q(lines__decision=rules.HAND))
    undecided = Count("lines", filter=Q(lines__decision=rules.OPEN))
    return rows.annotate(handed=handed, undecided=undecided).order_by(F("completed_at").desc(nulls_first=True), "-pk")


def waiting_among(person: Person, ids: list[int]) -> set[int]:
    """Which of these lists wait for this person's signature."""
    return set(Handover.objects.to_sign(person).filter(pk__in=ids).values_list("pk", flat=True))


def sees_list(person: Person, handover: Handover) -> bool:
    """Whether the list's own page answers this person."""
    return Handover.objects.visible_to(person).filter(pk=handover.pk).exists()


def is_next(person: Person, parties: Sequence[Party]) -> bool:
    """Whether this person signs now: the witness last, the others in any order."""
    *others, witness = parties
    if any(one.person == person and one.signed_at is None for one in others):
        return True
    return witness.person == person and witness.signed_at is None and all(one.signed_at is not None for one in others)


def lines_for(person: Person, handover: Handover, *, decision: str = "") -> QuerySet[HandoverLine]:
    """The list's lines that this person sees, by client."""
    rows = handover.lines.filter(access.seen_lines(person, handover)).select_related("client", "receiver")
    rows = rows.filter(decision=decision) if decision else rows
    return rows.order_by("client__client_no", "pk")


@dataclass(frozen=True)
class Tally:
    """How many clients of a list stay, go and are undecided, and how many go to whom."""

    decisions: dict[str, int]
    receivers: dict[int, int]

    @property
    def undecided(self) -> int:
        return self.decisions[rules.OPEN]

    @property
    def kept(self) -> int:
        return self.decisions[rules.KEEP]

    @property
    def handed(self) -> int:
        return self.decisions[rules.HAND]

    @property
    def total(self) -> int:
        return sum(self.decisions.values())


def tally_of(handover: Handover) -> Tally:
    """One statement, however many clients."""
    decisions, receivers = dict.fromkeys(rules.DECISIONS, 0), {}
    for decision, receiver, count in handover.lines.order_by().values_list("decision", "receiver").annotate(Count("pk")):
        decisions[decision] += count
        if receiver is not None:
            receivers[receiver] = count
    return Tally(decisions, receivers)


def counts_of(handover: Handover) -> dict[str, int]:
    return tally_of(handover).decisions


def missing_clients(handover: Handover) -> QuerySet[Relation]:
    """The giver's clients who came after the list was made, and are not on it."""
    listed = handover.lines.values("client")
    return open_relations_of(handover.giver).filter(client__branch=handover.branch_id).exclude(client__in=listed)


def digest_of(handover: Handover, receiver: Person | None = None) -> str:
    """The hash of what somebody signs: the whole list with its parties, or a receiver's own lines."""
    rows = handover.lines.all() if receiver is None else handover.lines.filter(receiver=receiver)
    lines = (
        (no, decision, to or "") for no, decision, to in rows.values_list("client__client_no", "decision", "receiver__staff_no")
    )
    subject = handover.subject
    content = {
        "of": f"{subject._meta.label}:{subject.pk}",
        "giver": handover.giver.staff_no,
        "witness": handover.witness.staff_no if handover.witness else "",
        "lines": rules.listed(lines),
    }
    return digest(content)


def digest_for(person: Person, handover: Handover, tally: Tally) -> str:
    """What this person would sign: a receiver the own lines, everybody else the whole list."""
    receives = person.pk in tally.receivers and person.pk not in (handover.giver_id, handover.witness_id)
    return digest_of(handover, person if receives else None)


@dataclass(frozen=True)
class Party:
    """Somebody whose signature a list needs: as what, for how many clients, when it was given (by whom, if not by themselves)."""

    role: str
    person: Person | None
    clients: int
    signed_at: datetime | None
    signed_by: Person | None = None


def parties_of(handover: Handover, tally: Tally | None = None) -> list[Party]:
    """Giver, each receiver, witness, in the order of the paper. Three statements however many clients."""
    counts = (tally or tally_of(handover)).receivers
    signed = dict(HandoverReceipt.objects.filter(handover=handover).values_list("receiver", "signed_at"))
    stood_in = handover.giver_signed_by if handover.absent_reason else None
    found = [Party("移交人", handover.giver, sum(counts.values()), handover.giver_signed_at, stood_in)]
    for person in Person.objects.filter(pk__in=list(counts)):
        found.append(Party("接收人", person, counts[person.pk], signed.get(person.pk)))
    found.append(Party("监交人", handover.witness, sum(counts.values()), handover.witness_signed_at))
    return found


def at_work(branch: Branch, day: date) -> QuerySet[Person]:
    """Client managers posted in the branch on that day who are not about to leave: who may take clients over."""
    posted = Posting.objects.filter(current(day), branch=branch).exclude(team=None).values("person")
    engaged = Engagement.objects.filter(Q(ended_on=None) | Q(ended_on__gte=day), branch=branch).values("person")
    leaving = Leaving.objects.open().values("person")
    return Person.objects.filter(pk__in=posted).filter(pk__in=engaged).exclude(pk__in=leaving)


def receivers_for(handover: Handover) -> QuerySet[Person]:
    """Who may take clients over: neither the giver nor the witness."""
    kept = [handover.giver_id, *([handover.witness_id] if handover.witness_id else [])]
    return at_work(handover.branch, timezone.localdate()).exclude(pk__in=kept)


def witnesses_for(handover: Handover) -> QuerySet[Person]:
    """Who may watch: who leads a team or group of the branch, its managers, 交易管理岗; nobody who gives or receives."""
    today = timezone.localdate()
    led = Leadership.objects.filter(current(today), team__branch=handover.branch).values("person")
    held = RoleHolding.objects.filter(current(today), branch=handover.branch, role__in=WATCHING_ROLES).values("person")
    receivers = handover.lines.filter(decision=rules.HAND).values("receiver")
    people = Person.objects.filter(Q(pk__in=led) | Q(pk__in=held))
    return people.exclude(pk=handover.giver_id).exclude(pk__in=receivers)


def first_witness(person: Person, branch: Branch, team: Team | None, day: date) -> Person | None:
    """Who watches unless somebody else is named: the leader of the day, of a leader the branch manager."""
    leader = leader_on(team.pk, day) if team is not None else None
    if leader is not None and leader.pk != person.pk:
        return leader
    return next((one for one in holders("branch_manager", branch=branch, day=day) if one.pk != person.pk), None)


def people_to_plan_for(person: Person, *, themselves: bool = False) -> QuerySet[Person]:
    """Whom this person may move (or file a leaving for): who works today in the teams led or the branches managed."""
    scope, today = reach(person, Power.PLAN_EDIT), timezone.localdate()
    within = Q(branch__in=scope.branches) | Q(team__in=scope.teams)
    if scope.company:
        within = Q()
    posted = (
        Posting.objects.filter(within & current(today)).values("person") if scope else Posting.objects.none().values("person")
    )
    engaged = Engagement.objects.filter(ended_on=None).values("person")
    found = Q(pk__in=posted)
    found = found | Q(pk=person.pk) if themselves else found & ~Q(pk=person.pk)
    return Person.objects.filter(found).filter(pk__in=engaged)


def groups_to_move_to(person: Person) -> QuerySet[Group]:
    """Groups in being of the branches in which the person plans."""
    branches = _branches(person)
    return Group.objects.filter(closed_on=None, team__closed_on=None, team__branch__in=branches).select_related("team")


def outlets_to_move_to(person: Person) -> QuerySet[Outlet]:
    return Outlet.objects.filter(closed_on=None, branch__in=_branches(person))


def _branches(person: Person) -> QuerySet[Branch]:
    scope = reach(person, Power.PLAN_EDIT)
    rows = Branch.objects.all()
    return rows if scope.company else rows.filter(Q(pk__in=scope.branches) | Q(teams__in=scope.teams)).distinct()


def is_leaving(person: Person) -> bool:
    """Whether a leaving of the person is under way: what only they could do others may do for them."""
    return Leaving.objects.open().filter(person=person).exists()


def bindings_of(leaving: Leaving) -> list[Binding]:
    """What still binds the leaver, as of the last day."""
    return clearance.of_leaver(leaving.person, leaving.last_day)


def late_leavings(person: Person, today: date) -> LeavingQuerySet:
    """Leavings past their last day in the teams this person leads or the branches they manage."""
    return Leaving.objects.late(today).filter(_planned_by(person, "team"))


def late_moves(person: Person, today: date) -> MoveQuerySet:
    """Moves past their day that wait for a handover, where this person leads or manages."""
    rows = Move.objects.filter(state=states.HANDING, effective_on__lte=today)
    return rows.filter(_planned_by(person, "from_team"))


def _planned_by(person: Person, team: str) -> Q:
    scope = reach(person, Power.PLAN_EDIT)
    return ~Q(pk__in=[]) if scope.company else Q(branch__in=scope.branches) | Q(**{f"{team}__in": scope.teams})
