"""超时提醒 and 超时上报: when, to whom, and only once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from approvals.requests import actions
from approvals.requests.models import CopyTo, Seat, TrailEvent
from branch.notices.models import Notice

MONDAY = timezone.make_aware(datetime(2026, 9, 28, 9, 0))


def hour(hour: int, minute: int = 0, day: int = 28) -> datetime:
    return timezone.make_aware(datetime(2026, 9, day, hour, minute))


@pytest.fixture
def three(world: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    world.chief, world.deputy, world.manager = world.three_signers()
    world.office = world.person("office", "综合室", roles=("brokerage_office",))
    monkeypatch.setattr(timezone, "now", lambda: MONDAY)
    return world


def texts(person: Any) -> list[str]:
    """What the person was told besides that something waits."""
    told = Notice.objects.filter(person=person).exclude(text__startswith="待您审")
    return [text[:3] for text in told.values_list("text", flat=True)]


def test_late_then_told_to_the_manager_each_once(three: Any, django_capture_on_commit_callbacks: Any) -> None:
    three.route({**three.THREE[0], "hours": 2}, three.THREE[1])
    request = three.ask()
    seat = Seat.objects.get(request=request, state="open")
    assert (timezone.localtime(seat.due_at).hour, timezone.localtime(seat.escalates_at).hour) == (11, 14)
    with django_capture_on_commit_callbacks(execute=True):
        found = [actions.chase_late(hour(*at)) for at in ((10, 59), (11, 0), (11, 1), (13, 59), (14, 0), (17, 0))]
    assert found == [(0, 0), (1, 0), (0, 0), (0, 0), (0, 1), (0, 0)]
    assert texts(three.chief) == ["已超时"]
    assert texts(three.manager) == ["主办会"]
    assert list(TrailEvent.objects.filter(event__in=["late", "escalated"]).values_list("text", flat=True)) == [
        "主办会计:王主办",
        "主办会计:赵经理",
    ]
    assert CopyTo.objects.get().person == three.manager


def test_whom_the_stage_names_else_the_chasers(three: Any, django_capture_on_commit_callbacks: Any) -> None:
    named = [{"role": "brokerage_office", "at": "company"}]
    three.route({**three.THREE[2], "hours": 2, "escalate_to": named})
    three.ask()
    three.route({**three.THREE[2], "hours": 2}, version=2, chasers=named)
    three.ask()
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.chase_late(hour(17)) == (2, 2)
    assert len(texts(three.office)) == 2


def test_a_stage_without_a_time_is_never_late_and_a_signed_seat_no_more(three: Any) -> None:
    three.route({**three.THREE[0], "hours": 2}, three.THREE[1])
    request = three.ask()
    three.sign(request, three.chief)
    assert actions.chase_late(hour(17, day=30)) == (0, 0)
    assert Seat.objects.get(request=request, state="open").due_at is None


def test_in_turn_the_time_begins_with_the_turn(three: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    both = (three.at_branch("chief_accountant"), three.at_branch("deputy_manager"))
    three.route(three.stage("s", "in_turn", *both, hours=2))
    request = three.ask()
    monkeypatch.setattr(timezone, "now", lambda: hour(16))
    three.sign(request, three.chief)
    assert timezone.localtime(Seat.objects.get(request=request, state="open").due_at) == hour(9, 30, day=29)


def test_a_withdrawn_request_chases_nobody(three: Any) -> None:
    three.route({**three.THREE[0], "hours": 2})
    request = three.ask()
    actions.withdraw(request_id=request.pk, reason="不办了", by=three.applicant)
    assert actions.chase_late(hour(17)) == (0, 0)
