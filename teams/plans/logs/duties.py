"""Which logs are due from whom, and how a month stands: what boards, to-dos and the appraisal read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, Q, QuerySet, When
from django.utils import timezone

from branch.calendar.queries import WorkCalendar
from branch.parameters.queries import ParameterBook
from branch.people.models import Engagement, Person, Posting
from kernel.months import Month
from teams.plans.logs import register, rules, states
from teams.plans.logs.models import WorkLog
from teams.plans.logs.rules import ONE_DAY, Counts, Terms

DUE, LOCK, SHARE = CODES = ("plans.log_due", "plans.log_lock_days", "plans.log_draw_share")
MARGIN = timedelta(days=rules.FARTHEST)
BLANK_WORD = states.LOG.states[states.BLANK]
COLOURS = {states.SUBMITTED: "blue", states.PASSED: "green", states.RETURNED: "orange"}


def days_between(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + number * ONE_DAY


@dataclass
class Clock:
    """The calendar and the terms around a span, read once; what is due, overdue and locked at `now`. `known`: parameters and
    calendar where the caller has read them (the calendar until MARGIN after the span)."""

    first: date
    last: date
    now: datetime
    known: tuple[ParameterBook, WorkCalendar] | None = None
    book: ParameterBook = field(init=False)
    calendar: WorkCalendar = field(init=False)

    def __post_init__(self) -> None:
        read = self.known or (ParameterBook.load(*CODES), WorkCalendar.between(self.first, self.last + MARGIN))
        self.book, self.calendar = read

    def terms(self, day: date) -> Terms:
        """Of that day; the product's own where a parameter has no value."""
        clock = rules.read_clock(str(self.book.find(DUE, day, "09:30")))
        return Terms(clock, int(self.book.find(LOCK, day, "3")), Decimal(self.book.find(SHARE, day, "0.20")))

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    def due_at(self, day: date) -> datetime:
        return timezone.make_aware(rules.due_at(day, self.terms(day), self.calendar.is_work_day))

    def overdue(self, day: date) -> bool:
        return self.now > self.due_at(day)

    def last_day(self, day: date) -> date:
        return rules.last_day(day, self.terms(day), self.calendar.is_work_day)

    def locked(self, day: date) -> bool:
        return self.today > self.last_day(day)


Owed = dict[int, set[date]]
Spell = tuple[int, date, date | None]  # person id, first day, last day


def owed(people: Collection[int], clock: Clock) -> Owed:
    """Person id → the days of the clock's span whose log is due from that person: a workday on which the person is an employee
    in a post that keeps one, in a team that has begun, and isn't excused. Brokers owe none (art. 19: no attendance of theirs)."""
    posts = log_posts(clock).filter(person__in=people).order_by()
    hired = Engagement.objects.filter(person__in=people, kind=Engagement.Kind.EMPLOYEE, hired_on__lte=clock.last)
    hired = hired.filter(Q(ended_on=None) | Q(ended_on__gte=clock.first)).order_by()
    spells = hired.values_list("person", "hired_on", "ended_on")
    return owed_by(people, posts.values_list("person", "since", "effective_to"), spells, clock)


def log_posts(clock: Clock) -> QuerySet[Any]:
    """Postings of the span that keep a log, `since` the day from which they do."""
    posts = Posting.objects.filter(post__in=rules.POSTS, effective_from__lte=clock.last)
    posts = posts.filter(Q(effective_to=None) | Q(effective_to__gte=clock.first)).exclude(team__isnull=False, team__begun_on=None)
    return posts.annotate(
        since=Case(When(team__begun_on__gt=F("effective_from"), then=F("team__begun_on")), default=F("effective_from"))
    )


def owed_by(people: Collection[int], posts: Iterable[Spell], hired: Iterable[Spell], clock: Clock) -> Owed:
    """`owed`, from spells that are known: at a post that keeps a log, and engaged as an employee."""
    first, last = clock.first, clock.last
    at_post, employed = _days(posts, first, last), _days(hired, first, last)
    worked = {day for day in days_between(first, last) if clock.calendar.is_work_day(day)}
    excused = register.excused(people, first, last)
    return {
        who: {day for day in days & employed.get(who, set()) & worked if (who, day) not in excused}
        for who, days in at_post.items()
    }


def _days(spans: Iterable[Spell], first: date, last: date) -> dict[int, set[date]]:
    found: dict[int, set[date]] = defaultdict(set)
    for who, begins, ends in spans:
        found[who].update(days_between(max(begins, first), min(ends or last, last)))
    return found


