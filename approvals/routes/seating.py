"""Who holds a seat today. Roles are looked up when somebody signs, never copied at submission; a delegate sits with 代.

Two views of one rule: `matches` for a seat and a holding in memory, `claims` the same as a database filter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from django.db.models import FilteredRelation, Q
from django.utils import timezone

from approvals.routes.models import Delegation
from approvals.routes.rules import Signer, StageRule
from branch.org.models import Branch, Department
from branch.people.access import holdings_on
from branch.people.models import Leadership, Person, Posting, RoleHolding
from branch.people.queries import current
from branch.people.roles import ROLES, Scope
from kernel.refusals import Refusal

HEAD_OFFICE_ROLES = frozenset(code for code, role in ROLES.items() if role.scope in (Scope.COMPANY, Scope.DEPARTMENT))


class Place(Protocol):
    """A seat, planned or kept: exactly one of role, department, person."""

    @property
    def role(self) -> str: ...
    @property
    def branch_id(self) -> int | None: ...
    @property
    def department_id(self) -> int | None: ...
    @property
    def person_id(self) -> int | None: ...


@dataclass(frozen=True)
class PlannedSeat:
    """A seat before its row exists. `key` is unique in its stage and stays the same from round to round.

    `leader`: the person sits as the applicant's leader, not by name.
    """

    key: str
    label: str
    role: str = ""
    branch_id: int | None = None
    department_id: int | None = None
    person_id: int | None = None
    leader: bool = False


@dataclass(frozen=True)
class Holder:
    """A person who may sit today, and for whom when it is by delegation."""

    person: Person
    delegated_by: Person | None = None

    @property
    def words(self) -> str:
        return f"{self.person.name}(代{self.delegated_by.name})" if self.delegated_by else self.person.name


@dataclass(frozen=True)
class Claim:
    """What a person may sit on, on own account (`principal` None) or for the one who delegated.

    `headed`: the departments that the person's own roles name. Of one 会签 somebody may sign for each of several such.
    """

    person: Person
    principal: Person | None
    seats: Q = field(default_factory=Q)
    headed: frozenset[int] = frozenset()

    @property
    def persons(self) -> list[int]:
        """Everybody this signature would speak for: none of them may be the applicant or sign twice."""
        return [self.person.pk] + ([self.principal.pk] if self.principal else [])


def _department_id(holding: RoleHolding) -> int | None:
    """The head-office department a holding speaks for: its own, or the one its holder (or the delegator) belongs to."""
    if holding.department_id:
        return holding.department_id
    if holding.role not in HEAD_OFFICE_ROLES:
        return None
    return (holding.delegated_by or holding.person).department_id


def matches(seat: Place, holding: RoleHolding) -> bool:
    """Whether the holding lets its person sit there."""
    if seat.role:
        return holding.role == seat.role and (seat.branch_id is None or holding.branch_id in (None, seat.branch_id))
    return seat.department_id is not None and _department_id(holding) == seat.department_id


def _seats_of(holding: RoleHolding) -> Q:
    found = Q(role=holding.role)
    if holding.branch_id is not None:
        found &= Q(branch=None) | Q(branch=holding.branch_id)
    department = _department_id(holding)
    return found | Q(department=department) if department else found


def claims(person: Person, *, afresh: bool = False) -> list[Claim]:
    """What the person may sit on today, own account first. `afresh` reads the roles again: a lock may have made one wait."""
    if afresh:
        for kept in ("_holdings", "_signs_for"):
            person.__dict__.pop(kept, None)
    by_principal: dict[int | None, tuple[Person | None, Q]] = {None: (None, Q(person=person))}
    for holding in holdings_on(person):
        principal, seats = by_principal.get(holding.delegated_by_id, (holding.delegated_by, Q(pk__in=[])))
        by_principal[holding.delegated_by_id] = (principal, seats | _seats_of(holding))
    for row in _signs_for(person):
        _, seats = by_principal.get(row.principal_id, (None, Q(pk__in=[])))
        by_principal[row.principal_id] = (row.principal, seats | _lent_seats(row))
    return [
        Claim(person, principal, seats, frozenset() if principal else _headed(person))
        for principal, seats in by_principal.values()
    ]


def sits_company_wide(person: Person) -> bool:
    """Whether some of the person's claims, own or lent, reach seats of every branch."""
    held = [*holdings_on(person), *(h for row in _signs_for(person) for h in holdings_on(row.principal))]
    return any(holding.role in HEAD_OFFICE_ROLES for holding in held)


def _headed(person: Person) -> frozenset[int]:
    return frozenset(h.department_id for h in holdings_on(person) if h.department_id and h.delegated_by_id is None)


