"""Two people at one report, on PostgreSQL: each race with a control that shows what the lock is for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection

from kernel.refusals import Refusal
from kernel.seen import Overtaken, stamp
from teams.plans.reports import actions
from teams.plans.reports.models import AnalysisReport
from tests.factories.branch import People
from tests.factories.reports import JUNE, LEADER, MANAGER, TEXTS, drafted, report_world, team_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people() -> People:
    return report_world()[0]


def both(first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """What each of two acts at the same moment gave: its answer, or the error it ended with."""
    gate = Barrier(2)

    def one(act: Callable[[], Any]) -> Any:
        try:
            gate.wait()
            return act()
        except (Refusal, IntegrityError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, (first, second)))


def _begin(people: People, staff_no: str) -> Callable[[], Any]:
    return lambda: actions.draft_report(team=team_of(people), kind="month", month=JUNE, by=people[staff_no])


def test_two_who_begin_at_once_make_one_report(people: People) -> None:
    answers = both(_begin(people, LEADER), _begin(people, MANAGER))
    assert AnalysisReport.objects.count() == 1
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert [refusal.code for refusal in refused] == ["already_there"]


def test_without_the_lock_the_second_falls_on_the_constraint(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    gather, meeting = actions.gather, Barrier(2)

    def slowly(*args: Any) -> Any:
        meeting.wait(timeout=20)  # both have looked, neither has written
        return gather(*args)

    monkeypatch.setattr(actions, "_hold", lambda team: None)
    monkeypatch.setattr(actions, "gather", slowly)
    answers = both(_begin(people, LEADER), _begin(people, MANAGER))
    assert AnalysisReport.objects.count() == 1
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [IntegrityError]


def test_of_two_who_write_at_once_the_second_is_told(people: People) -> None:
    report = drafted(people)
    seen = stamp(report.texts)

    def write(staff_no: str, words: str) -> Callable[[], Any]:
        texts = {**TEXTS, "issues": words}
        return lambda: actions.write(report_id=report.pk, texts=texts, by=people[staff_no], seen=seen)

    answers = both(write(LEADER, "负责人的话"), write(MANAGER, "经理的话"))
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [Overtaken]
    (kept,) = [answer for answer in answers if isinstance(answer, AnalysisReport)]
    assert AnalysisReport.objects.get().issues == kept.issues
