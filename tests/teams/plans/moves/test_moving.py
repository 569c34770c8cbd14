"""A move from plan to effect: approval, handover, the day; and everything that holds it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from branch import clearance
from branch.audit.models import AuditRow
from branch.clearance import Binding
from branch.org.models import Branch, Group, Outlet, Team
from branch.people.models import Posting
from branch.people.postings import hours_on, posting_on
from clients.registry.models import Relation
from kernel.months import Month
from kernel.refusals import Refusal
from kernel.seen import Overtaken, stamp
from teams.plans.moves import actions, handing, queries
from teams.plans.moves.actions import Wish, shown_move
from teams.plans.moves.models import Handover, HandoverLine, Move
from tests.factories.branch import People
from tests.factories.moves import (
    COLLEAGUE,
    LEADER,
    MANAGER,
    MEMBER,
    OTHER_LEADER,
    OTHERS,
    TODAY,
    agree,
    approved_move,
    give_clients,
    group_of,
    hand_all,
    moves_world,
    outlet,
    planned,
    put_sign,
    signed_by_all,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> People:
    return moves_world()


def refused(code: str, verb: Callable[..., Any], /, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refusal) as refusal, transaction.atomic():
        verb(*args, **kwargs)
    assert refusal.value.code == code, refusal.value.sentence
    return refusal.value.sentence


def fresh(move: Move) -> Move:
    return Move.objects.get(pk=move.pk)


def test_to_another_outlet_from_a_day_with_the_clients_kept(people: People) -> None:
    move = approved_move(people)
    assert move.state == "handing"
    assert queries.counts_of(move.handover) == {"open": 0, "keep": 3, "hand": 0}
    put_sign(move.handover, people[MEMBER])
    assert fresh(move).state == "handing"
    put_sign(move.handover, people[LEADER])
    move = fresh(move)
    assert (move.state, move.took_effect_on, move.remark) == ("effective", TODAY() + timedelta(5), "")
    assert move.standing(TODAY()) == ("待生效", "blue")
    assert move.standing(move.effective_on) == ("已生效", "green")
    before, after = (hours_on(people[MEMBER], day) for day in (move.last_day, move.effective_on))
    assert before is not None
    assert after is not None
    assert (before.outlet.name, after.outlet.name) == ("建行网点", "工行网点")
    assert set(Relation.objects.values_list("manager__staff_no", "to_month")) == {(MEMBER, None)}
    assert AuditRow.objects.filter(act="plans.move_effect", actor_name__contains=LEADER).exists()


def test_unsigned_it_waits_beyond_its_day_and_the_day_moves(people: People) -> None:
    move = approved_move(people, days=-3)
    assert "交接清单还没有签完" in refused("not_handed_over", handing.take_effect, move_id=move.pk, by=people[LEADER])
    assert handing.settle_moves() == 0
    signed_by_all(people, move.handover)
    move = fresh(move)
    assert move.took_effect_on == TODAY()
    assert move.remark == f"原定 {move.effective_on} 调动,交接清单 {TODAY()} 才签完,改自 {TODAY()} 起"
    assert Posting.objects.get(person=people[MEMBER], effective_to=None).effective_from == TODAY()


def elsewhere(people: People) -> None:
    """600103 is put in another place by the roster, past the move."""
    Posting.objects.filter(person=people[MEMBER]).update(outlet=Outlet.objects.create(branch=people.branch, name="中行网点"))


def test_a_move_undoes_no_newer_posting(people: People) -> None:
    move = planned(people)
    elsewhere(people)
    assert "修改后重新报批" in refused("moved_since", actions.send_move_up, move_id=move.pk, by=people[LEADER])
    wish = Wish(move.effective_on, "网点调整", outlet=outlet("工行网点"))
    actions.edit_move(move_id=move.pk, wish=wish, by=people[LEADER])
    assert actions.send_move_up(move_id=move.pk, by=people[LEADER]).state == "approving"


def test_approved_it_takes_no_effect_past_a_newer_posting_and_may_be_given_up(people: People) -> None:
    move = approved_move(people)
    put_sign(move.handover, people[MEMBER])
    elsewhere(people)
    refused("moved_since", put_sign, move.handover, people[LEADER])
    assert actions.cancel_move(move_id=move.pk, reason="另有安排", by=people[LEADER]).state == "cancelled"
    assert planned(people).state == "draft"


def test_clients_gone_and_then_the_place_closed_it_may_still_be_given_up(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    held = [Binding("没有交接的实物", 2, "/x/", "assets")]
    monkeypatch.setattr(clearance, "_moving", [lambda person, day: held])
    move = planned(people, days=0)
    actions.send_move_up(move_id=move.pk, by=people[LEADER])
    agree(move, people[MANAGER])
    hand_lines(people, Move.objects.get(pk=move.pk).handover)
    signed_by_all(people, fresh(move).handover, COLLEAGUE)
    refused("handed_over", actions.cancel_move, move_id=move.pk, reason="不动了", by=people[LEADER])
    Outlet.objects.filter(name="工行网点").update(closed_on=TODAY() - timedelta(1))
    held.clear()
    refused("closed_unit", handing.take_effect, move_id=move.pk, by=people[LEADER])
    assert actions.cancel_move(move_id=move.pk, reason="网点撤销", by=people[LEADER]).state == "cancelled"


def hand_lines(people: People, handover: Handover) -> None:
    rows = list(handover.lines.values_list("pk", flat=True))
    given = {"decision": "hand", "receiver": people[COLLEAGUE], "by": people[LEADER]}
    handing.assign(handover_id=handover.pk, line_ids=rows, **given)


def test_goods_hold_it_back_until_they_are_handed_over(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    held = [Binding("没有交接的实物", 2, "/x/", "assets")]
    monkeypatch.setattr(clearance, "_moving", [lambda person, day: held])
    move = approved_move(people)
    signed_by_all(people, move.handover)
    assert fresh(move).state == "handing"
    refused("bound", handing.take_effect, move_id=move.pk, by=people[LEADER])
    assert handing.settle_moves() == 0
    held.clear()
    assert handing.settle_moves() == 1
    assert fresh(move).state == "effective"
    assert handing.settle_moves() == 0


def test_to_another_team_its_leader_agrees_and_every_client_is_decided(people: People) -> None:
    move = planned(people, group=group_of(people[OTHERS]))
    assert "同意接收" in refused("not_accepted", actions.send_move_up, move_id=move.pk, by=people[LEADER])
    refused("forbidden", actions.accept_move, move_id=move.pk, by=people[LEADER])
    actions.accept_move(move_id=move.pk, by=people[OTHER_LEADER])
    refused("already_accepted", actions.accept_move, move_id=move.pk, by=people[OTHER_LEADER])
    actions.send_move_up(move_id=move.pk, by=people[LEADER])
    agree(move, people[MANAGER])
    handover = Handover.objects.get(move=move)
    assert queries.counts_of(handover)["open"] == 3
    assert "没有安排接收人" in refused("undecided", put_sign, handover, people[MEMBER])
    one = handover.lines.order_by("pk")[0]
    handing.assign(handover_id=handover.pk, decision="keep", receiver=None, by=people[LEADER], line_ids=[one.pk])
    hand_all(people, handover)
    signed = signed_by_all(people, handover, COLLEAGUE)
    month = max(Month.of(TODAY()), Month.of(move.last_day)).next
    assert signed.effective_month == month
    held = Relation.objects.filter(to_month=None).values_list("client", "manager__staff_no", "from_month")
    assert {row[1:] for row in held if row[0] != one.client_id} == {(COLLEAGUE, month)}
    assert next(row[1] for row in held if row[0] == one.client_id) == MEMBER
    posting = posting_on(people[MEMBER], move.effective_on)
    assert posting is not None
    assert posting.team == move.to_team


def test_the_manager_agrees_for_every_team(people: People) -> None:
    assert planned(people, by=MANAGER, group=group_of(people[OTHERS])).accepted_by == people[MANAGER]


def test_one_open_move_a_person_and_none_of_a_leader_or_for_oneself(people: People) -> None:
    planned(people)
    refused("open_move", planned, people)
    refused("leads", planned, people, who=OTHER_LEADER, by=MANAGER)
    refused("own_move", planned, people, who=COLLEAGUE, by=COLLEAGUE)
    refused("forbidden", planned, people, who=OTHERS, by=LEADER)
    refused("same_place", planned, people, who=COLLEAGUE, outlet=None)


def test_units_elsewhere_and_closed_ones_are_refused(people: People) -> None:
    other = Branch.objects.create(code="0755LH", name="罗湖")
    away = Outlet.objects.create(branch=other, name="罗湖网点")
    refused("other_branch", planned, people, outlet=away)
    Team.objects.filter(name="营销二队").update(begun_on=None)
    refused("not_begun", planned, people, group=group_of(people[OTHERS]))
    Outlet.objects.filter(name="工行网点").update(closed_on=TODAY())
    refused("closed_unit", planned, people)
    refused("bad_day", planned, people, days=500, outlet=outlet("建行网点"))


def test_a_later_posting_refuses_and_no_two_overlap(people: People) -> None:
    move = approved_move(people)
    signed_by_all(people, move.handover)
    assert "另有岗位" in refused("later_posting", planned, people, days=2, outlet=outlet("建行网点"))
    planned(people, days=9, outlet=outlet("建行网点"))
    spans = list(people[MEMBER].postings.order_by("effective_from").values_list("effective_from", "effective_to"))
    assert spans[0][1] == spans[1][0] - timedelta(1)
    assert spans[1][1] is None


def test_returned_edited_and_sent_again_and_two_editors(people: People) -> None:
    move = planned(people)
    seen = stamp(shown_move(move))
    wish = Wish(TODAY() + timedelta(7), "改期", outlet=outlet("工行网点"))
    actions.edit_move(move_id=move.pk, wish=wish, by=people[LEADER], seen=seen)
    with pytest.raises(Overtaken):
        actions.edit_move(move_id=move.pk, wish=wish, by=people[MANAGER], seen=seen)
    actions.send_move_up(move_id=move.pk, by=people[LEADER])
    refused("wrong_state", actions.edit_move, move_id=move.pk, wish=wish, by=people[LEADER])
    actions.take_move_back(move_id=move.pk, reason="再议", by=people[LEADER])
    assert fresh(move).state == "draft"


def test_changing_the_team_asks_its_leader_again(people: People) -> None:
    move = planned(people, group=group_of(people[OTHERS]))
    actions.accept_move(move_id=move.pk, by=people[OTHER_LEADER])
    third = Group.objects.exclude(team__in=[move.from_team, move.to_team]).first()
    actions.edit_move(move_id=move.pk, wish=Wish(move.effective_on, "改去三队", group=third), by=people[LEADER])
    assert fresh(move).accepted_by is None


def test_it_can_be_given_up_until_clients_have_gone(people: People) -> None:
    handover = _handed(people)
    given = {"move_id": handover.move_id, "by": people[LEADER]}
    refused("reason_missing", actions.cancel_move, reason=" ", **given)
    Handover.objects.filter(pk=handover.pk).update(effective_month=Month.of(TODAY()).next)
    refused("handed_over", actions.cancel_move, reason="不调了", **given)
    Handover.objects.filter(pk=handover.pk).update(effective_month=None)
    assert actions.cancel_move(reason="不调了", **given).state == "cancelled"
    assert not Handover.objects.to_sign(people[MEMBER]).exists()  # type: ignore[attr-defined]
    refused("wrong_state", put_sign, handover, people[MEMBER])


def test_who_sees_it(people: People) -> None:
    move = planned(people, group=group_of(people[OTHERS]))
    for who in (LEADER, OTHER_LEADER, MANAGER, MEMBER):
        assert Move.objects.visible_to(people[who]).filter(pk=move.pk).exists(), who  # type: ignore[attr-defined]
    assert not Move.objects.visible_to(people[COLLEAGUE]).exists()  # type: ignore[attr-defined]


# --- the list ---------------------------------------------------------------------------------------------------------
def _handed(people: People) -> Handover:
    move = planned(people, group=group_of(people[OTHERS]))
    actions.accept_move(move_id=move.pk, by=people[OTHER_LEADER])
    actions.send_move_up(move_id=move.pk, by=people[LEADER])
    agree(move, people[MANAGER])
    handover = Handover.objects.get(move=move)
    hand_all(people, handover)
    return handover


def test_the_witness_signs_last_and_is_no_party(people: People) -> None:
    handover = _handed(people)
    assert handover.witness == people[LEADER]
    assert "最后签字" in refused("not_yet", put_sign, handover, people[LEADER])
    refused("no_part", put_sign, handover, people[OTHERS])
    put_sign(handover, people[COLLEAGUE])
    refused("already_signed", put_sign, handover, people[COLLEAGUE])
    refused("not_yet", put_sign, handover, people[LEADER])
    put_sign(handover, people[MEMBER])
    refused("already_signed", put_sign, handover, people[MEMBER])
    put_sign(handover, people[LEADER])
    refused("wrong_state", put_sign, handover, people[LEADER])
    for witness in (people[MEMBER], people[COLLEAGUE]):
        refused("wrong_state", handing.choose_witness, handover_id=handover.pk, witness=witness, by=people[MANAGER])


def test_to_whom_the_next_signature_belongs(people: People) -> None:
    handover = _handed(people)

    def waits(who: str) -> bool:
        return Handover.objects.to_sign(people[who]).filter(pk=handover.pk).exists()  # type: ignore[attr-defined]

    assert [waits(who) for who in (MEMBER, COLLEAGUE, LEADER)] == [True, True, False]
    put_sign(handover, people[MEMBER])
    assert [waits(who) for who in (MEMBER, COLLEAGUE, LEADER)] == [False, True, False]
    put_sign(handover, people[COLLEAGUE])
    assert [waits(who) for who in (MEMBER, COLLEAGUE, LEADER)] == [False, False, True]
    HandoverLine.objects.filter(handover=handover).update(decision="open", receiver=None)
    assert not waits(LEADER)
    assert Handover.objects.to_arrange().filter(pk=handover.pk).exists()  # type: ignore[attr-defined]


def test_what_was_signed_is_not_changed_but_begun_anew(people: People) -> None:
    handover = _handed(people)
    put_sign(handover, people[COLLEAGUE])
    given = {"handover_id": handover.pk, "by": people[LEADER]}
    refused("signed", handing.assign, decision="hand", receiver=people["600109"], **given)
    refused("signed", handing.refresh, **given)
    refused("reason_missing", handing.begin_anew, reason="", **given)
    handing.begin_anew(reason="接收人另有安排", **given)
    ids = list(handover.lines.values_list("pk", flat=True))
    assert handing.assign(decision="hand", receiver=people["600109"], line_ids=ids, **given) == 3
    signed_by_all(people, handover, "600109")
    assert Relation.objects.filter(to_month=None, manager=people["600109"]).count() == 3


def test_a_list_that_changed_since_it_was_shown_is_not_signed(people: People) -> None:
    handover = _handed(people)
    refused("changed", handing.sign, handover_id=handover.pk, seen_digest="x", by=people[MEMBER])
    refused("changed", handing.sign, handover_id=handover.pk, seen_digest="x", by=people[COLLEAGUE])


def test_a_client_who_came_since_stops_the_signing_until_the_list_is_refreshed(people: People) -> None:
    handover = _handed(people)
    give_clients(people, MEMBER, 2, first=50)
    assert "又有 2 位客户" in refused("not_listed", put_sign, handover, people[MEMBER])
    Relation.objects.filter(client=handover.lines.first().client).update(manager=people["600109"])  # type: ignore[union-attr]
    assert handing.refresh(handover_id=handover.pk, by=people[LEADER]) == (2, 1)
    assert queries.counts_of(handover) == {"open": 2, "keep": 0, "hand": 2}


def test_who_may_receive_and_watch(people: People) -> None:
    handover = _handed(people)
    given = {"handover_id": handover.pk, "by": people[LEADER]}
    for who in (MEMBER, LEADER):
        refused("bad_receiver", handing.assign, decision="hand", receiver=people[who], **given)
    refused("no_receiver", handing.assign, decision="hand", receiver=None, **given)
    refused("no_decision", handing.assign, decision="open", receiver=None, **given)
    refused("bad_witness", handing.choose_witness, witness=people[COLLEAGUE], **given)
    assert handing.choose_witness(witness=people[MANAGER], **given).witness == people[MANAGER]
    refused("forbidden", handing.assign, handover_id=handover.pk, decision="keep", receiver=None, by=people[COLLEAGUE])
    refused("not_absent", handing.sign_for_absent, handover_id=handover.pk, reason="x", seen_digest="", by=people[MANAGER])


def test_a_receiver_who_has_left_since_takes_nobody_over(people: People) -> None:
    handover = _handed(people)
    put_sign(handover, people[MEMBER])
    put_sign(handover, people[COLLEAGUE])
    people[COLLEAGUE].engagements.update(ended_on=timezone.localdate())
    assert "重新安排" in refused("receiver_gone", put_sign, handover, people[LEADER])
    assert Relation.objects.filter(to_month=None, manager=people[MEMBER]).count() == 3


def test_a_receiver_sees_only_the_own_clients(people: People) -> None:
    handover = _handed(people)
    one = handover.lines.first()
    HandoverLine.objects.filter(pk=one.pk).update(receiver=people["600109"])  # type: ignore[union-attr]
    assert queries.lines_for(people["600109"], handover).count() == 1
    assert queries.lines_for(people[COLLEAGUE], handover).count() == 2
    assert queries.lines_for(people[LEADER], handover).count() == 3
    assert queries.lines_for(people[MEMBER], handover).count() == 3
    with pytest.raises(Refusal):
        queries.handover_for(people["600110"], handover.pk)