def in_force(day: date) -> Q:
    """Delegations that hold on `day`."""
    return Q(ended_at=None, effective_from__lte=day, effective_to__gte=day)


def _signs_for(person: Person) -> list[Delegation]:
    """Whom the person signs for today; kept on the person object as the roles are."""
    kept: list[Delegation] | None = person.__dict__.get("_signs_for")
    if kept is None:
        rows = Delegation.objects.filter(in_force(timezone.localdate()), deputy=person).select_related("principal")
        kept = person.__dict__["_signs_for"] = list(rows)
    return kept


def _lent_seats(row: Delegation) -> Q:
    """What the principal may sit on by own right, on requests of the kinds lent."""
    seats = Q(person=row.principal_id)
    for holding in holdings_on(row.principal):
        if holding.delegated_by_id is None:
            seats |= _seats_of(holding)
    return seats & Q(request__kind__in=row.kinds) if row.kinds else seats


def holders(seats: Iterable[Place], day: date | None = None, *, kind: str | Sequence[str] = "") -> list[list[Holder]]:
    """For each seat, who may sit there today, own account before delegates. At most two queries.

    `kind` of the request (or one for each seat): whom a delegation of only some kinds lets sit. Without it such delegations
    don't count.
    """
    wanted, day = list(seats), day or timezone.localdate()
    named = {s.person_id for s in wanted if s.person_id}
    found = _Sitters({}, {}, {})
    if named:
        rows = Person.objects.filter(pk__in=named).annotate(lent=_lent("signing_lent", day))
        for person in rows.select_related("lent__deputy"):  # type: ignore[misc]  # an annotated join, which the plugin doesn't know
            found.people[person.pk] = person
            found.add_deputy(person.pk, person)
    if any(not s.person_id for s in wanted):
        for row in _role_rows(wanted, day):
            found.holdings[row.pk] = row
            if row.delegated_by_id is None:
                found.add_deputy(row.person_id, row)
    kinds = [kind] * len(wanted) if isinstance(kind, str) else kind
    return [_sitting(seat, found, of) for seat, of in zip(wanted, kinds, strict=True)]


@dataclass
class _Sitters:
    """Who could sit: named people and holdings by id, and by person who signs for them."""

    people: dict[int, Person]
    holdings: dict[int, RoleHolding]
    lent: dict[int, dict[int, Delegation]]

    def add_deputy(self, principal: int, row: Person | RoleHolding) -> None:
        """Of a row joined to a delegation in force; without one it has no attribute `lent`."""
        lent: Delegation | None = getattr(row, "lent", None)
        if lent is not None:
            self.lent.setdefault(principal, {})[lent.pk] = lent

    def deputies(self, principal: int, kind: str) -> list[Person]:
        """Who signs for that person on requests of the kind."""
        return [row.deputy for row in self.lent.get(principal, {}).values() if not row.kinds or kind in row.kinds]


def _lent(path: str, day: date) -> FilteredRelation:
    """The delegations in force on that day at the end of a relation, as a join."""
    held = {f"{path}__ended_at": None, f"{path}__effective_from__lte": day, f"{path}__effective_to__gte": day}
    return FilteredRelation(path, condition=Q(**held))


def _role_rows(wanted: Sequence[Place], day: date) -> list[RoleHolding]:
    roles = {s.role for s in wanted if s.role}
    departments = any(s.department_id for s in wanted)
    narrowed = Q(role__in=roles) | (Q(department__isnull=False) | Q(role__in=HEAD_OFFICE_ROLES) if departments else Q(pk__in=[]))
    rows = RoleHolding.objects.filter(current(day), narrowed).annotate(lent=_lent("person__signing_lent", day))
    return list(rows.select_related("person", "delegated_by", "lent__deputy"))  # type: ignore[misc]  # as above


def _sitting(seat: Place, known: _Sitters, kind: str) -> list[Holder]:
    found: dict[int, Holder] = {}
    if seat.person_id:
        found[seat.person_id] = Holder(known.people[seat.person_id])
    else:
        rows = [row for row in known.holdings.values() if matches(seat, row)]
        for row in sorted(rows, key=lambda row: row.delegated_by_id is not None):
            found.setdefault(row.person_id, Holder(row.person, row.delegated_by))
    for holder in [holder for holder in found.values() if holder.delegated_by is None]:
        for deputy in known.deputies(holder.person.pk, kind):
            found.setdefault(deputy.pk, Holder(deputy, holder.person))
    return list(found.values())


def plan(stage: StageRule, *, branch: Branch | None, applicant: Person, day: date) -> list[PlannedSeat]:
    """The seats of a stage for this request, in order, each once."""
    return plan_signers(stage.signers, what=stage.label, branch=branch, applicant=applicant, day=day)


