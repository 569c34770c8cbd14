"""What is due and overdue, on the workbench of the leader and the manager, by the company's calendar."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from branch.calendar.models import SpecialDay
from branch.people.models import Person
from branch.workbench.register import todos_for
from kernel.months import Month
from teams.plans.reports import actions, queries
from teams.plans.reports.workbench import returned
from tests.factories.branch import People
from tests.factories.reports import JUNE, LEADER, MANAGER, approved, drafted, report_world, sign, team_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> People:
    return report_world()[0]


def told(person: Person, day: str) -> dict[str, tuple[int, bool]]:
    """Of the reports: label → how many, whether urgent."""
    person.__dict__.pop("_holdings", None)
    with time_machine.travel(f"{day} 12:00:00+08:00", tick=False):
        return {todo.label: (todo.count, todo.urgent) for todo in todos_for(person) if "业务分析报告" in todo.label}  # type: ignore


def test_due_days_go_by_the_companys_calendar() -> None:
    periods = {"month": JUNE, "half": JUNE, "year": Month(2025, 12)}
    assert queries.due_days(periods) == {"month": date(2026, 7, 7), "half": date(2026, 7, 14), "year": date(2026, 1, 21)}
    SpecialDay.objects.create(day=date(2026, 7, 3), kind=SpecialDay.Kind.HOLIDAY, name="停市")
    assert queries.due_days(periods)["month"] == date(2026, 7, 8)


def test_due_then_overdue_for_leader_and_manager(people: People) -> None:
    month = "2026年6月业务分析报告"
    assert told(people[LEADER], "2026-07-07")[f"{month}待交(07-07 前)"] == (1, False)
    assert told(people[LEADER], "2026-07-08")[f"{month}逾期未交"] == (1, True)
    teams = people.branch.teams.count()
    assert told(people[MANAGER], "2026-07-08")[f"{month}逾期未交"] == (teams, True)
    assert told(people[MANAGER], "2026-07-15")["2026年上半年业务分析报告逾期未交"] == (teams, True)


def test_handed_in_is_no_longer_due(people: People) -> None:
    report = drafted(people)
    label = "2026年6月业务分析报告逾期未交"
    assert label in told(people[LEADER], "2026-07-08")
    actions.hand_in(report_id=report.pk, by=people[LEADER])
    assert label not in told(people[LEADER], "2026-07-08")
    sign(report, people[MANAGER], "return")
    assert label in told(people[LEADER], "2026-07-08")
    assert returned(people[LEADER]).count() == 1  # type: ignore[union-attr]


def test_a_period_before_the_branch_was_kept_here_is_not_asked_for(people: People) -> None:
    assert not [label for label in told(people[LEADER], "2026-06-20") if "2025年" in label]


def test_a_team_in_preparation_owes_nothing(people: People) -> None:
    approved(people)
    team = team_of(people, "600116")
    team.begun_on = None
    team.save()
    names = {team.name for team in queries.teams_within(people[MANAGER], "plan.view", "month", JUNE)}  # type: ignore[arg-type]
    assert team.name not in names
    assert team_of(people).name in names
