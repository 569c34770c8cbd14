"""Marketing plans and agreements as verbs: A3 and A4 of the requirements, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from approvals.desk import queries as desk
from approvals.requests import actions as approvals
from approvals.requests import queries as requests
from approvals.requests.models import Request, Stage
from branch.audit.models import AuditRow
from branch.org.models import Department, Outlet, Team
from branch.people.models import Person
from kernel.refusals import Refusal
from kernel.seen import Overtaken, stamp
from teams.plans.marketing import actions, queries
from teams.plans.marketing.models import CooperationAgreement, MarketingPlan
from teams.plans.marketing.standing import agreement_standing, countersigning, standing_of
from teams.plans.targets import actions as targets
from teams.plans.targets.models import Target
from teams.plans.targets.queries import months_of
from tests.factories.branch import People, give_role, make_person
from tests.factories.marketing import (
    LEADER,
    MANAGER,
    YEAR,
    approved,
    content,
    drafted,
    finish,
    first_team,
    months,
    plan_world,
    sign,
    until_countersign,
)

FOUR = ("compliance", "legal", "risk", "finance_department")
pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> tuple[People, dict[str, Person]]:
    return plan_world()


def refused(code: str, verb: Callable[..., Any], /, *args: Any, **kwargs: Any) -> str:
    """The sentence of the refusal; nothing of what was tried stays."""
    with pytest.raises(Refusal) as refusal, transaction.atomic():
        verb(*args, **kwargs)
    assert refusal.value.code == code, refusal.value.sentence
    return refusal.value.sentence


def state_of(plan: MarketingPlan) -> str:
    return MarketingPlan.objects.get(pk=plan.pk).state


def request_of(plan: MarketingPlan) -> Request:
    found = MarketingPlan.objects.get(pk=plan.pk).approval
    assert found is not None
    return found


def test_a4_the_whole_route_with_seven_people(world: Any) -> None:
    """A4: team lead, branch manager, 综合室, 渠道管理部, four departments (one by delegation, one returns), vice president."""
    people, office = world
    plan = drafted(people)
    until_countersign(plan, people, office, *FOUR)
    assert request_of(plan).document_number == f"深营营销〔{timezone.localdate().year}〕1号"
    assert countersigning([MarketingPlan.objects.get(pk=plan.pk)]) == {request_of(plan).pk}
    deputy = make_person("199999", "代签人")
    give_role(deputy, "legal", delegated_by=office["legal"], department=Department.objects.get(code="legal"))
    sign(plan, office["compliance"])
    sign(plan, deputy, opinion="代法律部同意")
    sign(plan, office["risk"], "return", "社区活动预算请写明场次")
    assert state_of(plan) == "approving", "a return waits until every department has answered"
    refused("not_your_seat", sign, plan, office["vice"])
    assert approvals.remind(request_id=request_of(plan).pk, by=office["office"]) == [office["finance_department"]]
    sign(plan, office["finance_department"])
    assert state_of(plan) == "returned"

    budget = [{"item": "宣传用品", "amount": "20000.00"}, {"item": "社区活动(24场)", "amount": "36000.00"}]
    figures = months(accounts=40, net_income=120000, assets=90000000, product_sales=300000, headcount=13)
    figures["accounts"][2] = "55.00"
    channels = "建设银行三个网点驻点。\n社区讲座每月两场,每场预算 1500 元。"
    actions.edit_plan(plan_id=plan.pk, content=content(budget=budget, months=figures, channels=channels), by=people[LEADER])
    actions.send_up(plan_id=plan.pk, by=people[LEADER])
    request = request_of(plan)
    said = [(one.label, one.before, one.after) for one in desk.differences(request, desk.events_of(request))]
    assert said == [
        ("渠道安排", "社区讲座每月两场。", "社区讲座每月两场,每场预算 1500 元。"),
        ("费用预算:社区活动", "36,000.00 元", "无"),
        ("费用预算:社区活动(24场)", "无", "36,000.00 元"),
        ("新开户数 3月", "40", "55"),
    ]
    assert [(stage.code, stage.state) for stage in Stage.objects.filter(request=request, round=2)][:4] == [
        ("issue", "carried"),
        ("receive", "carried"),
        ("review", "carried"),
        ("countersign", "open"),
    ]
    for role in FOUR:
        sign(plan, office[role])
    finish(plan, office)

    done = MarketingPlan.objects.get(pk=plan.pk)
    assert (done.state, done.paper_no) == ("approved", request.document_number)
    assert requests.returned_opinion(request_of(plan)) == "各部门同意"
    part = Target.objects.get(team=plan.team, year=YEAR, metric="accounts", level="team")
    assert months_of([part.pk])[part.pk] == [Decimal(amount) for amount in figures["accounts"]]
    acts = set(AuditRow.objects.filter(subject_type="plans.MarketingPlan").values_list("act", flat=True))
    assert acts >= {"plans.plan.draft", "plans.plan.submit", "plans.plan.returned", "plans.plan.resubmit", "plans.plan.approved"}


def test_a4_two_of_three_answers_do_not_reach_the_leaders(world: Any) -> None:
    people, office = world
    plan = drafted(people)
    until_countersign(plan, people, office, "compliance", "legal", "risk")
    sign(plan, office["compliance"])
    sign(plan, office["legal"])
    refused("not_your_seat", sign, plan, office["office"])
    refused("not_your_seat", sign, plan, office["vice"])
    sign(plan, office["risk"])
    sign(plan, office["office"])
    sign(plan, office["vice"])
    assert Stage.objects.get(request=request_of(plan), code="leaders").state == "passed"


def test_a3_teams_without_an_approved_plan_are_listed_after_january(world: Any) -> None:
    """A3: on 2027-02-01 each team without an approved 2027 plan; none on 2027-01-31."""
    people, office = world
    approved(people, office)
    manager = people[MANAGER]
    assert not queries.teams_without_plan(manager, YEAR, date(2027, 1, 31)).exists()
    late = list(queries.teams_without_plan(manager, YEAR, date(2027, 2, 1)))
    assert late == list(Team.objects.exclude(pk=first_team().pk))
    assert late


def test_a3_a_new_team_needs_a_work_plan_and_target_accounts(world: Any) -> None:
    """A3: without 目标开户数 the one-year plan of a new team is not even sent up."""
    people, office = world
    plan = drafted(people, is_new_team=True, months=months(net_income=1000))
    said = refused("incomplete", actions.send_up, plan_id=plan.pk, by=people[LEADER])
    assert "目标开户数" in said
    assert "一年内的工作计划" in said
    actions.edit_plan(plan_id=plan.pk, content=content(is_new_team=True, work_plan="一季度招聘,二季度驻点"), by=people[LEADER])
    until_countersign(plan, people, office, "legal")
    sign(plan, office["legal"])
    finish(plan, office)
    assert state_of(plan) == "approved"


def test_an_incomplete_plan_names_all_that_is_missing(world: Any) -> None:
    people, _ = world
    plan = drafted(people, market_analysis=" ", budget=[])
    said = refused("incomplete", actions.send_up, plan_id=plan.pk, by=people[LEADER])
    assert "市场分析、费用预算" in said
    assert state_of(plan) == "draft"


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("negative", {"months": {**months(), "accounts": ["-1.00", *["0.00"] * 11]}}),
        ("not_whole", {"months": {**months(), "headcount": ["1.50", *["0.00"] * 11]}}),
        ("not_twelve", {"months": {**months(), "assets": ["1.00"]}}),
        ("bad_amount", {"budget": [{"item": "x", "amount": "-1.00"}]}),
        ("nameless", {"budget": [{"item": " ", "amount": "1.00"}]}),
        ("too_long", {"channels": "字" * 20_001}),
    ],
)
def test_figures_that_cannot_be_are_refused(world: Any, code: str, changes: dict[str, Any]) -> None:
    people, _ = world
    refused(code, drafted, people, **changes)
    assert not MarketingPlan.objects.exists()


def test_one_plan_a_team_and_year(world: Any) -> None:
    people, _ = world
    drafted(people)
    assert "已有2027年度的营销方案" in refused("already_there", drafted, people)


def test_another_teams_leader_writes_none(world: Any) -> None:
    people, _ = world
    plan = drafted(people)
    stranger = make_person("699998", "别队负责人")
    give_role(stranger, "team_leader", team=Team.objects.exclude(pk=first_team().pk).first())
    refused("forbidden", actions.edit_plan, plan_id=plan.pk, content=content(), by=stranger)
    refused("forbidden", actions.send_up, plan_id=plan.pk, by=stranger)
    assert not MarketingPlan.objects.visible_to(stranger).exists()


def test_the_second_of_two_editors_is_told(world: Any) -> None:
    people, _ = world
    plan = drafted(people)
    shown = stamp(plan.content)
    actions.edit_plan(plan_id=plan.pk, content=content(channels="经理改过"), by=people[MANAGER], seen=shown)
    with pytest.raises(Overtaken):
        actions.edit_plan(plan_id=plan.pk, content=content(channels="负责人改过"), by=people[LEADER], seen=shown)
    assert MarketingPlan.objects.get(pk=plan.pk).channels == "经理改过"


def test_what_is_being_signed_is_not_edited(world: Any) -> None:
    people, _ = world
    plan = drafted(people)
    actions.send_up(plan_id=plan.pk, by=people[LEADER])
    refused("wrong_state", actions.edit_plan, plan_id=plan.pk, content=content(), by=people[LEADER])


def test_what_changed_behind_the_signers_back_is_not_signed(world: Any) -> None:
    people, _ = world
    plan = drafted(people)
    actions.send_up(plan_id=plan.pk, by=people[LEADER])
    MarketingPlan.objects.filter(pk=plan.pk).update(channels="偷偷改过")
    refused("stale", sign, plan, people[MANAGER])


def test_taken_back_it_is_a_draft_and_can_be_sent_up_anew(world: Any) -> None:
    people, _ = world
    plan = drafted(people)
    actions.send_up(plan_id=plan.pk, by=people[LEADER])
    first = request_of(plan)
    refused("forbidden", actions.take_back, plan_id=plan.pk, reason="重写", by=people["600104"])
    actions.take_back(plan_id=plan.pk, reason="重写", by=people[LEADER])
    assert state_of(plan) == "draft"
    actions.send_up(plan_id=plan.pk, by=people[LEADER])
    assert request_of(plan).pk != first.pk


def test_the_manager_takes_back_and_takes_over_what_an_absent_leader_sent_up(world: Any) -> None:
    people, _ = world
    plan = drafted(people)
    actions.send_up(plan_id=plan.pk, by=people[LEADER])
    actions.take_back(plan_id=plan.pk, reason="负责人病假", by=people[MANAGER])
    assert state_of(plan) == "draft"
    actions.send_up(plan_id=plan.pk, by=people[LEADER])
    sign(plan, people[MANAGER], "return", "请改")
    refused("take_over_first", actions.send_up, plan_id=plan.pk, by=people[MANAGER])
    approvals.take_over(request_id=request_of(plan).pk, reason="负责人病假", by=people[MANAGER])
    actions.send_up(plan_id=plan.pk, by=people[MANAGER])
    assert (state_of(plan), request_of(plan).round, request_of(plan).applicant) == ("approving", 2, people[MANAGER])


def test_rejected_it_may_be_written_again(world: Any) -> None:
    people, _ = world
    plan = drafted(people)
    actions.send_up(plan_id=plan.pk, by=people[LEADER])
    sign(plan, people[MANAGER], "reject", "不办")
    assert state_of(plan) == "rejected"
    assert actions.edit_plan(plan_id=plan.pk, content=content(), by=people[LEADER]).state == "draft"


def test_a_manager_who_drafts_does_not_sign_out_the_own_plan(world: Any) -> None:
    people, _ = world
    plan = actions.draft_plan(team=first_team(), year=YEAR, content=content(), by=people[MANAGER])
    actions.send_up(plan_id=plan.pk, by=people[MANAGER])
    with pytest.raises(Refusal):
        sign(plan, people[MANAGER])
    assert state_of(plan) == "approving"


def test_a_branch_target_in_force_is_never_touched(world: Any) -> None:
    people, office = world
    small = [Decimal(10)] * 12
    root = targets.set_root(branch=people.branch, year=YEAR, metric="accounts", months=small, by=people[MANAGER])
    targets.put_in_force(target_id=root.pk, by=people[MANAGER])
    plan = approved(people, office)
    assert [sentence.split(":")[0] for sentence in plan.left_out] == ["新开户数"]
    assert months_of([root.pk])[root.pk] == small
    assert not Target.objects.filter(team=plan.team, metric="accounts").exists()
    assert Target.objects.get(team=plan.team, metric="net_income").state == "draft"


def test_where_the_branch_target_has_room_the_teams_part_takes_effect(world: Any) -> None:
    people, office = world
    root = targets.set_root(branch=people.branch, year=YEAR, metric="accounts", months=[Decimal(90)] * 12, by=people[MANAGER])
    targets.put_in_force(target_id=root.pk, by=people[MANAGER])
    plan = approved(people, office)
    assert plan.left_out == []
    part = Target.objects.get(team=plan.team, metric="accounts", level="team")
    assert (part.state, part.parent_id) == ("in_force", root.pk)


def test_the_summary_waits_for_december(world: Any) -> None:
    people, office = world
    plan = approved(people, office)
    given = {"plan_id": plan.pk, "text": "完成九成", "by": people[LEADER]}
    refused("too_early", actions.summarise, **given, today=date(2027, 11, 30))
    done = actions.summarise(**given, today=date(2027, 12, 1))
    assert (done.state, standing_of(done, date(2027, 12, 1)).said) == ("summarised", "已总结")


def test_in_its_year_an_approved_plan_is_carried_out(world: Any) -> None:
    people, office = world
    plan = approved(people, office)
    assert standing_of(plan, date(2026, 12, 31)).said == "已批准"
    assert standing_of(plan, date(2027, 1, 1)).said == "执行"


def agreement(people: People, outlet: Outlet, **changes: Any) -> CooperationAgreement:
    given: dict[str, Any] = {
        "bank": "建设银行福田支行",
        "agreement_no": "建福2026-1",
        "signed_on": date(2026, 1, 5),
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2026, 12, 31),
        "by": people[LEADER],
    }
    return actions.enter_agreement(outlet=outlet, **{**given, **changes})


def test_a3_an_outlet_without_an_agreement_covering_the_day_is_marked(world: Any) -> None:
    """A3: covered on the first and last day of a signed one, not the day after, and not by one that is only 拟定."""
    people, _ = world
    outlet, other = (Outlet.objects.create(branch=people.branch, name=name) for name in ("建行福田支行", "社区点"))
    row = agreement(people, outlet)
    agreement(people, other, agreement_no="拟-1", signed_on=None)

    def on(day: date) -> dict[str, bool]:
        found = queries.outlets_with_agreements(people[MANAGER], people.branch, day)
        return {one.outlet.name: one.agreement is not None for one in found if one.outlet in (outlet, other)}

    assert on(date(2026, 12, 31)) == {"建行福田支行": True, "社区点": False}
    assert on(date(2027, 1, 1)) == {"建行福田支行": False, "社区点": False}
    assert agreement_standing(row, date(2027, 1, 1)).said == "到期"


def test_to_dos_come_60_and_30_days_before_the_end_and_go_with_the_next(world: Any) -> None:
    people, _ = world
    outlet = Outlet.objects.create(branch=people.branch, name="建行福田支行")
    row = agreement(people, outlet)
    manager = people[MANAGER]
    assert not queries.ending_agreements(manager, date(2026, 11, 1), 59).exists()
    assert list(queries.ending_agreements(manager, date(2026, 11, 1), 60)) == [row]
    assert list(queries.ending_agreements(manager, date(2026, 12, 1), 30)) == [row]
    agreement(people, outlet, agreement_no="建福2027-1", valid_from=date(2027, 1, 1), valid_to=date(2027, 12, 31))
    assert not queries.ending_agreements(manager, date(2026, 12, 1), 30).exists()


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("span", {"valid_to": date(2025, 12, 31)}),
        ("nameless", {"bank": " "}),
        ("wrong_kind", {"file": b"MZ\x90", "file_name": "协议.pdf"}),
    ],
)
def test_agreements_that_cannot_be_are_refused(world: Any, code: str, changes: dict[str, Any]) -> None:
    people, _ = world
    outlet = Outlet.objects.create(branch=people.branch, name="x")
    refused(code, agreement, people, outlet, **changes)
    assert not CooperationAgreement.objects.exists()


def test_an_agreement_number_is_entered_once(world: Any) -> None:
    people, _ = world
    outlet = Outlet.objects.create(branch=people.branch, name="x")
    agreement(people, outlet)
    refused("already_there", agreement, people, outlet)
