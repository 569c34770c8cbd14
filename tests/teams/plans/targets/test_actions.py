"""Setting, breaking down, putting in force, changing: what is refused, what is kept, who may."""

from __future__ import annotations

from decimal import Decimal

import pytest

from branch.audit.models import AuditRow
from kernel.refusals import Forbidden, Refusal
from kernel.seen import Overtaken, stamp
from teams.plans.targets import actions, queries
from teams.plans.targets.actions.breaking import present_parts, shown_parts
from teams.plans.targets.actions.incomes import shown_income
from teams.plans.targets.models import IncomePlan, Target, TargetChange
from tests.factories.branch import People, load_roster_people
from tests.factories.plans import (
    DEPUTY,
    GROUP_LEADER,
    MANAGER,
    TEAM_LEADER,
    TRADE,
    below,
    broken_down,
    chain,
    root,
    year,
)

pytestmark = pytest.mark.django_db
S22 = {"经纪": 139890000, "固收": 25000000, "投行": 17800000, "企业融资": 6800000, "证券投资": 11250000}


@pytest.fixture
def people() -> People:
    return load_roster_people()


def team_target(people: People, monthly: int = 120) -> Target:
    whole = root(people, monthly=year(monthly))
    return broken_down(whole, {"营销一队": year(monthly)}, people[MANAGER])["营销一队"]


def test_a5_a_team_target_of_120_split_40_40_30_shows_10_not_broken_down(people: People) -> None:
    team = team_target(people)
    parts = {"第1组": year(40), "第2组": year(40), "第3组": year(30)}
    broken_down(team, parts, people[TEAM_LEADER])
    view = queries.view_of(team)
    assert view.gap == year(10)
    nodes = {node.target.unit_name: node for node in queries.tree(people[MANAGER], people.branch, 2026, "accounts")}
    assert nodes["营销一队"].gap == year(10)
    assert nodes["营销一队"].year_gap == 120
    assert nodes["第3组"].months == year(30)


def test_parts_beyond_the_target_are_refused_month_by_month_and_nothing_is_written(people: People) -> None:
    team = team_target(people)
    with pytest.raises(Refusal, match="分解超过了营销一队的目标") as refusal:
        broken_down(team, {"第1组": year(100), "第2组": year(30)}, people[TEAM_LEADER])
    assert refusal.value.items[0] == "1 月:上级目标 120 户,已分解 130 户,多出 10 户"
    assert not Target.objects.filter(parent=team).exists()


