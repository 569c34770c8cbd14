"""Whether a route can be finished with the people of the day: what is wrong in it, and where somebody is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Max, Q

from approvals.routes.models import Route
from approvals.routes.register import fact_labels
from approvals.routes.rules import Mode, Signer, StageRule, read_signers, read_stages
from approvals.routes.seating import HEAD_OFFICE_ROLES
from branch.org.models import Branch, Department
from branch.people.models import Person, RoleHolding
from branch.people.queries import current, with_left
from branch.people.roles import ROLES
from kernel.matching import unfilled
from kernel.refusals import Refusal

NAMED = 30  # so many branches are named in a sentence
NOBODY, TAKEN = "目前没有{what}", "{what}的人都要签别的环节,没有人可以签署"


@dataclass(frozen=True)
class Place:
    """A branch where somebody is missing, and since when, where that is known."""

    branch: Branch
    since: date | None = None

    @property
    def words(self) -> str:
        return f"{self.branch.name}(自 {self.since:%Y-%m-%d} 起)" if self.since else self.branch.name


@dataclass(frozen=True)
class Gap:
    """A stage that can't be signed today: at the places named, or, where none are, at all. `everywhere`: at every place."""

    stage: str
    what: str
    problem: str = NOBODY
    places: tuple[Place, ...] = ()
    since: date | None = None
    everywhere: bool = False

    @property
    def words(self) -> str:
        said = f"环节“{self.stage}”:{self.problem.format(what=self.what)}"
        if self.everywhere and len(self.places) > 1:
            return f"{said}(所有营业部)"
        if not self.places:
            return f"{said}(自 {self.since:%Y-%m-%d} 起)" if self.since else said
        named = "、".join(place.words for place in self.places[:NAMED])
        more = f"等 {len(self.places)} 家" if len(self.places) > NAMED else ""
        return f"{said}:{named}{more}"

    def at(self, branches: frozenset[int]) -> Gap | None:
        """The gap as those branches see it; None where it is not theirs."""
        if not self.places:
            return self
        mine = tuple(place for place in self.places if place.branch.pk in branches)
        return replace(self, places=mine) if mine else None


@dataclass(frozen=True)
class Findings:
    """`faults` keep a version from being sent up; `gaps` name branches that must find somebody first."""

    faults: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()


class Crowd:
    """Who could sit on which signer's seat on `day`, for many routes at once: four statements at most, one more for `since`,
    which is not asked unless `dated`."""

    def __init__(self, signers: Iterable[Signer], day: date, *, dated: bool = True) -> None:
        wanted = set(signers)
        self.day, self.dated = day, dated
        self.seated: dict[tuple[str, int | None], set[int]] = defaultdict(set)
        self.anywhere: dict[str, set[int]] = defaultdict(set)
        self.department_ids = self._departments({s.department for s in wanted if s.department})
        self.people = self._people({s.person for s in wanted if s.person})
        self.members: dict[int, set[int]] = defaultdict(set)
        self._holdings({s.role for s in wanted if s.role})
        self._ends: dict[tuple[str, int | None], date] | None = None

    def _departments(self, codes: set[str]) -> dict[str, tuple[int, str]]:
        rows = Department.objects.filter(Q(closed_on=None) | Q(closed_on__gte=self.day), code__in=codes) if codes else ()
        return {row.code: (row.pk, row.name) for row in rows}

    def _people(self, numbers: set[str]) -> dict[str, tuple[int, str, bool]]:
        """工号 → key, name, whether the person may sign in."""
        if not numbers:
            return {}
        rows = with_left(Person.objects.filter(staff_no__in=numbers).select_related("user"), self.day)
        return {
            row.staff_no: (row.pk, row.name, row.user is not None and row.user.is_active and not row.has_left) for row in rows
        }

    def _holdings(self, roles: set[str]) -> None:
        departments = {pk for pk, _ in self.department_ids.values()}
        if not roles and not departments:
            return
        narrowed = Q(role__in=roles)
        if departments:
            narrowed |= Q(department__in=departments) | Q(role__in=HEAD_OFFICE_ROLES)
        found = RoleHolding.objects.filter(current(self.day), narrowed).select_related("person", "delegated_by")
        for row in found:
            self.seated[row.role, row.branch_id].add(row.person_id)
            self.anywhere[row.role].add(row.person_id)
            speaks_for = row.department_id
            if speaks_for is None and row.role in HEAD_OFFICE_ROLES:
                speaks_for = (row.delegated_by or row.person).department_id
            if speaks_for in departments and speaks_for is not None:
                self.members[speaks_for].add(row.person_id)

    def able(self, signer: Signer, branch: Branch | None) -> set[int] | None:
        """Who could sit there today; None where that depends on the applicant."""
        if signer.leader:
            return None
        if signer.person:
            pk, _, may = self.people.get(signer.person, (0, "", False))
            return {pk} if may else set()
        if signer.department:
            return self.members.get(self.department_ids.get(signer.department, (0, ""))[0], set())
        if branch is None or signer.at != "branch":
            return self.anywhere[signer.role]
        return self.seated[signer.role, None] | self.seated[signer.role, branch.pk]

    def since(self, signer: Signer, branch: Branch | None) -> date | None:
        """The first day without anybody, where somebody held the role before."""
        if not signer.role or not self.dated:
            return None
        if self._ends is None:
            ended = RoleHolding.objects.filter(effective_to__lt=self.day).values("role", "branch")
            rows = ended.annotate(last=Max("effective_to"))
            self._ends = {(row["role"], row["branch"]): row["last"] for row in rows}
        last = self._ends.get((signer.role, branch.pk if branch is not None and signer.at == "branch" else None))
        return last + timedelta(days=1) if last else None

    def called(self, signer: Signer) -> str:
        """What is missing, in words."""
        if signer.role:
            return f"人担任{ROLES[signer.role].label}"
        if signer.department:
            return f"人可以代表{self.department_ids.get(signer.department, (0, signer.department))[1]}签署"
        _, name, _ = self.people.get(signer.person, (0, signer.person, False))
        return f"可以登录签署的{name}(已离职或没有登录账号)"


