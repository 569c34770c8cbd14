"""A proposal on its way: both agree, the manager approves, and from its month on the income is shared."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone

from approvals.requests import actions as approvals
from approvals.requests.models import Request
from approvals.routes.actions import seed_routes
from branch.audit.models import AuditRow
from branch.clearance import of_leaver
from branch.notices.models import Notice
from clients.figures.actions import lock
from clients.figures.queries import lines_of
from clients.registry.actions import change_manager, hand_over
from clients.registry.dividing import Shares
from clients.registry.models import Client, Division
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal, Unknown
from kernel.seen import Overtaken, stamp
from teams.plans.division import actions, queries, states
from teams.plans.division.actions import Wish
from teams.plans.division.models import DivisionProposal, ProposedClient
from tests.factories.branch import give_role
from tests.factories.clients import book, branch_with, client_row, confirm, csv_file

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_october")]
DIAGRAMS = Path(__file__).resolve().parents[4] / "docs" / "diagrams"
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
LEADER, DEVELOPER, SERVICE, MANAGER, TRADE, FINANCE = "600101", "600102", "600103", "600005", "600001", "600002"


@pytest.fixture
def in_october(monkeypatch):
    now = timezone.make_aware(datetime(2026, 10, 20, 10))
    monkeypatch.setattr(timezone, "now", lambda: now)


@pytest.fixture
def people(in_october):
    found = branch_with()
    book(found, csv_file([client_row(str(number), 客户经理工号=DEVELOPER, 客户经理="") for number in (1, 2, 3)]))
    confirm(found, "2026-10")
    seed_routes()
    return found


def clients(*numbers: str) -> list[Client]:
    return list(Client.objects.filter(client_no__in=numbers).order_by("client_no"))


def wish(people, *numbers, percent="70", since=NOVEMBER, until=None, early="", service=SERVICE):
    shares = Shares(people[DEVELOPER], people[service], Decimal(percent), since, until)
    return Wish(clients(*numbers), since, "开发与服务结合", early, shares)


def proposed(people, *numbers, by=LEADER, **given):
    return actions.propose(branch=people.branch, wish=wish(people, *(numbers or ("1",)), **given), by=people[by])


def both_agree(people, row):
    for staff_no in (DEVELOPER, SERVICE):
        row = actions.agree(proposal_id=row.pk, by=people[staff_no])
    return row


def signed(people, row, act="agree", opinion=""):
    request = Request.objects.get(pk=DivisionProposal.objects.get(pk=row.pk).approval_id)
    given = {"seen_digest": request.content_digest, "opinion": opinion or ("" if act == "agree" else "请改正")}
    return approvals.decide(request_id=request.pk, act=act, by=people[MANAGER], **given)


def state_of(row) -> str:
    return DivisionProposal.objects.get(pk=row.pk).state


def test_the_drawing_is_the_table():
    assert (DIAGRAMS / "division_proposal.mmd").read_text(encoding="utf-8") == states.PROPOSAL.diagram()


def test_both_agree_the_manager_approves_and_the_income_is_shared(people):
    row = proposed(people, "1", "2", since=OCTOBER, early="本月起已共同服务")
    assert row.state == states.CONSULTING
    assert [list(DivisionProposal.objects.waiting_for(people[who])) for who in (DEVELOPER, SERVICE, LEADER)] == [[row], [row], []]
    assert actions.agree(proposal_id=row.pk, by=people[DEVELOPER]).state == states.CONSULTING
    assert actions.agree(proposal_id=row.pk, by=people[SERVICE]).state == states.APPROVING
    assert not Division.objects.exists(), "nothing is shared before the last signature"
    request = signed(people, row)
    assert state_of(row) == states.APPROVED
    assert {(one.paper, one.decided_by) for one in Division.objects.all()} == {(request.number, people[MANAGER])}
    lines = {line.person.staff_no: line for line in lines_of(people.branch, OCTOBER)}
    assert str(lines[DEVELOPER].net_commission) == "175.17", "2 × 51.09 of 72.99, and the whole of the third"
    assert str(lines[SERVICE].net_commission) == "43.80"
    acts = list(AuditRow.objects.filter(act__startswith="division.").order_by("id").values_list("act", flat=True))
    assert acts == ["division.propose", "division.agree", "division.agree", "division.send", "division.approved"]


def test_who_proposes_and_is_one_of_the_two_has_agreed(people):
    row = proposed(people, by=LEADER, service=LEADER)
    assert list(DivisionProposal.objects.waiting_for(people[LEADER])) == []
    assert actions.agree(proposal_id=row.pk, by=people[DEVELOPER]).state == states.APPROVING


def test_nobody_waits_for_who_has_left(people):
    make_divided(people, "1")
    people[SERVICE].engagements.update(ended_on=date(2026, 10, 10))
    people[SERVICE].roles.all().delete()
    end = Wish(clients("1"), NOVEMBER, "服务人离职")
    row = actions.propose(branch=people.branch, wish=end, by=people[LEADER])
    assert actions.agree(proposal_id=row.pk, by=people[DEVELOPER]).state == states.APPROVING


def make_divided(people, *numbers, since=OCTOBER):
    row = both_agree(people, proposed(people, *numbers, since=since, early="x"))
    signed(people, row)
    return row


def test_ended_on_paper_and_what_was_shared_before_stays(people):
    make_divided(people, "1", "2")
    end = Wish(clients("1"), NOVEMBER, "客户转由一人负责")
    row = both_agree(people, actions.propose(branch=people.branch, wish=end, by=people[LEADER]))
    signed(people, row)
    assert [str(one.to_month or "") for one in Division.objects.order_by("client__client_no")] == ["2026-10", ""]


def test_the_end_is_asked_pair_by_pair_and_only_where_something_is_shared(people):
    make_divided(people, "1")
    with pytest.raises(Refusal) as refused:
        actions.propose(branch=people.branch, wish=Wish(clients("1", "2"), NOVEMBER, "x"), by=people[LEADER])
    assert refused.value.items == [f"{clients('2')[0].name}(2):2026年11月起没有分工"]
    row = proposed(people, "2", service=LEADER)
    actions.agree(proposal_id=row.pk, by=people[DEVELOPER])
    signed(people, row)
    with pytest.raises(Refusal, match="分工人员不同"):
        actions.propose(branch=people.branch, wish=Wish(clients("1", "2"), NOVEMBER, "x"), by=people[LEADER])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"since": OCTOBER}, "请写明提前生效的原因"),
        ({"since": Month(2028, 1)}, "最多提前 12 个月"),
        ({"service": DEVELOPER}, "不能是同一个人"),
        ({"percent": "101"}, "0% 到 100%"),
        ({"until": Month(2026, 10)}, "终止月份不能早于"),
    ],
)
def test_what_cannot_be_is_said_at_once(people, given, said):
    with pytest.raises(Refusal, match=said):
        proposed(people, **given)
    assert not DivisionProposal.objects.exists()


def test_a_locked_month_and_a_stranger_are_refused_before_anybody_is_asked(people):
    lock(branch=people.branch, month=OCTOBER, by=people[FINANCE])
    with pytest.raises(Refusal, match="只能从2026年11月或以后的月份起"):
        proposed(people, since=OCTOBER, early="x")
    shares = Shares(people[LEADER], people[SERVICE], Decimal(50), NOVEMBER)
    with pytest.raises(Refusal) as refused:
        actions.propose(branch=people.branch, wish=Wish(clients("1"), NOVEMBER, "x", "", shares), by=people[LEADER])
    assert "都不是现任客户经理" in refused.value.items[0]
    for staff_no in (DEVELOPER, TRADE, FINANCE):
        with pytest.raises(Forbidden):
            proposed(people, by=staff_no)


def test_a_second_proposal_waits_until_the_first_is_decided(people):
    first = proposed(people, "1")
    with pytest.raises(Refusal) as refused:
        proposed(people, "1", "2", by=MANAGER)
    assert "已申请分工,尚未定下" in refused.value.items[0]
    actions.drop(proposal_id=first.pk, reason="", by=people[LEADER])
    assert proposed(people, "1", "2", by=MANAGER).state == states.CONSULTING
    assert list(ProposedClient.objects.filter(waiting=True).values_list("client__client_no", flat=True)) == ["1", "2"]


def test_declined_changed_and_asked_anew(people):
    row = proposed(people)
    actions.agree(proposal_id=row.pk, by=people[DEVELOPER])
    with pytest.raises(Refusal, match="不需要再确认"):
        actions.agree(proposal_id=row.pk, by=people[DEVELOPER])
    with pytest.raises(Refusal, match="不同意的原因"):
        actions.decline(proposal_id=row.pk, reason=" ", by=people[SERVICE])
    actions.decline(proposal_id=row.pk, reason="应为各半", by=people[SERVICE])
    assert list(DivisionProposal.objects.returned_to(people[LEADER])) == [row]
    with pytest.raises(Forbidden):
        actions.edit_proposal(proposal_id=row.pk, wish=wish(people, "1", percent="50"), by=people[MANAGER])
    shown = stamp(DivisionProposal.objects.get(pk=row.pk).content)
    changed = actions.edit_proposal(proposal_id=row.pk, wish=wish(people, "1", "3", percent="50"), by=people[LEADER], seen=shown)
    assert changed.state == states.CONSULTING
    assert changed.developer_agreed_at is None, "what was agreed to was something else"
    assert changed.numbers == ["1", "3"]
    actions.decline(proposal_id=row.pk, reason="再议", by=people[SERVICE])
    with pytest.raises(Overtaken):
        actions.edit_proposal(proposal_id=row.pk, wish=wish(people, "1"), by=people[LEADER], seen=shown)


def test_only_the_two_answer_and_its_maker_or_the_manager_takes_it_back(people):
    row = proposed(people)
    for staff_no in (LEADER, MANAGER):
        with pytest.raises(Forbidden):
            actions.agree(proposal_id=row.pk, by=people[staff_no])
    for staff_no in (DEVELOPER, TRADE):
        with pytest.raises(Forbidden):
            actions.drop(proposal_id=row.pk, reason="", by=people[staff_no])
    assert actions.drop(proposal_id=row.pk, reason="发起人已离职", by=people[MANAGER]).state == states.DROPPED
    assert proposed(people).state == states.CONSULTING, "its client is free again"


def test_declined_twice_its_maker_is_told_twice(people, monkeypatch, django_capture_on_commit_callbacks):
    row = proposed(people)
    with django_capture_on_commit_callbacks(execute=True):
        actions.decline(proposal_id=row.pk, reason="应为各半", by=people[SERVICE])
        later = timezone.now() + timedelta(minutes=1)
        monkeypatch.setattr(timezone, "now", lambda: later)
        actions.edit_proposal(proposal_id=row.pk, wish=wish(people, "1", percent="60"), by=people[LEADER])
        actions.decline(proposal_id=row.pk, reason="还是各半", by=people[SERVICE])
    told = Notice.objects.filter(person=people[LEADER]).order_by("id").values_list("text", flat=True)
    assert [text.rsplit(":", 1)[1] for text in told] == ["应为各半", "还是各半"]


def test_returned_by_the_manager_it_is_agreed_to_again(people):
    row = both_agree(people, proposed(people))
    number = row.approval.number
    signed(people, row, "return")
    assert state_of(row) == states.RETURNED
    actions.edit_proposal(proposal_id=row.pk, wish=wish(people, "1", percent="60"), by=people[LEADER])
    again = both_agree(people, row)
    assert (again.approval.number, again.approval.round) == (number, 2)
    signed(people, again)
    assert Division.objects.get().developer_percent == 60


@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize("by", [LEADER, MANAGER])
def test_taken_back_after_a_return_the_request_is_withdrawn_too(people, edited, by):
    row = both_agree(people, proposed(people))
    signed(people, row, "return")
    if edited:
        actions.edit_proposal(proposal_id=row.pk, wish=wish(people, "1"), by=people[LEADER])
    assert actions.drop(proposal_id=row.pk, reason="不再需要", by=people[by]).state == states.DROPPED
    assert Request.objects.get().state == "withdrawn"
    assert not ProposedClient.objects.filter(waiting=True).exists()


def test_the_request_of_one_dropped_without_it_can_be_ended(people):
    row = both_agree(people, proposed(people))
    signed(people, row, "return")
    DivisionProposal.objects.filter(pk=row.pk).update(state=states.DROPPED)
    approvals.withdraw(request_id=row.approval.pk, reason="已撤回", by=people[MANAGER])
    assert (Request.objects.get().state, state_of(row)) == ("withdrawn", states.DROPPED)


def test_taken_over_it_is_changed_and_sent_up_by_who_took_it_over(people):
    row = both_agree(people, proposed(people))
    signed(people, row, "return")
    give_role(people[TRADE], "deputy_manager", branch=people.branch)
    approvals.take_over(request_id=row.approval.pk, reason="发起人病假", by=people[TRADE])
    with pytest.raises(Forbidden):
        actions.edit_proposal(proposal_id=row.pk, wish=wish(people, "1"), by=people[LEADER])
    actions.edit_proposal(proposal_id=row.pk, wish=wish(people, "1"), by=people[TRADE])
    again = both_agree(people, row)
    assert (again.approval.round, again.approval.applicant) == (2, people[TRADE])


def test_rejected_the_clients_are_free_again(people):
    row = both_agree(people, proposed(people))
    signed(people, row, "reject")
    assert state_of(row) == states.REJECTED
    assert proposed(people).state == states.CONSULTING


def test_what_no_longer_holds_is_refused_at_the_last_signature(people):
    row = both_agree(people, proposed(people, "1", "2"))
    change_manager(client=clients("1")[0], manager=people[LEADER], relation_kind="服务", month=OCTOBER, by=people[TRADE])
    with pytest.raises(Refusal) as refused:
        signed(people, row)
    assert "都不是现任客户经理" in refused.value.items[0]
    assert state_of(row) == states.APPROVING
    assert not Division.objects.exists()


def test_what_each_sees(people):
    row = proposed(people)
    for staff_no in (LEADER, DEVELOPER, SERVICE, MANAGER, TRADE):
        assert queries.proposal_for(people[staff_no], row.pk) == row
    with pytest.raises(Unknown):
        queries.proposal_for(people["600110"], row.pk)
    both_agree(people, row)
    signed(people, row)
    shown = {staff_no: queries.divisions_for(people[staff_no], show="to_come").count() for staff_no in (SERVICE, TRADE, "600110")}
    assert shown == {SERVICE: 1, TRADE: 1, "600110": 0}
    assert not queries.divisions_for(people[SERVICE]).exists(), "not yet in force"
    assert queries.divisions_for(people[SERVICE], text="1", show="all").count() == 1
    assert queries.divisions_for(people[SERVICE], text="2", show="all").count() == 0


def test_a_leaver_is_bound_by_a_part_in_others_clients(people):
    make_divided(people, "1")
    day = date(2026, 10, 31)
    (bound,) = [one for one in of_leaver(people[SERVICE], day) if one.app == "plans" and "分工" in one.what]
    assert bound.words == "与他人分工的客户未解除 1 项"
    assert not [one for one in of_leaver(people[DEVELOPER], day) if "分工" in one.what], "own clients end with the handover"
    hand_over(
        branch=people.branch,
        giver=people[DEVELOPER],
        receivers={clients("1")[0].pk: people[LEADER].pk},
        month=OCTOBER,
        effective_month=NOVEMBER,
        by=people[TRADE],
        reason="离职",
    )
    assert not [one for one in of_leaver(people[SERVICE], day) if "分工" in one.what]
