"""A team's month read once: targets and how far they are, logs, notes, milestones, expenses. The number of statements is the same
for six people and for sixty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from django.db.models import DecimalField, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from branch.org.models import Group, Team
from branch.parameters.queries import ParameterBook
from branch.people.access import reach
from branch.people.models import Engagement, Person
from branch.people.roles import Power
from kernel.money import ZERO
from kernel.money import short as in_short
from kernel.months import Month
from teams.plans.board import access, rules
from teams.plans.expenses import queries as expenses
from teams.plans.expenses.models import Expense
from teams.plans.expenses.rules import is_over, rate
from teams.plans.logs import duties
from teams.plans.logs.models import WorkLog
from teams.plans.targets import progress, states
from teams.plans.targets.metrics import METRICS, Level, Metric
from teams.plans.targets.models import Milestone, Target
from teams.plans.targets.progress import Measured, Standing
from teams.plans.targets.queries import Months, months_of, year_months

CODES = (progress.LIMIT_CODE, expenses.LIMIT_CODE, *duties.CODES)
PERSONAL = tuple(metric for metric in METRICS.values() if metric.code != "headcount")
GROWTH = (METRICS["assets"], METRICS["headcount"])  # S11: 资产额及人员发展计划


def teams_for(person: Person, month: Month) -> QuerySet[Team]:
    """The teams whose board the person sees, whole or in part, with their branch; `spent`: the month's expenses in yuan. One
    statement for branches, teams and expenses alike: the page has none to spare."""
    scope = reach(person, Power.PLAN_VIEW)
    of_groups = Group.objects.filter(pk__in=scope.groups).values("team")
    own = Q(branch__in=scope.branches) | Q(pk__in=scope.teams) | Q(pk__in=of_groups)
    rows = Team.objects.all() if scope.company else Team.objects.filter(own)
    paid = Expense.objects.counting().filter(team=OuterRef("pk"), month=month).order_by().values("team")
    sums = paid.annotate(amount_sum=Sum("amount")).values("amount_sum")
    return (
        rows.select_related("branch").annotate(spent=Subquery(sums, output_field=DecimalField())).order_by("branch__code", "id")
    )


@dataclass(frozen=True)
class Cell:
    """One metric of one unit in the month; `gap`: what of it no part carries yet (未分解)."""

    metric: Metric
    standing: Standing
    gap: Decimal | None = None


@dataclass
class PersonLine:
    """Somebody's month."""

    person: Person
    group: Group | None
    cells: dict[str, Cell]
    owes: rules.Owes
    why: str
    here: bool

    @property
    def is_behind(self) -> bool:
        return any(cell.standing.is_behind for cell in self.cells.values())

    @property
    def reached(self) -> int:
        """How many of the targets were reached by the 15th (S3)."""
        return sum(cell.standing.in_time for cell in self.cells.values())

    @property
    def listed(self) -> list[Cell]:
        return list(self.cells.values())

    def row(self) -> list[tuple[Metric, Cell | None]]:
        """In the order of the table's columns."""
        return [(metric, self.cells.get(metric.code)) for metric in PERSONAL]


@dataclass
class GroupLine:
    """A group's month; `score`: 综合完成率."""

    group: Group
    cells: dict[str, Cell]
    people: int = 0
    behind: int = 0
    missing: int = 0
    rank: int | None = None

    @property
    def listed(self) -> list[Cell]:
        return list(self.cells.values())

    @cached_property
    def score(self) -> Decimal | None:
        return rules.score([cell.standing.completion for cell in self.cells.values()])

    def row(self) -> list[tuple[Metric, Cell | None]]:
        return [(metric, self.cells.get(metric.code)) for metric in PERSONAL]


@dataclass(frozen=True)
class Growth:
    """S11: planned and reached month by month; the last pair is the month itself."""

    metric: Metric
    pairs: list[tuple[Month, Decimal, Decimal | None]]

    def rows(self) -> list[tuple[Month, Decimal, Decimal | None, Decimal | None]]:
        """Month, planned, reached, completion."""
        return [(month, goal, done, None if done is None else rate(done, goal)) for month, goal, done in self.pairs]

    @property
    def cumulative(self) -> Decimal | None:
        return rules.cumulative([(goal, done) for _, goal, done in self.pairs])


@dataclass(frozen=True)
class Costs:
    """The team's expenses of the month against its income, yuan."""

    spent: Decimal
    income: Decimal | None
    limit: Decimal

    @property
    def rate(self) -> Decimal | None:
        return rate(self.spent, self.income)

    @property
    def is_over(self) -> bool:
        return is_over(self.spent, self.income, self.limit)


