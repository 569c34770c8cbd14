"""Who holds a seat today. Roles are looked up when somebody signs, never copied at submission; a delegate sits with 代.

Two views of one rule: `matches` for a seat and a holding in memory, `claims` the same as a database filter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from django.db.models import Q
from django.utils import timezone

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
    """A seat before its row exists. `key` is unique in its stage and stays the same from round to round."""

    key: str
    label: str
    role: str = ""
    branch_id: int | None = None
    department_id: int | None = None
    person_id: int | None = None


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
    """What a person may sit on, on own account (`principal` None) or for the one who delegated."""

    person: Person
    principal: Person | None
    seats: Q = field(default_factory=Q)

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
        person.__dict__.pop("_holdings", None)
    by_principal: dict[int | None, tuple[Person | None, Q]] = {None: (None, Q(person=person))}
    for holding in holdings_on(person):
        principal, seats = by_principal.get(holding.delegated_by_id, (holding.delegated_by, Q(pk__in=[])))
        by_principal[holding.delegated_by_id] = (principal, seats | _seats_of(holding))
    return [Claim(person, principal, seats) for principal, seats in by_principal.values()]


def holders(seats: Iterable[Place], day: date | None = None) -> list[list[Holder]]:
    """For each seat, who may sit there today, own account before delegates. At most two queries."""
    wanted = list(seats)
    people = Person.objects.in_bulk([s.person_id for s in wanted if s.person_id]) if any(s.person_id for s in wanted) else {}
    rows: list[RoleHolding] = []
    if any(not s.person_id for s in wanted):
        roles = {s.role for s in wanted if s.role}
        departments = any(s.department_id for s in wanted)
        narrowed = Q(role__in=roles) | (
            Q(department__isnull=False) | Q(role__in=HEAD_OFFICE_ROLES) if departments else Q(pk__in=[])
        )
        found = RoleHolding.objects.filter(current(day or timezone.localdate()), narrowed)
        rows = list(found.select_related("person", "delegated_by"))
    return [_sitting(seat, people, rows) for seat in wanted]


def _sitting(seat: Place, people: dict[int, Person], rows: list[RoleHolding]) -> list[Holder]:
    if seat.person_id:
        return [Holder(people[seat.person_id])]
    found: dict[int, Holder] = {}
    for row in sorted((r for r in rows if matches(seat, r)), key=lambda r: r.delegated_by_id is not None):
        found.setdefault(row.person_id, Holder(row.person, row.delegated_by))
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
        return _leader_seat(applicant, what, day)
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


def _leader_seat(applicant: Person, what: str, day: date) -> PlannedSeat:
    """The applicant's leader of that day: of the group, else of the team, else the branch manager. Nobody leads oneself."""
    posting = Posting.objects.filter(current(day), person=applicant).select_related("branch").order_by("-effective_from").first()
    if posting is None:
        raise Refusal(f"环节“{what}”由上级签署,但{applicant.name}没有任职记录,请先补录任职", code="no_leader")
    led = Leadership.objects.filter(current(day)).exclude(person=applicant).select_related("person")
    for units in ({"group": posting.group_id}, {"team": posting.team_id, "group": None}):
        leader = led.filter(**units).first() if next(iter(units.values())) else None
        if leader is not None:
            return PlannedSeat(f"person:{leader.person.staff_no}", f"上级 {leader.person.name}", person_id=leader.person_id)
    label = ROLES["branch_manager"].label
    return PlannedSeat(f"role:branch_manager@{posting.branch.code}", label, role="branch_manager", branch_id=posting.branch_id)
