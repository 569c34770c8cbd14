"""Who may review and lock, and whose figures one may see."""

from __future__ import annotations

from branch.org.models import Branch
from branch.people.access import has_role, holds, reach, require, require_another
from branch.people.choices import branches_of
from branch.people.models import Person
from branch.people.roles import Power
from clients.imports.queries import importers_of
from clients.registry.models import managers_within
from kernel.months import Month
from kernel.refusals import Unknown


def require_may_lock(person: Person, branch: Branch, month: Month) -> None:
    """Finance locks, and never who imported the month (by person)."""
    require(person, Power.FIGURES_LOCK, branch=branch, to="复核锁定业务数据")
    for importer in importers_of(branch, month):
        require_another(person, importer, act="您导入了该月数据,", power=Power.FIGURES_LOCK)


def require_may_unlock(person: Person, branch: Branch) -> None:
    require(person, Power.FIGURES_LOCK, branch=branch, to="解除业务数据锁定")


def visible_people(person: Person, branch: Branch) -> set[int] | None:
    """Whose figures this person may see at the branch; None: everybody's."""
    scope = reach(person, Power.FIGURES_VIEW)
    if scope.covers_branch(branch):
        return None
    return {person.pk} | set(managers_within(scope).filter(branch=branch).values_list("person", flat=True))


NOT_THERE = "没有这位客户经理的数据,或不在您的查看范围内"  # also said of who has none: else it would tell who works elsewhere


def require_may_see(person: Person, branch: Branch, subject_id: int) -> None:
    """A foreign figure answers as if it weren't there."""
    seen = visible_people(person, branch)
    if seen is not None and subject_id not in seen:
        raise Unknown(NOT_THERE)


def sees_figures(person: Person) -> bool:
    return holds(person, Power.FIGURES_VIEW) or has_role(person, "client_manager")


def opens_figures(person: Person) -> bool:
    """Whether there is a branch whose figures the person may open."""
    return bool(branches_for(person))


def branches_for(person: Person) -> list[Branch]:
    """Branches whose figures the person may open, whole or in part; a client manager's own by the posting."""
    found = branches_of(person, Power.FIGURES_VIEW)
    if found:
        return found
    if "_own_branches" not in person.__dict__:  # a page asks several times, and the person lives as long as its request
        own = Branch.objects.filter(engagements__person=person).distinct().order_by("code")
        person.__dict__["_own_branches"] = list(own)
    kept: list[Branch] = person.__dict__["_own_branches"]
    return kept