@dataclass(frozen=True)
class Cell:
    """A person's day: the log, if any, and what a page says of it."""

    day: date
    due: bool = False
    log: WorkLog | None = None
    overdue: bool = False
    locked: bool = False
    future: bool = False

    @property
    def word(self) -> str:
        """未填 on an unfilled workday up to today; nothing on a day of rest or one still to come."""
        if self.log is not None:
            return "迟交" if self.log.late and self.log.state == states.SUBMITTED else self.log.get_state_display()
        return BLANK_WORD if self.due and not self.future else ""

    @property
    def short(self) -> str:
        """For a narrow cell of a month."""
        words = {"已提交": "交", "迟交": "迟", "未填": "缺" if self.overdue else "待", "已抽查(通过)": "通", "已抽查(退回)": "退"}
        return words.get(self.word, "")

    @property
    def css(self) -> str:
        if self.log is not None:
            return "heat-late" if self.word == "迟交" else f"heat-{self.log.state}"
        if not self.due:
            return "heat-rest"
        if self.future:
            return ""
        return "heat-missing" if self.overdue else "heat-waiting"


@dataclass
class Row:
    """A person's month: a cell a day, and its counts."""

    person: Person
    cells: list[Cell]
    counts: Counts
    place: str = ""  # where, on the board of who leads


def rows_of(
    people: Collection[Person], month: Month, now: datetime, within: Mapping[int, Collection[date]] | None = None
) -> list[Row]:
    """The months of these people; five statements whatever their number. `within`: person id → the days that are looked at, of
    who was somewhere else on the others."""
    clock = Clock(month.first, month.last, now)
    ids = [person.pk for person in people]
    due = owed(ids, clock)
    logs: Mapping[int, dict[date, WorkLog]] = defaultdict(dict)
    for log in WorkLog.objects.filter(person__in=ids).between(month.first, month.last).order_by():
        logs[log.person_id][log.day] = log
    if within is not None:
        due = {who: days & set(within.get(who, ())) for who, days in due.items()}
        logs = {who: {day: log for day, log in found.items() if day in within.get(who, ())} for who, found in logs.items()}
    return [_row(person, due.get(person.pk, set()), logs.get(person.pk, {}), clock) for person in people]


def _row(person: Person, due: set[date], logs: dict[date, WorkLog], clock: Clock) -> Row:
    cells = [_cell(day, day in due, logs.get(day), clock) for day in days_between(clock.first, clock.last)]
    handed_in = {day: log.late for day, log in logs.items() if log.kind == WorkLog.Kind.LOG}
    return Row(person, cells, counts_of(due, handed_in, clock))


def counts_of(due: Collection[date], handed_in: Mapping[date, bool], clock: Clock) -> Counts:
    """The counts of the due days that have come. `handed_in`: day → whether late."""
    return rules.counts(sorted(day for day in due if day <= clock.today), handed_in, clock.overdue)


def _cell(day: date, due: bool, log: WorkLog | None, clock: Clock) -> Cell:
    future = day > clock.today
    return Cell(day, due, log, not future and clock.overdue(day), not future and clock.locked(day), future)


def month_counts(people: Collection[Person], month: Month, now: datetime | None = None) -> dict[int, Counts]:
    """Person id → logs of the month due so far, in time, late, missing: what the appraisal of duty reads (A5.1)."""
    return {row.person.pk: row.counts for row in rows_of(people, month, now or timezone.now())}


def still_open(person: Person, now: datetime) -> list[date]:
    """The days before today whose log this person owes and may still hand in, oldest first."""
    today = timezone.localdate(now)
    clock = Clock(today - timedelta(days=rules.FARTHEST // 2), today - ONE_DAY, now)
    open_days = {day for day in owed([person.pk], clock).get(person.pk, set()) if not clock.locked(day)}
    if not open_days:
        return []
    handed_in = WorkLog.objects.filter(person=person, day__in=open_days).values_list("day", flat=True)
    return sorted(open_days - set(handed_in))


def at_place(person: Person, day: date) -> tuple[Posting | None, Engagement | None]:
    """The person's posting and engagement on that day."""
    posting = person.postings.filter(effective_from__lte=day).filter(Q(effective_to=None) | Q(effective_to__gte=day))
    engaged = person.engagements.filter(hired_on__lte=day).filter(Q(ended_on=None) | Q(ended_on__gte=day))
    found = posting.select_related("branch", "team", "group", "outlet").order_by(F("effective_from").desc()).first()
    return found, engaged.order_by("-hired_on").first()