def signers_of(rules: Sequence[StageRule]) -> list[Signer]:
    return [signer for rule in rules for signer in (*rule.signers, *rule.choices, *rule.escalate_to)]


def examine(route: Route, day: date) -> Findings:
    """Everything that keeps a version from working on `day`, faults of the text first."""
    try:
        rules = read_stages(route.stages)
        others = [*read_signers(route.copies), *read_signers(route.chasers)]
    except Refusal as refusal:
        return Findings(tuple(refusal.items or [refusal.sentence]))
    crowd = Crowd([*signers_of(rules), *others], day)
    faults = [*_dangling(rules, others, crowd), *_never_signed(rules), *_unknown_facts(route, rules)]
    if faults:
        return Findings(tuple(faults))
    gaps = _gaps(route, rules, crowd, branches_under([route], day)[route.pk])
    hopeless = [gap.words for gap in gaps if gap.everywhere or not gap.places]
    return Findings(tuple(hopeless), tuple(gap for gap in gaps if gap.places and not gap.everywhere))


def shortages(routes: Sequence[Route], day: date, *, all_in_force: bool = False, dated: bool = True) -> dict[int, list[Gap]]:
    """Route → where it can't be finished today; routes that can are left out. `all_in_force`: there are no others; `dated`: with
    the day since when."""
    rules = {route.pk: route.rules for route in routes}
    crowd = Crowd([signer for found in rules.values() for signer in signers_of(found)], day, dated=dated)
    under = branches_under(routes, day, routes if all_in_force else None)
    found = {route.pk: _gaps(route, rules[route.pk], crowd, under[route.pk]) for route in routes}
    return {pk: gaps for pk, gaps in found.items() if gaps}


def branches_under(routes: Sequence[Route], day: date, standing: Sequence[Route] | None = None) -> dict[int, list[Branch]]:
    """Route → the branches in being that it serves: its own, or for the company's all that have none of their own."""
    if not routes:
        return {}
    being = list(Branch.objects.filter(Q(closed_on=None) | Q(closed_on__gte=day), opened_on__lte=day))
    own: dict[str, set[int]] = defaultdict(set)
    if standing is None and any(route.branch_id is None for route in routes):
        standing = list(Route.objects.in_force(day).filter(kind__in={route.kind for route in routes}, branch__isnull=False))
    for route in standing or ():
        if route.branch_id is not None:
            own[route.kind].add(route.branch_id)
    return {
        route.pk: [b for b in being if (b.pk not in own[route.kind] if route.branch_id is None else b.pk == route.branch_id)]
        for route in routes
    }


def _dangling(rules: Sequence[StageRule], others: Sequence[Signer], crowd: Crowd) -> list[str]:
    """Departments and people that are not there (any more)."""
    found = []
    for where, signers in [*((f"环节“{r.label}”", signers_of([r])) for r in rules), ("抄送或催办", others)]:
        for signer in signers:
            if signer.department and signer.department not in crowd.department_ids:
                found.append(f"{where}:没有部门“{signer.department}”,或已撤销,请改选部门")
            if signer.person and signer.person not in crowd.people:
                found.append(f"{where}:没有工号为“{signer.person}”的人员,请改填")
    return found


def _never_signed(rules: Sequence[StageRule]) -> list[str]:
    """A route whose every stage may be passed over would let a request through unseen."""
    if all(rule.skip_when or rule.may_be_none or rule.mode == Mode.READ for rule in rules):
        return ["每个环节都可能被跳过或无须签署,申请可能无人审批;请至少保留一个总要签署的环节"]
    return []


