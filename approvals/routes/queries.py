"""Every read of a route: the version in force on a day, how it is drawn, what was there before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from approvals.routes import states
from approvals.routes.models import Route, RouteQuerySet
from approvals.routes.readiness import Gap, shortages, signers_of
from approvals.routes.register import all_kinds, fact_labels, label_of
from approvals.routes.rules import Signer, StageRule, read_signers
from approvals.routes.words import Names, Step, Wording, differences, drawn
from branch.org.models import Branch, Department
from branch.people.access import reach
from branch.people.models import Person
from branch.people.queries import holders
from branch.people.roles import ROLES, Power
from kernel.refusals import Refusal, Unknown


def route_in_force(kind: str, branch: Branch | None, day: date) -> Route:
    """The active version of the kind's route on `day`: the branch's own before the company's, the newest of several."""
    rows = Route.objects.in_force(day).filter(Q(branch=None) | Q(branch=branch), kind=kind)
    found = sorted(rows, key=lambda route: (route.branch_id is None, -route.version))
    if not found:
        raise Refusal(f"“{label_of(kind)}”还没有生效的审批流程,请联系渠道管理部", code="no_route")
    return found[0]


def route_for(person: Person, pk: int) -> Route:
    """The version if the person may see it. Raises Unknown otherwise."""
    rows = Route.objects.visible_to(person).select_related("branch", "proposed_by", "confirmed_by", "copied_from")
    found = rows.filter(pk=pk).prefetch_related("drafters").first()
    if found is None:
        raise Unknown("没有这个审批流程", code="unknown")
    return found


def listed(person: Person) -> RouteQuerySet:
    """The versions a list shows: those waiting for somebody, then by kind, the company's first, newest first."""
    rows: RouteQuerySet = Route.objects.visible_to(person).select_related("branch", "proposed_by")
    return rows.order_by("kind", "branch__code", "-version")


@dataclass(frozen=True)
class Line:
    """The other versions of a route's line, newest first."""

    others: list[Route]

    @property
    def former(self) -> Route | None:
        """The version that a draft is to follow: of those confirmed the one that begins last."""
        confirmed = [route for route in self.others if route.state == states.ACTIVE]
        return max(confirmed, key=lambda route: route.effective_from, default=None)

    @property
    def beside(self) -> list[Route]:
        """Drafts and proposals: colleagues may be writing at the same time."""
        return [route for route in self.others if route.state in (states.DRAFT, states.PROPOSED)]


def line_of(route: Route, person: Person) -> Line:
    """The other versions that the person may see."""
    rows = Route.objects.visible_to(person).of_line(route.kind, route.branch).exclude(pk=route.pk)
    return Line(list(rows.select_related("branch", "proposed_by").order_by("-version")))


def kinds_known() -> dict[str, str]:
    """What a route may be made for: every kind signed in, and those that have routes although their app is not there yet."""
    rows = Route.objects.order_by("version").values_list("kind", "name")
    return {**{kind: name.removesuffix("审批") for kind, name in rows}, **all_kinds()}


def names_of(kind: str, rules: Iterable[StageRule], others: Iterable[Signer] = ()) -> Names:
    """What the codes in these stages are called; two statements at most."""
    rules = list(rules)
    signers = [*signers_of(rules), *others]
    codes, numbers = {s.department for s in signers if s.department}, {s.person for s in signers if s.person}
    return Names(
        departments=dict(Department.objects.filter(code__in=codes).values_list("code", "name")) if codes else {},
        people=_people(numbers),
        facts=fact_labels(kind),
        stages={rule.code: rule.label for rule in rules},
    )


def _people(numbers: set[str]) -> dict[str, str]:
    rows = Person.objects.filter(staff_no__in=numbers).values_list("staff_no", "name") if numbers else ()
    return {staff_no: f"{name}({staff_no})" for staff_no, name in rows}


def names_for(*routes: Route) -> Names:
    """The names of everything that these versions of one kind say."""
    rules = [rule for route in routes if route.stages for rule in route.rules]
    others = [signer for route in routes for signer in (*read_signers(route.copies), *read_signers(route.chasers))]
    return names_of(routes[0].kind, rules, others)


def route_steps(route: Route, names: Names | None = None) -> list[Step]:
    """The stages of a route as drawn on its own page."""
    if not route.stages:
        return []
    names = names or names_for(route)
    return [drawn(rule, "", "", names) for rule in route.rules]


def compared(old: Route, new: Route, names: Names | None = None) -> list[Wording]:
    """What `new` says otherwise than `old`."""
    return differences(old, new, names or names_for(old, new))


def editors() -> list[Person]:
    """Who may write and confirm routes today."""
    roles = [code for code, role in ROLES.items() if Power.ROUTE_EDIT in role.powers]
    return list({person.pk: person for role in roles for person in holders(role)}.values())


def waiting_rows(person: Person) -> RouteQuerySet:
    """待我确认的流程: counted alike on menu, workbench and list."""
    return Route.objects.waiting_for(person)


def gaps_seen_by(person: Person, day: date, route: Route | None = None, *, dated: bool = True) -> dict[int, list[Gap]]:
    """Route → where it can't be finished today, as far as the person's branches are concerned (head office: all). `dated`: with
    the day since when."""
    scope = reach(person, Power.ROUTE_VIEW)
    rows = Route.objects.visible_to(person).in_force(day).select_related("branch")
    routes = list(rows.filter(pk=route.pk) if route is not None else rows)
    found = shortages(routes, day, all_in_force=route is None, dated=dated) if routes else {}
    if scope.company:
        return found
    own = {pk: [mine for gap in gaps if (mine := gap.at(scope.branches))] for pk, gaps in found.items()}
    return {pk: gaps for pk, gaps in own.items() if gaps}


def pending_of(route: Route) -> Route | None:
    """Another version of the same line that waits for its second person."""
    rows = Route.objects.of_line(route.kind, route.branch).filter(state=states.PROPOSED).exclude(pk=route.pk)
    return rows.select_related("branch", "proposed_by").first()


def short_today(person: Person) -> set[int]:
    """The versions in force that can't be finished today, as far as they are the person's."""
    return set(gaps_seen_by(person, timezone.localdate(), dated=False))
