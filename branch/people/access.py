"""Who may. Every door asks here: which powers a person holds today, and how far they reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from branch.org.models import Branch, Group, Team
from branch.people.models import Engagement, Person, RoleHolding
from branch.people.roles import ROLES, Power, Scope
from branch.prepared import prepared_objects
from kernel.refusals import Forbidden, Refusal, Unknown


@dataclass(frozen=True)
class Reach:
    """How far one power of one person reaches today. Empty: not at all."""

    company: bool = False
    branches: frozenset[int] = field(default_factory=frozenset)
    teams: frozenset[int] = field(default_factory=frozenset)
    groups: frozenset[int] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        return self.company or bool(self.branches or self.teams or self.groups)

    def covers_branch(self, branch: Branch) -> bool:
        """Over the whole branch, not only one of its teams."""
        return self.company or branch.pk in self.branches

    def touches_branch(self, branch: Branch) -> bool:
        """Over the branch or any team or group of it."""
        return (
            self.covers_branch(branch)
            or Team.objects.filter(pk__in=self.teams, branch=branch).exists()
            or Group.objects.filter(pk__in=self.groups, team__branch=branch).exists()
        )

    def branch_rows(self, path: str = "branch") -> Q:
        """A filter for rows that belong to a branch as a whole; `path` leads to the branch."""
        # Not an empty Q: `own | Q()` would be `own` alone, and the whole company's rows would be lost.
        return ~Q(pk__in=[]) if self.company else Q(**{f"{path}__in": self.branches})


@dataclass(frozen=True)
class _Held:
    """What a person holds on a day, and how far each power that was asked for reaches by it."""

    rows: list[RoleHolding]
    reaches: dict[Power, Reach] = field(default_factory=dict)


def _held_on(person: Person, day: date) -> _Held:
    """Kept on the person object, which lives as long as its request: a page asks of some fifty powers."""
    kept: dict[date, _Held] = person.__dict__.setdefault("_holdings", {})
    if day not in kept:
        kept[day] = _Held(_held(person=person.pk, day=day))
        for holding in kept[day].rows:
            holding.person = person
    return kept[day]


def holdings_on(person: Person, day: date | None = None) -> list[RoleHolding]:
    """The role holdings in force on `day` (today)."""
    return _held_on(person, day or timezone.localdate()).rows


@prepared_objects(RoleHolding, "branch", "team", "group", "department", "delegated_by")
def _held(person: Any, day: Any) -> QuerySet[RoleHolding]:
    current = Q(effective_from__lte=day) & (Q(effective_to=None) | Q(effective_to__gte=day))
    return RoleHolding.objects.filter(current, person=person)


def reach(person: Person, power: Power) -> Reach:
    """How far `power` reaches for `person` today, over all the roles held."""
    held = _held_on(person, timezone.localdate())
    if power not in held.reaches:
        held.reaches[power] = _reach([row for row in held.rows if power in ROLES[row.role].powers])
    return held.reaches[power]


def _reach(rows: list[RoleHolding]) -> Reach:
    scopes = {row.pk: ROLES[row.role].scope for row in rows}
    return Reach(
        company=any(scope in (Scope.COMPANY, Scope.DEPARTMENT) for scope in scopes.values()),
        branches=frozenset(row.branch_id for row in rows if scopes[row.pk] == Scope.BRANCH and row.branch_id),
        teams=frozenset(row.team_id for row in rows if scopes[row.pk] == Scope.TEAM and row.team_id),
        groups=frozenset(row.group_id for row in rows if scopes[row.pk] == Scope.GROUP and row.group_id),
    )


def holds(person: Person, power: Power) -> bool:
    """Whether the person holds the power anywhere today."""
    return bool(reach(person, power))


def require(person: Person, power: Power, *, branch: Branch | None = None, to: str = "做这项操作") -> None:
    """Refuse unless `power` covers the branch (or, without one, is held at all). `to` ends the sentence: “您没有权限…”."""
    found = reach(person, power)
    if not found or (branch is not None and not found.covers_branch(branch)):
        where = f"在{branch.name}" if branch is not None else ""
        raise Forbidden(f"您没有权限{where}{to},如需要请联系系统管理员", code="forbidden")


def require_another(person: Person, maker: Person | None, *, act: str, power: Power | None = None) -> None:
    """Separation of duties by person: who made a thing may not check it, nor may the maker's delegate (for `power`)."""
    if maker is None:
        return
    if maker.pk == person.pk:
        raise Refusal(f"经办与复核不能是同一人:{act}请由另一位有权限的同事办理", code="same_person")
    lent = [held.delegated_by_id == maker.pk for held in holdings_on(person) if power in ROLES[held.role].powers]
    if lent and all(lent):
        raise Refusal(f"您的这项权限由经办人{maker.name}委托,不能代其复核:{act}请由另一位有权限的同事办理", code="same_person")


def require_reentered(reentered: bool, *, to: str) -> None:
    """For an act that takes more than an open browser or a taken token: `reentered` says that the password was given again
    (`reentry.password_entered`). The act itself asks, so that no page and no endpoint can forget to."""
    if not reentered:
        raise Refusal(f"{to}须再次输入您的登录密码", code="password_required")


def require_end(person: Person, holding: RoleHolding | None) -> RoleHolding:
    """A holding the person may end: what they have lent, or any by ROLE_GRANT. Another's is as none, before any password."""
    if holding is None or not (holding.delegated_by_id == person.pk or holds(person, Power.ROLE_GRANT)):
        raise Unknown("没有这项授权,或者不由您终止")
    return holding


def has_role(person: Person, role: str, *, branch: Branch | None = None) -> bool:
    """Whether the person holds `role` today (at the branch, where one is given)."""
    return any(h.role == role and (branch is None or h.branch_id in (None, branch.pk)) for h in holdings_on(person))


def sees_terms(viewer: Person, engagement: Engagement) -> bool:
    """Whether the viewer may read the engagement's terms of pay (社保基数, 专项附加): oneself, or power over its branch."""
    powers = (Power.PERSONAL_DATA_REVEAL, Power.PAY_VIEW)
    return viewer.pk == engagement.person_id or any(reach(viewer, power).covers_branch(engagement.branch) for power in powers)


def why(person: Person) -> list[tuple[Power, RoleHolding]]:
    """Every power of the person today with the holding it comes from, for the administrator's page."""
    return sorted(
        ((power, holding) for holding in holdings_on(person) for power in ROLES[holding.role].powers), key=lambda pair: pair[0]
    )