def plan_signers(
    signers: Iterable[Signer], *, what: str, branch: Branch | None, applicant: Person, day: date
) -> list[PlannedSeat]:
    """A seat for each signer, each once. A department or person that doesn't exist is refused, naming `what` needs it."""
    seats = [_planned(signer, what, branch, applicant, day) for signer in signers]
    return list({seat.key: seat for seat in seats}.values())


def _planned(signer: Signer, what: str, branch: Branch | None, applicant: Person, day: date) -> PlannedSeat:
    if signer.leader:
        return leader_seat(applicant, what, day)
    if signer.department:
        department = Department.objects.filter(code=signer.department).first()
        if department is None:
            raise Refusal(f"环节“{what}”的部门“{signer.department}”不存在,请联系渠道管理部改正流程", code="bad_route")
        return PlannedSeat(f"department:{department.code}", department.name, department_id=department.pk)
    if signer.person:
        person = Person.objects.filter(staff_no=signer.person).first()
        if person is None:
            raise Refusal(f"环节“{what}”的签署人工号“{signer.person}”不存在,请联系渠道管理部改正流程", code="bad_route")
        return PlannedSeat(f"person:{person.staff_no}", person.name, person_id=person.pk)
    label = ROLES[signer.role].label
    if signer.at == "company":
        return PlannedSeat(f"role:{signer.role}", label, role=signer.role)
    if branch is None:
        raise Refusal(f"环节“{what}”由营业部的{label}签署,但申请没有写明营业部", code="bad_route")
    return PlannedSeat(f"role:{signer.role}@{branch.code}", label, role=signer.role, branch_id=branch.pk)


def choosable(stage: StageRule, *, branch: Branch | None, applicant: Person, day: date) -> list[PlannedSeat]:
    """The seats that the earlier signer may choose from for this stage: what `choices` says, or every department in being."""
    if not stage.any_department:
        return plan_signers(stage.choices, what=stage.label, branch=branch, applicant=applicant, day=day)
    being = Q(opened_on__lte=day) & (Q(closed_on=None) | Q(closed_on__gte=day))
    rows = Department.objects.filter(being)
    return [PlannedSeat(f"department:{row.code}", row.name, department_id=row.pk) for row in rows]


def one_up(seat: PlannedSeat, *, branch: Branch | None, applicant: Person, day: date) -> PlannedSeat | None:
    """Who signs instead where the applicant sits: in a branch its manager, above the manager and in head office 公司领导."""
    if seat.person_id:
        try:
            return leader_seat(applicant, seat.label, day)
        except Refusal:
            pass
    manager = ROLES["branch_manager"]
    if seat.role and seat.branch_id and branch is not None and seat.role != manager.code:
        return PlannedSeat(f"role:{manager.code}@{branch.code}", manager.label, role=manager.code, branch_id=seat.branch_id)
    top = ROLES["executive"]
    return None if seat.role == top.code else PlannedSeat(f"role:{top.code}", top.label, role=top.code)


def superior_place(person: Person) -> PlannedSeat:
    """The place above a person who is no longer there: the manager of their last branch, above a manager 公司领导."""
    manager, top = ROLES["branch_manager"], ROLES["executive"]
    was_manager = RoleHolding.objects.filter(person=person, role=manager.code).exists()
    last = Posting.objects.filter(person=person).select_related("branch").order_by("-effective_from").first()
    if last is None or was_manager:
        return PlannedSeat(f"role:{top.code}", top.label, role=top.code)
    return PlannedSeat(f"role:{manager.code}@{last.branch.code}", manager.label, role=manager.code, branch_id=last.branch_id)


def leader_seat(applicant: Person, what: str, day: date) -> PlannedSeat:
    """The applicant's leader of that day: of the group, else of the team, else the branch manager. Nobody leads oneself."""
    posting = Posting.objects.filter(current(day), person=applicant).select_related("branch").order_by("-effective_from").first()
    if posting is None:
        raise Refusal(f"环节“{what}”由上级签署,但{applicant.name}没有任职记录,请先补录任职", code="no_leader")
    led = Leadership.objects.filter(current(day)).exclude(person=applicant).select_related("person")
    for units in ({"group": posting.group_id}, {"team": posting.team_id, "group": None}):
        leader = led.filter(**units).first() if next(iter(units.values())) else None
        if leader is not None:
            name = f"上级 {leader.person.name}"
            return PlannedSeat(f"person:{leader.person.staff_no}", name, person_id=leader.person_id, leader=True)
    label = ROLES["branch_manager"].label
    return PlannedSeat(f"role:branch_manager@{posting.branch.code}", label, role="branch_manager", branch_id=posting.branch_id)
