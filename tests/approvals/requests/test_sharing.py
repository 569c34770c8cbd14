"""抄送, 已阅, 催办 and the trails of 转交, 加签, 减签."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.requests import actions
from approvals.requests.models import CopyTo, Request, Seat, TrailEvent
from branch.audit.models import AuditRow
from branch.notices.models import Notice
from tests.approvals.conftest import refused


@pytest.fixture
def three(world: Any, kind_with: Any) -> Any:
    kind_with(transferable=True)
    world.chief, world.deputy, world.manager = world.three_signers()
    world.reader = world.person("reader", "读者")
    world.route(*world.THREE)
    return world


def test_a_participant_copies_and_the_reader_marks_it_read(three: Any, django_capture_on_commit_callbacks: Any) -> None:
    request = three.ask()
    refused("unknown", actions.copy, request_id=request.pk, people=[three.reader], by=three.reader)
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.copy(request_id=request.pk, people=[three.reader, three.reader], by=three.deputy) == [three.reader]
    assert Request.objects.visible_to(three.reader).get() == request
    assert Notice.objects.get(person=three.reader).text.startswith("李副抄送您")
    refused("already_copied", actions.copy, request_id=request.pk, people=[three.reader], by=three.chief)
    refused("nobody_chosen", actions.copy, request_id=request.pk, people=[], by=three.chief)
    refused("not_copied", actions.mark_read, request_id=request.pk, by=three.chief)
    for _ in range(2):
        actions.mark_read(request_id=request.pk, by=three.reader)
    assert CopyTo.objects.get().read_at is not None
    assert TrailEvent.objects.filter(event="read").count() == AuditRow.objects.filter(act="approvals.mark_read").count() == 1


def test_what_is_copied_after_the_end_is_told_too(three: Any) -> None:
    request = three.ask()
    for person in (three.chief, three.deputy, three.manager):
        three.sign(request, person)
    assert actions.copy(request_id=request.pk, people=[three.reader], by=three.applicant) == [three.reader]


def test_handing_over_leaves_trail_and_notice(three: Any, django_capture_on_commit_callbacks: Any) -> None:
    request = three.ask()
    refused("reason_required", actions.transfer, request_id=request.pk, to=three.reader, reason=" ", by=three.chief)
    with django_capture_on_commit_callbacks(execute=True):
        actions.transfer(request_id=request.pk, to=three.reader, reason="外出学习", by=three.chief)
    assert TrailEvent.objects.get(event="transferred").text == "主办会计 → 读者:外出学习"
    assert Notice.objects.filter(person=three.reader, text__contains="王主办转交您审批").count() == 1
    seat = Seat.objects.get(request=request, stage__code="one")
    assert (seat.label, seat.person, seat.role, seat.branch) == ("读者(主办会计转交)", three.reader, "", None)
    three.sign(request, three.reader)
    assert Request.objects.copied_to(three.chief).get() == request, "who handed over still reads along"


def test_nobody_is_added_who_has_no_account(three: Any) -> None:
    three.reader.user.is_active = False
    three.reader.user.save()
    request = three.ask()
    given = {"request_id": request.pk, "reason": "请看", "by": three.chief}
    refused("cannot_sign_in", actions.add_signer, people=[three.reader], how="after", **given)
    refused("nobody_chosen", actions.add_signer, people=[], how="after", **given)
    refused("unknown_act", actions.add_signer, people=[three.manager], how="above", **given)
    refused("cannot_sign_in", actions.transfer, request_id=request.pk, to=three.reader, reason="外出", by=three.chief)


def test_each_act_on_a_seat_is_audited(three: Any) -> None:
    request = three.ask()
    actions.add_signer(request_id=request.pk, people=[three.reader], how="before", reason="先看", by=three.chief)
    actions.drop_signer(request_id=request.pk, seat_id=Seat.objects.latest("id").pk, reason="不必", by=three.chief)
    actions.transfer(request_id=request.pk, to=three.reader, reason="外出", by=three.chief)
    acts = AuditRow.objects.filter(act__startswith="approvals.").order_by("id").values_list("act", flat=True)
    assert list(acts) == [f"approvals.{act}" for act in ("submit", "add_signer", "drop_signer", "transfer")]
