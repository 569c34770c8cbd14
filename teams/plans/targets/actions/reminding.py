"""The reminder of the 15th (S3): who is not through with the month's tasks is told, and the team's leader who that is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from branch.calendar.queries import WorkCalendar
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Person
from branch.people.queries import leader_on
from kernel.months import Month
from teams.plans.targets import pace, queries, rules, states
from teams.plans.targets.metrics import Level
from teams.plans.targets.models import Target
from teams.plans.targets.progress import Measured, Standing, board_of, deviation_limit

NAMED = 10  # of those who are not through, how many the leader's message names


def remind_of_the_15th(today: date | None = None) -> int:
    """On the 15th, or the next workday where it is a rest day, tell everybody who is not at 100 %. The date itself stays the
    15th: who gets there on the reminder's day is late all the same. Returns how many are told; a rerun tells nobody twice."""
    day = today or timezone.localdate()
    month = Month.of(day)
    if day != pace.reminder_day(month, WorkCalendar.of_month(month).is_work_day):
        return 0
    return sum(_remind(branch, month, day) for branch in Branch.objects.all())


@transaction.atomic
def _remind(branch: Branch, month: Month, day: date) -> int:
    measured = Measured(branch, month, day)
    if measured.as_of() is None:  # nothing imported: nobody can be said to be behind
        return 0
    rows = Target.objects.of_year(branch, month.year).filter(level=Level.PERSON, state=states.IN_FORCE)
    board = board_of(rows.select_related(*queries.UNITS), measured, deviation_limit(month.first))
    open_lines: dict[int, list[Standing]] = defaultdict(list)
    for line in board.lines:
        if line.goal > 0 and (line.completion is None or line.completion < 1):
            open_lines[line.target.person_id or 0].append(line)
    when = "今天是 15 日" if day.day == pace.DUE_DAY else "15 日是休息日,今天提醒"
    for lines in open_lines.values():
        _tell_person(lines, month, when)
    _tell_leaders(open_lines, month, when, day)
    return len(open_lines)


def _tell_person(lines: Sequence[Standing], month: Month, when: str) -> None:
    person = lines[0].target.person
    assert person is not None
    said = "、".join(f"{line.target.kind.label} {_shown(line)}" for line in lines)
    text = f"{when}:{month.label}的任务应在 15 日前完成,您还没有完成的是 {said}"
    tell([person], text, key=f"targets.due15:{month}", link=reverse("plans:my-progress"))


def _shown(line: Standing) -> str:
    kind = line.target.kind
    actual = "–" if line.actual is None else rules.shown(line.actual, kind)
    return f"{actual}(目标 {rules.shown(line.goal, kind)})"


def _tell_leaders(open_lines: Mapping[int, Sequence[Standing]], month: Month, when: str, day: date) -> None:
    teams: dict[int, list[Person]] = defaultdict(list)
    for lines in open_lines.values():
        target = lines[0].target
        if target.team_id is not None and target.person is not None:
            teams[target.team_id].append(target.person)
    for team_id, people in teams.items():
        leader = leader_on(team_id, day)
        if leader is not None:
            names = "、".join(person.name for person in people[:NAMED]) + ("等" if len(people) > NAMED else "")
            text = f"{when}:本队还有 {len(people)} 人没有完成{month.label}的全部目标:{names}"
            tell([leader], text, key=f"targets.due15:{month}:{team_id}", link=f"{reverse('plans:progress')}?month={month}")