@dataclass
class TeamBoard:
    """A team's month, or as much of it as a group's leader sees."""

    team: Team
    month: Month
    as_of: date | None
    passed: int
    days: int
    limit: Decimal
    whole: bool
    head: list[Cell] = field(default_factory=list)
    groups: list[GroupLine] = field(default_factory=list)
    people: list[PersonLine] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)
    costs: Costs | None = None

    @property
    def name(self) -> str:
        """Whose board it is: the team's, or of the group of it that one leads."""
        return self.team.name if self.whole else self.team.name + "、".join(line.group.name for line in self.groups)

    @property
    def is_over(self) -> bool:
        """The month's last day is known: a forecast would say nothing more."""
        return self.as_of == self.month.last

    @property
    def behind(self) -> list[PersonLine]:
        return [line for line in self.people if line.is_behind]

    @property
    def missing(self) -> int:
        return sum(line.owes.logs for line in self.people)

    @property
    def notes(self) -> int:
        return sum(line.owes.notes for line in self.people)


class _Reading:
    """What a board is made of, read once."""

    def __init__(self, person: Person, team: Team, month: Month, now: datetime) -> None:
        self.team, self.month, self.now, self.today = team, month, now, timezone.localdate(now)
        self.groups = access.own_groups(person, team)
        self.measured = Measured(team.branch, month, self.today)
        self.book = ParameterBook.load(*CODES)
        self.limit = progress.limit_in(self.book, month.first)
        self.targets = self._targets()
        self.months = months_of(target.pk for target in self.targets)
        self.clock = duties.Clock(month.first, month.last, now, (self.book, self.measured.calendar))
        posts = duties.log_posts(self.clock).filter(team=team).select_related("person", "group").order_by("effective_from")
        self.posts = [post for post in posts if access.bound_to(self.groups, post.group_id)]
        self.missing = self._missing()
        rows = Milestone.objects.filter(team=team).overdue(self.today).select_related("responsible")
        self.milestones = list(rows.order_by("due_on", "id"))

    def _targets(self) -> list[Target]:
        """The year's targets in force of the team, its groups and people, each with its note of the month."""
        rows = Target.objects.filter(team=self.team, year=self.month.year, state=states.IN_FORCE)
        rows = rows.annotate(note=FilteredRelation("notes", condition=Q(notes__month=self.month)))
        rows = rows.annotate(note_id=F("note__pk"), note_state=F("note__state")).select_related("group", "person")
        found: list[Target] = [row for row in rows if row.level == Level.TEAM or access.bound_to(self.groups, row.group_id)]
        for row in found:
            row.branch, row.team = self.team.branch, self.team
        return found

    def _missing(self) -> Mapping[int, int]:
        """Person id → logs of the month that are missing by now."""
        employed = self.measured.employed
        spells = [
            (who, spell.first, spell.last)
            for who in {post.person_id for post in self.posts}
            for spell in employed.get(who, ())
            if spell.kind == Engagement.Kind.EMPLOYEE
        ]
        people = [who for who, _, _ in spells]
        posted = [(post.person_id, post.since, post.effective_to) for post in self.posts]
        due = duties.owed_by(people, posted, spells, self.clock)
        handed_in: dict[int, dict[date, bool]] = defaultdict(dict)
        logs = WorkLog.objects.filter(person__in=people, kind=WorkLog.Kind.LOG).between(self.month.first, self.month.last)
        for who, day, late in logs.order_by().values_list("person", "day", "late"):
            handed_in[who][day] = late
        return {who: duties.counts_of(days, handed_in[who], self.clock).missing for who, days in due.items()}

    def cell(self, target: Target) -> Cell:
        months = self.months[target.pk]
        standing = progress.stand(self.measured, target, months, self.limit)
        parts = [self.months[part.pk] for part in self.targets if part.parent_id == target.pk]
        at = self.month.month - 1
        gap = None if target.level == Level.PERSON else months[at] - sum((part[at] for part in parts), ZERO)
        return Cell(target.kind, standing, gap)

    def cells(self, level: Level) -> dict[int, dict[str, Cell]]:
        """Unit's id → metric → its cell, of those with something to reach in the month."""
        found: dict[int, dict[str, Cell]] = defaultdict(dict)
        for target in self.targets:
            if target.level == level and self.months[target.pk][self.month.month - 1] > 0:
                found[getattr(target, f"{level}_id")][target.metric] = self.cell(target)
        return found


def board_of(person: Person, team: Team, month: Month, now: datetime | None = None) -> TeamBoard:
    """The month of the team (one of `teams_for`) as far as the person sees it."""
    read = _Reading(person, team, month, now or timezone.now())
    measured, as_of = read.measured, read.measured.as_of()
    board = TeamBoard(
        team=team,
        month=month,
        as_of=as_of,
        passed=measured.worked(as_of) if as_of else 0,
        days=measured.worked(month.last),
        limit=read.limit,
        whole=read.groups is None,
    )
    board.people = _people(read)
    board.groups = _groups(read, board.people)
    mine = {line.person.pk for line in board.people}
    board.milestones = [row for row in read.milestones if board.whole or row.responsible_id in mine]
    if board.whole:
        cells = read.cells(Level.TEAM).get(team.pk, {})
        board.head = [cells[code] for code in METRICS if code in cells]
        board.growth = [growth for metric in GROWTH if (growth := _growth(read, metric)) is not None]
    if access.sees_expenses_of(person, team):
        income, limit = expenses.net_income(measured, team, month), expenses.limit_in(read.book, month.first)
        board.costs = Costs(getattr(team, "spent", None) or ZERO, income, limit)
    return board