def _unknown_facts(route: Route, rules: Sequence[StageRule]) -> list[str]:
    """Conditions on facts that the kind's requests never give; a kind that no app has signed in yet is not judged."""
    known = fact_labels(route.kind)
    return [
        f"环节“{rule.label}”:这类申请没有“{condition.field}”这一项,请改正跳过条件"
        for rule in rules
        for condition in rule.skip_when
        if known and condition.field not in known
    ]


def _gaps(route: Route, rules: Sequence[StageRule], crowd: Crowd, branches: Sequence[Branch]) -> list[Gap]:
    """The gaps of every stage: company-wide seats once, branch seats by branch; then where one person is needed twice."""
    found: list[Gap] = []
    for rule in rules:
        for signers in _needed(rule):
            found += _missing(rule, signers, crowd, branches, own=route.branch_id is not None)
    return found + _crowded(route, rules, crowd, branches)


def _needed(rule: StageRule) -> list[tuple[Signer, ...]]:
    """The seats that must be filled, each by one of the signers named."""
    if rule.mode == Mode.READ or rule.any_department:
        return []
    if rule.chosen_by:
        return [rule.choices]
    return [rule.signers] if rule.mode == Mode.ANY else [(signer,) for signer in rule.signers]


def _missing(rule: StageRule, signers: tuple[Signer, ...], crowd: Crowd, branches: Sequence[Branch], *, own: bool) -> list[Gap]:
    what = "、也没有".join(crowd.called(signer) for signer in signers if not signer.leader)
    if all(signer.at != "branch" for signer in signers):
        filled = any(able is None or able for able in (crowd.able(signer, None) for signer in signers))
        return [] if filled else [Gap(rule.label, what, since=crowd.since(signers[0], None))]
    empty = [b for b in branches if not any(able is None or able for able in (crowd.able(s, b) for s in signers))]
    if not empty:
        return []
    if own:
        return [Gap(rule.label, what, since=crowd.since(signers[0], empty[0]))]
    places = tuple(Place(branch, crowd.since(signers[0], branch)) for branch in empty)
    return [Gap(rule.label, what, places=places, everywhere=len(empty) == len(branches))]


def _crowded(route: Route, rules: Sequence[StageRule], crowd: Crowd, branches: Sequence[Branch]) -> list[Gap]:
    """Where one person would have to sign twice, by branch. Seats that are empty or depend on the applicant are left out."""
    short: dict[tuple[str, str], list[Place]] = defaultdict(list)
    wants = [_Want(rule, signers, crowd) for rule in rules if _counts(rule) for signers in _needed(rule)]
    for branch in branches:
        for place in _short_at(route, wants, branch):
            short[place].append(Place(branch))
    if route.branch_id is not None:
        return [Gap(stage, what, TAKEN) for stage, what in short]
    return [
        Gap(stage, what, TAKEN, places=tuple(places), everywhere=len(places) == len(branches))
        for (stage, what), places in short.items()
    ]


def _counts(rule: StageRule) -> bool:
    """A 票签 does without some of its signers, and who sits on a chosen stage is not known yet."""
    return rule.mode != Mode.VOTE and not rule.chosen_by


class _Want:
    """A seat of a route and who can take it; what is the same at every branch is looked up once."""

    def __init__(self, rule: StageRule, signers: tuple[Signer, ...], crowd: Crowd) -> None:
        self.code, self.place = rule.code, (rule.label, _seat_words(signers))
        self.headed = rule.mode == Mode.ALL and bool(signers[0].department)
        self._signers, self._crowd = signers, crowd
        self._everywhere = None if any(signer.at == "branch" for signer in signers) else self._found(None)

    def people(self, branch: Branch) -> frozenset[int]:
        """Empty where nobody can, or where it depends on the applicant."""
        return self._found(branch) if self._everywhere is None else self._everywhere

    def _found(self, branch: Branch | None) -> frozenset[int]:
        able = [self._crowd.able(signer, branch) for signer in self._signers]
        return frozenset() if None in able else frozenset(pk for found in able if found for pk in found)


def _short_at(route: Route, wants: Sequence[_Want], branch: Branch) -> list[tuple[str, str]]:
    groups: dict[str, dict[tuple[str, str], frozenset[int]]] = defaultdict(dict)
    for want in wants:
        people = want.people(branch)
        group = groups[want.code if route.same_person_twice else ""]
        if people and not (want.headed and people in group.values()):  # who heads two departments signs for both
            group[want.place] = people
    return [place for group in groups.values() for place in _unfilled(group)]


def _unfilled(group: dict[tuple[str, str], frozenset[int]]) -> list[tuple[str, str]]:
    people = list(group.values())
    if len(frozenset().union(*people)) == sum(map(len, people)):  # nobody is wanted twice
        return []
    keys = {f"{number}": place for number, place in enumerate(group)}
    return [keys[key] for key in unfilled({key: sorted(group[place]) for key, place in keys.items()})]


def _seat_words(signers: tuple[Signer, ...]) -> str:
    return "或".join(ROLES[s.role].label if s.role else s.department or s.person for s in signers)
