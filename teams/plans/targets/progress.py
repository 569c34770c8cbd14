"""How far every unit is in a month, read once for a branch: actual, completion, year to date, forecast, the 15th, the lag."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils import timezone

from branch.calendar.queries import WorkCalendar
from branch.org.models import Branch
from branch.parameters.queries import ParameterBook
from branch.people.models import Engagement, Person, Posting
from kernel.money import ZERO, decimal
from kernel.months import Month, months_between
from teams.plans.targets import pace, queries, rules
from teams.plans.targets.metrics import COUNTED, METRICS, Level, Metric
from teams.plans.targets.models import DayFigure, DeviationNote, Target
from teams.plans.targets.queries import Months

LIMIT = Decimal("0.20")  # default of the parameter plans.deviation_limit
LIMIT_CODE = "plans.deviation_limit"
AHEAD = timedelta(days=60)  # the calendar goes on, for who asks when something of the month's end is due


@dataclass(frozen=True)
class Row:
    """A person's figures by the end of a day, by metric."""

    day: date
    taken: bool
    values: dict[str, Decimal]


@dataclass
class Employment:
    """From when to when somebody is engaged at the branch, as what."""

    first: date
    last: date | None
    kind: str

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


def deviation_limit(day: date) -> Decimal:
    """By how much a month may be behind before a note is asked for, a share; a dated parameter."""
    return limit_in(ParameterBook.load(LIMIT_CODE), day)


def limit_in(book: ParameterBook, day: date) -> Decimal:
    """`deviation_limit` of a book that is read already."""
    return decimal(str(book.find(LIMIT_CODE, day, str(LIMIT))))