def _people(read: _Reading) -> list[PersonLine]:
    """Everybody posted in the team in the month, and who has a target in it; group by group, by number."""
    cells, posts = read.cells(Level.PERSON), {post.person_id: post for post in read.posts}
    found: dict[int, tuple[Person, Group | None]] = {post.person_id: (post.person, post.group) for post in posts.values()}
    hangs: dict[int, Group | None] = {}  # a target stays on the group it was broken down from, also after a move
    for target in read.targets:
        if target.person is not None:
            found.setdefault(target.person.pk, (target.person, target.group))
            hangs[target.person.pk] = target.group
    notes = _open_notes(read)
    overdue: dict[int, int] = defaultdict(int)
    for row in read.milestones:
        overdue[row.responsible_id] += 1
    on = min(read.today, read.month.last)
    lines = []
    for who, (person, group) in found.items():
        owes = rules.Owes(read.missing.get(who, 0), notes.get(who, 0), overdue[who])
        post = posts.get(who)
        here = post is None or post.effective_to is None or post.effective_to >= on
        old = hangs.get(who)
        former = old.name if post is not None and old is not None and old.pk != post.group_id else ""
        lines.append(_line(read, person, group, cells.get(who, {}), owes, here=here, former_group=former))
    return sorted(lines, key=lambda line: (line.group.pk if line.group else 0, line.person.staff_no))


def _open_notes(read: _Reading) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for target in read.targets:
        if target.person_id and target.note_state == states.ASKED:  # type: ignore[attr-defined]
            found[target.person_id] += 1
    return found


def _line(
    read: _Reading,
    person: Person,
    group: Group | None,
    cells: dict[str, Cell],
    owes: rules.Owes,
    *,
    here: bool,
    former_group: str,
) -> PersonLine:
    behind = [_behind(read, person, cells[code]) for code in METRICS if code in cells and cells[code].standing.is_behind]
    done = bool(cells) and all((cell.standing.completion or ZERO) >= 1 for cell in cells.values())
    known = read.measured.as_of() is not None
    said = rules.why(behind, owes, known=known, reached=done, has_targets=bool(cells), former_group=former_group)
    return PersonLine(person, group, cells, owes, said if here else f"已调出本队;{said}", here)


def _behind(read: _Reading, person: Person, cell: Cell) -> rules.Behind:
    metric, silent, as_of = cell.metric, None, read.measured.as_of()
    if metric.dated and as_of is not None:
        gained = read.measured.last_gain(person.pk, metric)
        silent = (as_of - gained).days if gained is not None else as_of.day
    return rules.Behind(metric.label, short(cell.standing.actual, metric), short(cell.standing.goal, metric), silent)


def short(amount: Decimal | None, metric: Metric) -> str:
    """A figure in little room: `3`, `120.5万`."""
    if amount is None:
        return "–"
    return f"{amount:,.0f}" if metric.whole else in_short(amount)


def _groups(read: _Reading, people: list[PersonLine]) -> list[GroupLine]:
    """The groups with somebody or something to reach, the best first (S1)."""
    cells = read.cells(Level.GROUP)
    groups = {target.group.pk: target.group for target in read.targets if target.group is not None}
    groups |= {line.group.pk: line.group for line in people if line.group is not None}
    lines = []
    for pk, group in sorted(groups.items()):
        own = [line for line in people if line.group is not None and line.group.pk == pk]
        behind, missing = sum(line.is_behind for line in own), sum(line.owes.logs for line in own)
        lines.append(GroupLine(group, cells.get(pk, {}), len(own), behind, missing))
    if read.groups is None:  # one group by itself has no place among others
        for line, rank in zip(lines, rules.ranks([line.score for line in lines]), strict=True):
            line.rank = rank
    return sorted(lines, key=lambda line: (line.rank is None, line.rank or 0, line.group.pk))


def _growth(read: _Reading, metric: Metric) -> Growth | None:
    """Planned and reached from January on, of months that have a plan; None without one."""
    target = next((one for one in read.targets if one.level == Level.TEAM and one.metric == metric.code), None)
    if target is None:
        return None
    planned: Months = read.months[target.pk]
    months = [month for month in year_months(read.month.year)[: read.month.month] if planned[month.month - 1] > 0]
    return Growth(metric, [(month, planned[month.month - 1], read.measured.actual(target, month)) for month in months])
