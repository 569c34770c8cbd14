"""A leaving from filing to its close: the route, what binds, who closes, and the one door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from approvals.requests import actions as approvals
from approvals.requests.models import Request, Seat, Stage
from approvals.routes.models import Delegation
from branch.audit.models import AuditRow
from branch.people.models import Leadership
from branch.staff.actions import cancel_leaving as take_back
from branch.staff.actions import register_leaving
from clients.registry.models import Relation
from kernel.months import Month
from kernel.refusals import Refusal
from kernel.seen import Overtaken, stamp
from teams.plans.moves import actions, handing, queries
from teams.plans.moves.actions import shown_leaving
from teams.plans.moves.models import Handover, Leaving
from teams.plans.targets.actions import answer_note
from teams.plans.targets.models import DeviationNote, Milestone, Target
from tests.factories.branch import People
from tests.factories.moves import (
    CLERK,
    COLLEAGUE,
    DEPUTY,
    HR,
    LEADER,
    MANAGER,
    MEMBER,
    OTHER_LEADER,
    TODAY,
    agree,
    approved_leaving,
    filed,
    hand_all,
    moves_world,
    planned,
    put_back,
    put_sign,
    signed_by_all,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> People:
    return moves_world()


def refused(code: str, verb: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal, transaction.atomic():
        verb(*args, **kwargs)
    assert refusal.value.code == code, refusal.value.sentence
    return refusal.value


def handed(people: People, leaving: Leaving) -> Handover:
    hand_all(people, leaving.handover)
    return signed_by_all(people, leaving.handover, COLLEAGUE)


def asked_note(people: People) -> DeviationNote:
    posting = people[MEMBER].postings.get()
    target = Target.objects.create(
        branch=people.branch,
        team=posting.team,
        group=posting.group,
        person=people[MEMBER],
        level="person",
        year=TODAY().year,
        metric="accounts",
        made_by=people[LEADER],
    )
    return DeviationNote.objects.create(
        target=target, month=Month.of(TODAY()), completion=Decimal("0.2"), deviation=Decimal("0.3"), asked_on=TODAY()
    )


def test_filed_by_oneself_it_goes_to_the_leader_the_manager_and_hr(people: People) -> None:
    leaving = filed(people, by=MEMBER)
    actions.send_leaving_up(leaving_id=leaving.pk, by=people[MEMBER])
    assert [seat.label for seat in Seat.objects.order_by("stage__position")] == [
        f"上级 {people[LEADER].name}",
        "经理",
        "人力资源部",
    ]
    agree(leaving, people[LEADER], people[MANAGER], people[HR])
    leaving = Leaving.objects.get(pk=leaving.pk)
    assert (leaving.state, leaving.handover.witness) == ("handing", people[LEADER])


def test_who_files_for_somebody_they_lead_has_agreed_by_filing(people: People) -> None:
    leaving = approved_leaving(people)
    assert leaving.state == "handing"
    assert set(Seat.objects.values_list("role", flat=True)) == {"branch_manager", "human_resources"}


def test_what_a_deputy_files_still_goes_to_the_manager(people: People) -> None:
    leaving = filed(people, by=DEPUTY)
    actions.send_leaving_up(leaving_id=leaving.pk, by=people[DEPUTY])
    assert [seat.role for seat in Seat.objects.order_by("stage__position")] == ["branch_manager", "human_resources"]


def test_it_is_not_closed_while_anything_binds_and_ends_everything_when_it_is(people: People) -> None:
    leaving = approved_leaving(people)
    given = {"leaving_id": leaving.pk, "by": people[HR]}
    refused("not_handed_over", actions.close_leaving, **given)
    handed(people, leaving)
    milestone = Milestone.objects.create(
        branch=people.branch, name="讲座", due_on=TODAY(), responsible=people[MEMBER], made_by=people[LEADER]
    )
    assert refused("bound", actions.close_leaving, **given).items == [
        "没有完成的里程碑 1 项(本人完成,或团队负责人取消、另定责任人)"
    ]
    Milestone.objects.filter(pk=milestone.pk).update(dropped_on=TODAY())
    refused("forbidden", actions.close_leaving, leaving_id=leaving.pk, by=people[LEADER])
    closed = actions.close_leaving(**given)
    assert (closed.state, closed.closed_by) == ("closed", people[HR])
    engagement = people[MEMBER].engagements.get()
    assert engagement.ended_on == leaving.last_day
    assert people[MEMBER].postings.get().effective_to == leaving.last_day
    assert not people[MEMBER].roles.filter(effective_to=None).exists()
    refused("wrong_state", actions.close_leaving, **given)


def test_everything_that_can_bind_is_named_with_who_must_act(people: People) -> None:
    leaving = approved_leaving(people)
    Delegation.objects.create(
        principal=people[MEMBER],
        deputy=people[LEADER],
        effective_from=TODAY(),
        effective_to=leaving.last_day + timedelta(3),
        reason="休假",
    )
    team = people[MEMBER].postings.get().team
    Leadership.objects.create(team=team, group=people[MEMBER].postings.get().group, person=people[MEMBER], effective_from=TODAY())
    bound = {found.what: (found.count, bool(found.who)) for found in queries.bindings_of(leaving)}
    assert bound == {
        "名下的客户": (3, True),
        "最后工作日之后还有效的审批委托": (1, True),
        "仍在负责的团队或小组": (1, True),
    }


def test_every_client_must_go_and_they_go_from_the_month_after_the_last_day(people: People) -> None:
    leaving = approved_leaving(people)
    refused("all_must_go", handing.assign, handover_id=leaving.handover.pk, decision="keep", receiver=None, by=people[LEADER])
    signed = handed(people, leaving)
    assert signed.effective_month is not None
    assert signed.effective_month.first > leaving.last_day
    assert set(Relation.objects.filter(to_month=None).values_list("manager__staff_no", flat=True)) == {COLLEAGUE}


def test_a_leaver_who_cannot_be_found_is_signed_for_by_the_manager(people: People) -> None:
    leaving = approved_leaving(people)
    handover = leaving.handover
    hand_all(people, handover)
    seen = queries.digest_of(Handover.objects.get(pk=handover.pk))
    given = {"handover_id": handover.pk, "seen_digest": seen}
    refused("forbidden", handing.sign_for_absent, reason="失联", by=people[LEADER], **given)
    refused("reason_missing", handing.sign_for_absent, reason=" ", by=people[MANAGER], **given)
    handing.sign_for_absent(reason="离职后失联", by=people[MANAGER], **given)
    party = queries.parties_of(Handover.objects.get(pk=handover.pk))[0]
    assert (party.person, party.signed_by) == (people[MEMBER], people[MANAGER])
    put_sign(handover, people[COLLEAGUE])
    put_sign(handover, people[LEADER])
    assert Handover.objects.get(pk=handover.pk).completed_at is not None


def test_registering_alone_is_for_whom_no_leaving_and_no_client_is_left(people: People) -> None:
    leaving = filed(people)
    given = {"person": people[MEMBER], "last_day": TODAY(), "reason": "辞职", "by": people[CLERK]}
    assert "正在办理" in refused("open_leaving", register_leaving, **given).sentence
    actions.cancel_leaving(leaving_id=leaving.pk, reason="留任", by=people[LEADER])
    assert "名下还有 3 户客户" in refused("clients_left", register_leaving, **given).sentence
    Relation.objects.filter(manager=people[MEMBER]).update(to_month=Month.of(TODAY()).previous)
    register_leaving(**given)


def test_an_absent_leaver_s_note_is_answered_for_and_the_leaving_closes(people: People) -> None:
    note = asked_note(people)
    given = {"note_id": note.pk, "cause": "本人已离岗", "action": "客户由同事接手"}
    refused("forbidden", answer_note, by=people[LEADER], **given)  # still here: the person's own to answer
    leaving = approved_leaving(people)
    handed(people, leaving)
    assert "没有写的偏差说明" in refused("bound", actions.close_leaving, leaving_id=leaving.pk, by=people[HR]).items[0]
    for stranger in (COLLEAGUE, OTHER_LEADER):
        refused("forbidden", answer_note, by=people[stranger], **given)
    answered = answer_note(by=people[LEADER], **given)
    assert answered.answered_for == people[MEMBER].name
    assert AuditRow.objects.get(act="progress.answer").summary.startswith(f"代{people[MEMBER].name}填写")
    assert actions.close_leaving(leaving_id=leaving.pk, by=people[HR]).state == "closed"


def test_what_a_leaver_has_sent_up_is_taken_over_and_a_named_seat_only_told(people: People) -> None:
    leaving = approved_leaving(people, who=COLLEAGUE)
    Request.objects.update(applicant=people[COLLEAGUE])
    Request.objects.filter(pk=leaving.approval_id).update(state="pending", ended_at=None)
    stage = Stage.objects.first()
    assert stage is not None
    given = {"request": stage.request, "stage": stage, "round": 1, "key": "x", "position": 9, "label": "x", "state": "open"}
    Seat.objects.create(person=people[COLLEAGUE], **given)
    bound = {found.what: found.blocks for found in queries.bindings_of(leaving)}
    assert (bound["等本人签的审批"], bound["本人发起、没有办结的申请"]) == (False, True)


def test_a_closed_one_that_is_taken_back_is_no_more(people: People) -> None:
    leaving = approved_leaving(people)
    handed(people, leaving)
    actions.close_leaving(leaving_id=leaving.pk, by=people[CLERK])
    take_back(person=people[MEMBER], by=people[CLERK])
    assert Leaving.objects.get(pk=leaving.pk).state == "cancelled"
    assert people[MEMBER].engagements.get().ended_on is None
    filed(people)


def test_one_open_leaving_and_no_move_beside_it(people: People) -> None:
    filed(people)
    refused("open_leaving", filed, people)
    refused("open_leaving", planned, people)
    planned(people, who=COLLEAGUE)
    refused("open_move", filed, people, who=COLLEAGUE)


def test_who_may_file_and_what_is_refused(people: People) -> None:
    refused("forbidden", filed, people, by=OTHER_LEADER)
    refused("forbidden", filed, people, by=COLLEAGUE)
    refused("bad_kind", filed, people, kind="x")
    refused("bad_day", filed, people, days=600)
    people[MEMBER].engagements.update(hired_on=TODAY() + timedelta(30))
    refused("bad_day", filed, people)
    people[MEMBER].engagements.update(ended_on=TODAY() + timedelta(40))
    refused("not_engaged", filed, people)


def test_two_editors_and_a_late_one(people: People) -> None:
    leaving = filed(people, days=-2)
    seen = stamp(shown_leaving(leaving))
    given = {"leaving_id": leaving.pk, "kind": "other", "last_day": TODAY() - timedelta(1), "seen": seen}
    actions.edit_leaving(**given, reason="改期", by=people[LEADER])
    with pytest.raises(Overtaken):
        actions.edit_leaving(**given, reason="再改", by=people[MANAGER])
    for who in (LEADER, MANAGER):
        assert queries.late_leavings(people[who], TODAY()).filter(pk=leaving.pk).exists()
    assert not queries.late_leavings(people[OTHER_LEADER], TODAY()).exists()
    assert Leaving.objects.get(pk=leaving.pk).standing(TODAY())[1] == "red"


def test_taken_back_from_the_approval_it_is_planned_again(people: People) -> None:
    leaving = filed(people)
    actions.send_leaving_up(leaving_id=leaving.pk, by=people[LEADER])
    assert actions.take_leaving_back(leaving_id=leaving.pk, reason="再谈", by=people[LEADER]).state == "draft"


def test_the_leader_takes_back_what_an_absent_leaver_filed(people: People) -> None:
    leaving = filed(people, by=MEMBER)
    actions.send_leaving_up(leaving_id=leaving.pk, by=people[MEMBER])
    agree(leaving, people[LEADER])
    put_back(leaving, people[MANAGER])
    given = {"leaving_id": leaving.pk, "reason": "本人失联"}
    refused("forbidden", actions.take_leaving_back, by=people[OTHER_LEADER], **given)
    assert actions.take_leaving_back(by=people[LEADER], **given).state == "draft"
    assert actions.cancel_leaving(by=people[LEADER], **given).state == "cancelled"
    filed(people)


def test_a_leaver_takes_nothing_over_that_others_filed(people: People) -> None:
    leaving = filed(people)
    actions.send_leaving_up(leaving_id=leaving.pk, by=people[LEADER])
    given = {"leaving_id": leaving.pk, "reason": "不走"}
    refused("forbidden", actions.take_leaving_back, by=people[MEMBER], **given)
    request = Leaving.objects.get(pk=leaving.pk).approval
    assert request is not None
    refused("forbidden", approvals.take_over, request_id=request.pk, reason="不走", by=people[MEMBER])


def test_a_leader_goes_on_with_what_an_absent_leaver_filed(people: People) -> None:
    leaving = filed(people, by=MEMBER)
    actions.send_leaving_up(leaving_id=leaving.pk, by=people[MEMBER])
    agree(leaving, people[LEADER])
    put_back(leaving, people[MANAGER])
    request = Leaving.objects.get(pk=leaving.pk).approval
    assert request is not None
    approvals.take_over(request_id=request.pk, reason="本人失联", by=people[LEADER])
    actions.send_leaving_up(leaving_id=leaving.pk, by=people[LEADER])
    agree(leaving, people[MANAGER], people[HR])
    assert Leaving.objects.get(pk=leaving.pk).state == "handing"


def test_a_leaver_who_leads_is_watched_by_the_manager(people: People) -> None:
    leaving = filed(people, who=LEADER, by=MANAGER)
    assert queries.first_witness(people[LEADER], people.branch, leaving.team, TODAY()) == people[MANAGER]