@pytest.mark.parametrize(("amount", "said"), [("-1", "不能为负数"), ("1.5", "请填整数"), ("1000000000000", "大得不合常理")])
def test_a_figure_that_cannot_be_is_refused(people: People, amount: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        root(people, monthly=[Decimal(amount)] * 12)


def test_a_target_may_not_fall_below_what_was_broken_down_from_it(people: People) -> None:
    whole = root(people, put=False)
    broken_down(whole, {"营销一队": year(100)}, people[MANAGER], put=False)
    with pytest.raises(Refusal, match="请先调低下级的目标"):
        root(people, monthly=year(90), put=False)


def test_a_target_takes_effect_only_after_the_one_above(people: People) -> None:
    whole = root(people, put=False)
    broken_down(whole, {"营销一队": year(100)}, people[MANAGER], put=False)
    with pytest.raises(Refusal, match="还没有生效,请先下达上级目标"):
        actions.put_parts(target_id=whole.pk, by=people[MANAGER])
    actions.put_in_force(target_id=whole.pk, by=people[MANAGER])
    assert actions.put_parts(target_id=whole.pk, by=people[MANAGER]) == 1


def test_a_target_in_force_is_not_written_over(people: People) -> None:
    whole = root(people)
    part = broken_down(whole, {"营销一队": year(100)}, people[MANAGER])["营销一队"]
    for change in (
        lambda: root(people, monthly=year(130)),
        lambda: broken_down(whole, {"营销一队": year(90)}, people[MANAGER]),
        lambda: actions.set_parts(target_id=whole.pk, parts={f"team-{part.team_id}": None}, by=people[MANAGER]),
    ):
        with pytest.raises(Refusal, match="已生效,不能直接改"):
            change()
    assert queries.months_of([part.pk])[part.pk] == year(100)


def test_a_draft_is_taken_away_unless_it_has_parts_of_its_own(people: People) -> None:
    whole = root(people, put=False)
    team = broken_down(whole, {"营销一队": year(100)}, people[MANAGER], put=False)["营销一队"]
    broken_down(team, {"第1组": year(10)}, people[TEAM_LEADER], put=False)
    key = f"team-{team.team_id}"
    with pytest.raises(Refusal, match="请先清空下级的目标"):
        actions.set_parts(target_id=whole.pk, parts={key: None}, by=people[MANAGER])
    actions.set_parts(target_id=team.pk, parts={below(team)["第1组"]: None}, by=people[TEAM_LEADER])
    actions.set_parts(target_id=whole.pk, parts={key: None}, by=people[MANAGER])
    assert not Target.objects.filter(parent=whole).exists()


def test_the_second_of_two_editors_is_told(people: People) -> None:
    team = team_target(people)
    seen = stamp(shown_parts(present_parts(team)))
    keys = below(team)
    actions.set_parts(target_id=team.pk, parts={keys["第1组"]: year(10)}, by=people[TEAM_LEADER], seen=seen)
    with pytest.raises(Overtaken, match="已被同事修改"):
        actions.set_parts(target_id=team.pk, parts={keys["第2组"]: year(10)}, by=people[MANAGER], seen=seen)


def test_who_may_set_and_put(people: People) -> None:
    whole, team, group, own = chain(people)
    may_not = [
        (TEAM_LEADER, lambda by: actions.set_root(branch=people.branch, year=2026, metric="assets", months=year(1), by=by)),
        (TEAM_LEADER, lambda by: actions.set_parts(target_id=whole.pk, parts={}, by=by)),
        (TRADE, lambda by: actions.set_parts(target_id=team.pk, parts={}, by=by)),
        (GROUP_LEADER, lambda by: actions.set_parts(target_id=team.pk, parts={}, by=by)),
        (GROUP_LEADER, lambda by: actions.set_parts(target_id=group.pk, parts={}, by=by)),  # leads another group
        ("600103", lambda by: actions.propose_change(target_id=own.pk, months=year(1), reason="x", by=by)),
    ]
    for staff_no, act in may_not:
        with pytest.raises(Forbidden):
            act(people[staff_no])


def test_a_group_leader_breaks_down_within_the_group_and_the_team_leader_puts_it_in_force(people: People) -> None:
    team = team_target(people)
    group_no = people[GROUP_LEADER].postings.get().group.name
    group = broken_down(team, {group_no: year(30)}, people[TEAM_LEADER])[group_no]
    member = next(name for name in below(group))
    draft = broken_down(group, {member: year(10)}, people[GROUP_LEADER], put=False)[member]
    with pytest.raises(Forbidden, match="由团队负责人下达"):
        actions.put_in_force(target_id=draft.pk, by=people[GROUP_LEADER])
    assert actions.put_in_force(target_id=draft.pk, by=people[TEAM_LEADER]).in_force


def test_a_persons_change_is_agreed_to_by_another_and_kept(people: People) -> None:
    own = chain(people)[3]
    change = actions.propose_change(target_id=own.pk, months=year(35), reason="国庆长假", by=people[TEAM_LEADER])
    with pytest.raises(Refusal, match="不能是同一人"):
        actions.agree_change(change_id=change.pk, by=people[TEAM_LEADER])
    assert queries.months_of([own.pk])[own.pk] == year(40)
    assert list(TargetChange.objects.waiting_for(people[MANAGER])) == [change]
    actions.agree_change(change_id=change.pk, by=people[MANAGER])
    assert queries.months_of([own.pk])[own.pk] == year(35)
    kept = TargetChange.objects.get()
    assert (kept.before, kept.after) == (["40.00"] * 12, ["35.00"] * 12)
    assert (kept.proposed_by, kept.decided_by, kept.reason) == (people[TEAM_LEADER], people[MANAGER], "国庆长假")


def test_a_teams_change_is_the_branch_managers_to_agree(people: People) -> None:
    team = chain(people)[1]
    with pytest.raises(Forbidden, match="由上一级分解"):
        actions.propose_change(target_id=team.pk, months=year(40), reason="x", by=people[TEAM_LEADER])
    with pytest.raises(Refusal, match="与现在的相同"):
        actions.propose_change(target_id=team.pk, months=year(40), reason="x", by=people[DEPUTY])
    with pytest.raises(Refusal, match="请先调低下级的目标"):
        actions.propose_change(target_id=team.pk, months=year(39), reason="x", by=people[DEPUTY])


def test_a_change_beyond_the_parent_or_without_reason_is_refused(people: People) -> None:
    own = chain(people)[3]
    with pytest.raises(Refusal, match="分解超过了第3组的目标"):
        actions.propose_change(target_id=own.pk, months=year(41), reason="x", by=people[MANAGER])
    with pytest.raises(Refusal, match="请写明变更的原因"):
        actions.propose_change(target_id=own.pk, months=year(30), reason=" ", by=people[MANAGER])


def test_a_change_is_refused_withdrawn_and_never_open_twice(people: People) -> None:
    own = chain(people)[3]
    change = actions.propose_change(target_id=own.pk, months=year(30), reason="x", by=people[TEAM_LEADER])
    with pytest.raises(Refusal, match="已有一项变更待同意"):
        actions.propose_change(target_id=own.pk, months=year(20), reason="x", by=people[MANAGER])
    with pytest.raises(Refusal, match="请写明不同意的理由"):
        actions.refuse_change(change_id=change.pk, by=people[MANAGER], note="")
    actions.refuse_change(change_id=change.pk, by=people[MANAGER], note="时间还够")
    second = actions.propose_change(target_id=own.pk, months=year(30), reason="x", by=people[TEAM_LEADER])
    with pytest.raises(Forbidden, match="由提出人撤回"):
        actions.withdraw_change(change_id=second.pk, by=people[MANAGER])
    actions.withdraw_change(change_id=second.pk, by=people[TEAM_LEADER])
    with pytest.raises(Refusal, match="不能同意"):
        actions.agree_change(change_id=second.pk, by=people[MANAGER])
    assert queries.months_of([own.pk])[own.pk] == year(40)


def save(people: People, by: str = MANAGER, total: int = 200740000, **more: object) -> IncomePlan:
    parts = {name: Decimal(amount) for name, amount in S22.items()} | more.pop("parts", {})  # type: ignore[operator]
    return actions.save_income(
        branch=people.branch, year=2026, period="h1", total=Decimal(total), parts=parts, by=people[by], **more
    )


def test_s22_the_five_parts_are_the_total_and_changing_one_shows_the_gap(people: People) -> None:
    plan = save(people)
    assert sum(part.amount for part in plan.parts.all()) == 200740000
    changed = save(people, parts={"固收": Decimal(24000000)})
    assert changed.pk == plan.pk
    with pytest.raises(Refusal, match=r"还差 1,000,000.00 元没有分到部门"):
        actions.put_income(plan_id=plan.pk, by=people[DEPUTY])
    save(people)
    with pytest.raises(Refusal, match="不能是同一人"):
        actions.put_income(plan_id=plan.pk, by=people[MANAGER])
    assert actions.put_income(plan_id=plan.pk, by=people[DEPUTY]).get_state_display() == "生效"


def test_an_income_plan_in_force_is_replaced_by_a_later_version_and_kept(people: People) -> None:
    first = save(people)
    actions.put_income(plan_id=first.pk, by=people[DEPUTY])
    with pytest.raises(Refusal, match="请写明变更的原因"):
        save(people)
    second = save(people, total=201740000, parts={"固收": Decimal(26000000)}, reason="债市回暖")
    assert (second.version, second.pk != first.pk) == (2, True)
    actions.put_income(plan_id=second.pk, by=people[DEPUTY])
    first.refresh_from_db()
    assert first.get_state_display() == "已被取代"


def test_what_a_second_person_puts_in_force_is_what_was_shown(people: People) -> None:
    plan = save(people)
    seen = stamp(shown_income(plan))
    save(people, total=201740000, parts={"固收": Decimal(26000000)})
    with pytest.raises(Overtaken):
        actions.put_income(plan_id=plan.pk, by=people[DEPUTY], seen=seen)


def test_an_income_plan_with_a_negative_part_is_refused(people: People) -> None:
    with pytest.raises(Refusal, match="固收的收入目标不能为负数"):
        save(people, parts={"固收": Decimal(-1)})
    assert not IncomePlan.objects.exists()


def test_every_write_leaves_its_audit_row(people: People) -> None:
    own = chain(people)[3]
    change = actions.propose_change(target_id=own.pk, months=year(30), reason="x", by=people[TEAM_LEADER])
    actions.agree_change(change_id=change.pk, by=people[MANAGER])
    acts = list(AuditRow.objects.filter(act__startswith="targets.").order_by("id").values_list("act", flat=True))
    assert acts[:2] == ["targets.set", "targets.put"]
    assert acts[-2:] == ["targets.propose_change", "targets.agreed_change"]
    assert AuditRow.objects.filter(act="targets.break_down").first().details["after"]