class Measured:
    """A branch's figures from January to `month`, and who stood where; four statements, however many people."""

    def __init__(self, branch: Branch, month: Month, today: date | None = None) -> None:
        self.branch, self.month = branch, month
        self.today = today or timezone.localdate()
        january = Month(month.year, 1)
        self._months = list(months_between(january, month))
        self.calendar = WorkCalendar.between(january.first, month.last + AHEAD)
        self._moves = self._read_moves()
        self._rows = self._read_rows()
        self._worked: dict[Month, list[int]] = {}

    def _read_moves(self) -> dict[int, list[tuple[date, int | None, int | None]]]:
        """Person → (first day, team, group), ascending."""
        found: dict[int, list[tuple[date, int | None, int | None]]] = defaultdict(list)
        rows = Posting.objects.filter(branch=self.branch, effective_from__lte=self.month.last).order_by("effective_from")
        for who, first, team, group in rows.values_list("person", "effective_from", "team", "group"):
            found[who].append((first, team, group))
        return found

    def _read_rows(self) -> dict[Month, dict[int, list[Row]]]:
        """Every day of the month itself, of earlier months the last; every day, too, of those who moved in the year."""
        january = date(self.month.year, 1, 1)
        moved = [who for who, moves in self._moves.items() if sum(first > january for first, _, _ in moves) > 0]
        wanted = Q(month=self.month) | Q(latest=True) | Q(person__in=moved)
        rows = DayFigure.objects.filter(wanted, branch=self.branch, month__in=self._months).order_by("day")
        found: dict[Month, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for who, month, day, taken, *values in rows.values_list("person", "month", "day", "taken", *COUNTED):
            kept = {code: Decimal(value) for code, value in zip(COUNTED, values, strict=True)}
            found[month][who].append(Row(day, taken, kept))
        return found

    @cached_property
    def employed(self) -> dict[int, list[Employment]]:
        found: dict[int, list[Employment]] = defaultdict(list)
        rows = Engagement.objects.filter(branch=self.branch, hired_on__lte=self.month.last)
        for who, hired, ended, kind in rows.values_list("person", "hired_on", "ended_on", "kind"):
            found[who].append(Employment(hired, ended, kind))
        return found

    def as_of(self, month: Month | None = None) -> date | None:
        """The day whose business the month's figures hold; None without any."""
        rows = self._rows.get(month or self.month, {})
        return max((own[-1].day for own in rows.values() if own), default=None)

    def worked(self, day: date) -> int:
        """Working days of the day's month that have passed by its end."""
        month = Month.of(day)
        if month not in self._worked:
            passed, found = 0, [0]
            for number in range(month.last.day):
                passed += self.calendar.is_work_day(month.first + timedelta(number))
                found.append(passed)
            self._worked[month] = found
        return self._worked[month][day.day]

    def _spans(self, who: int, month: Month, target: Target) -> list[pace.Span]:
        """The person's days of the month in the target's unit."""
        if target.level in (Level.BRANCH, Level.PERSON):
            return [pace.Span(None, month.first, month.last)]
        of_team, wanted = target.level == Level.TEAM, target.team_id if target.level == Level.TEAM else target.group_id
        moves = [(first, team if of_team else group) for first, team, group in self._moves.get(who, ())]
        return [span for span in pace.spans(moves, month) if span.unit == wanted]

    def _points(self, rows: Sequence[Row], metric: Metric) -> list[tuple[date, Decimal]]:
        """What is known on which day: of figures that only files tell, the days of files."""
        return [(row.day, row.values[metric.code]) for row in rows if row.taken or metric.dated]

    def actual(self, target: Target, month: Month, day: date | None = None) -> Decimal | None:
        """What the unit had reached by the end of `day` (the month's last known one); None where nothing is known yet."""
        metric, until = target.kind, day or self.as_of(month)
        if metric.code == "headcount":
            return self._heads(target, min(until or self.today, month.last), month)
        if until is None:
            return None
        rows = self._rows[month]
        people = [target.person_id or 0] if target.level == Level.PERSON else list(rows)
        found = ZERO
        for who in people:
            own = self._spans(who, month, target) if who in rows else []
            if own:
                found += self._of(self._points(rows[who], metric), own, until, metric)
        return found

    def _of(self, points: pace.Points, own: Sequence[pace.Span], until: date, metric: Metric) -> Decimal:
        if not metric.stock:
            return pace.earned_in(points, own, until, self.worked, dated=metric.dated)
        here = any(span.first <= until <= span.last for span in own)
        return pace.value_at(points, until, self.worked, dated=True) if here else ZERO

    def _heads(self, target: Target, day: date, month: Month) -> Decimal | None:
        """Engaged on the day and posted in the unit; a month that has not begun has none."""
        if month.first > self.today:
            return None
        at = [who for who, spells in self.employed.items() if any(spell.covers(day) for spell in spells)]
        if target.level == Level.BRANCH:
            return Decimal(len(at))
        return Decimal(sum(any(span.first <= day <= span.last for span in self._spans(who, month, target)) for who in at))

    def series(self, target: Target) -> list[tuple[date, Decimal]]:
        """What the unit had reached by the end of each known day of the month."""
        if target.metric == "headcount":
            return []
        rows = self._rows.get(self.month, {})
        own = {who: days for who, days in rows.items() if target.level != Level.PERSON or who == target.person_id}
        days = sorted({row.day for found in own.values() for row in found if row.taken or target.kind.dated})
        return [(day, self.actual(target, self.month, day) or ZERO) for day in days]

    def last_gain(self, person_id: int, metric: Metric) -> date | None:
        """The last day of the month on which the person's figure rose; None: not yet in this month."""
        before, gained = ZERO, None
        for day, value in self._points(self._rows.get(self.month, {}).get(person_id, ()), metric):
            gained = day if value > before else gained
            before = value
        return gained

    def year_to_date(self, target: Target) -> Decimal | None:
        """Σ from January, or for a level what it is now; None where no month has figures."""
        if target.kind.stock:
            return self.actual(target, self.month)
        known = [found for month in self._months if (found := self.actual(target, month)) is not None]
        return sum(known, ZERO) if known else None

    def months(self, target: Target) -> Months:
        """What the unit reached in each month of the year up to `month`, nought where nothing is known."""
        reached = [self.actual(target, month) or ZERO for month in self._months]
        return reached + [ZERO] * (rules.MONTHS - len(reached))


@dataclass(frozen=True)
class Standing:
    """One target's month. Rates are shares; None: not known, or nothing to reach."""

    target: Target
    goal: Decimal
    actual: Decimal | None
    completion: Decimal | None
    year_goal: Decimal
    year_actual: Decimal | None
    year_completion: Decimal | None
    forecast: Decimal | None
    reached_on: date | None
    lag: Decimal
    is_behind: bool
    note: DeviationNote | None = None
    rank: int | None = None

    @property
    def in_time(self) -> bool:
        return pace.in_time(self.reached_on)


@dataclass
class Board:
    """A month's standings of a branch, in the order of the tree."""

    month: Month
    as_of: date | None
    limit: Decimal
    passed: int
    days: int
    lines: list[Standing] = field(default_factory=list)

    @property
    def time_share(self) -> Decimal:
        """What of the month's working days has passed."""
        return Decimal(self.passed) / self.days if self.days else ZERO


def stand(measured: Measured, target: Target, months: Months, limit: Decimal) -> Standing:
    """One target's month from what was measured."""
    metric, month = target.kind, measured.month
    until = months[: month.month]
    goal, year_goal = until[-1], (until[-1] if metric.stock else sum(until, ZERO))
    actual, year_actual = measured.actual(target, month), measured.year_to_date(target)
    as_of = measured.as_of()
    passed, days = (measured.worked(as_of) if as_of else 0), measured.worked(month.last)
    completion = None if actual is None else pace.rate(actual, goal)
    lag = pace.behind(completion, days if metric.stock else passed, days)
    return Standing(
        target=target,
        goal=goal,
        actual=actual,
        completion=completion,
        year_goal=year_goal,
        year_actual=year_actual,
        year_completion=None if year_actual is None else pace.rate(year_actual, year_goal),
        forecast=_forecast(measured, target, actual, passed, days),
        reached_on=pace.reached_on(measured.series(target), goal),
        lag=lag,
        is_behind=lag > limit,
    )


def _forecast(measured: Measured, target: Target, actual: Decimal | None, passed: int, days: int) -> Decimal | None:
    if actual is None or target.metric == "headcount":
        return actual
    base = ZERO
    if target.kind.stock and measured.month.month > 1:
        base = measured.actual(target, measured.month.previous) or ZERO
        if not base:  # nothing to begin from: a level stays where it is
            return actual
    return pace.forecast(actual, passed, days, base)


def board_of(targets: Iterable[Target], measured: Measured, limit: Decimal) -> Board:
    """The standings of these targets, with the notes asked for and the rank among their level (best completion first)."""
    chosen = sorted(targets, key=queries.in_order)
    months = queries.months_of(target.pk for target in chosen)
    notes = {note.target_id: note for note in DeviationNote.objects.filter(target__in=chosen, month=measured.month)}
    lines = [stand(measured, target, months[target.pk], limit) for target in chosen]
    as_of = measured.as_of()
    board = Board(measured.month, as_of, limit, measured.worked(as_of) if as_of else 0, measured.worked(measured.month.last))
    ranks = _ranks(lines)
    board.lines = [
        Standing(**{**vars(line), "note": notes.get(line.target.pk), "rank": ranks.get(line.target.pk)}) for line in lines
    ]
    return board


def _ranks(lines: Sequence[Standing]) -> dict[int, int]:
    """Target id → place among its level and metric; the same completion is the same place."""
    fields: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for line in lines:
        if line.completion is not None:
            fields[line.target.level, line.target.metric].append(line.completion)
    return {
        line.target.pk: 1 + sum(other > line.completion for other in fields[line.target.level, line.target.metric])
        for line in lines
        if line.completion is not None
    }


def board_for(person: Person, branch: Branch, month: Month, metric: str, *, level: str = "") -> Board:
    """What this person may see of a branch's month for one metric (of one level)."""
    rows = Target.objects.visible_to(person).of_year(branch, month.year).filter(metric=metric)
    rows = rows.filter(level=level) if level else rows
    return board_of(rows.select_related(*queries.UNITS), Measured(branch, month), deviation_limit(month.first))


def own_board(person: Person, branch: Branch, month: Month) -> Board:
    """The person's own targets of the month, every metric."""
    rows = Target.objects.filter(branch=branch, year=month.year, person=person, level=Level.PERSON)
    board = board_of(rows.select_related(*queries.UNITS), Measured(branch, month), deviation_limit(month.first))
    order = list(METRICS)
    board.lines.sort(key=lambda line: order.index(line.target.metric))
    return board


def months_with_figures(branch: Branch) -> list[Month]:
    """Months of which anything is known, newest first."""
    found: Any = (
        DayFigure.objects.filter(branch=branch, latest=True).order_by("-month").values_list("month", flat=True).distinct()
    )
    return list(found)
