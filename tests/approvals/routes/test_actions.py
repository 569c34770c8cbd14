"""How a version comes about: written, sent up, confirmed by a second person; and what is refused on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.routes import actions
from approvals.routes.models import Route
from approvals.routes.queries import route_in_force
from branch.audit.models import AuditRow
from branch.notices.models import Notice
from branch.org.models import Department
from branch.people.models import RoleHolding
from kernel.refusals import Forbidden, Refusal
from kernel.seen import Overtaken, stamp

DAY = timedelta(days=1)


def refused(code: str, act: Any, /, **given: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act(**given)
    assert caught.value.code == code, caught.value
    return caught.value


def test_a_draft_sent_up_by_one_is_confirmed_by_another(office: Any, django_capture_on_commit_callbacks: Any) -> None:
    first = office.world.route(*office.world.THREE)
    with django_capture_on_commit_callbacks(execute=True):
        route = office.draft(source=first)
        assert (route.version, route.state, route.copied_from, route.name) == (2, "draft", first, first.name)
        office.propose(route)
        route = office.confirm(route)
    first.refresh_from_db()
    assert (route.state, route.confirmed_by, route.proposed_by) == ("active", office.checker, office.maker)
    assert first.effective_to == timezone.localdate(), "the version before ends the day before the next begins"
    assert route_in_force("trial", office.world.branch, timezone.localdate()) == first
    assert route_in_force("trial", office.world.branch, office.tomorrow) == route
    acts = list(AuditRow.objects.filter(act__startswith="routes.").order_by("id").values_list("act", flat=True))
    assert acts == ["routes.draft", "routes.edit_stages", "routes.propose", "routes.end", "routes.confirm"]
    told = {(notice.person, notice.text.split("“")[0]) for notice in Notice.objects.all()}
    assert told == {(office.checker, "周拟稿提交了审批流程"), (office.maker, "审批流程")}


@pytest.mark.parametrize("who", ["proposer", "writer", "delegate"])
def test_whoever_made_it_does_not_confirm_it(office: Any, who: str) -> None:
    world = office.world
    third = world.person("third", roles=("channel_department",))
    if who == "delegate":
        third = world.person("helper")
        world.sit(third, "channel_department", delegated_by=office.maker)
    route = office.draft(by=third) if who == "writer" else office.draft()
    office.propose(route)
    signer = office.maker if who == "proposer" else third
    refused("same_person", office.confirm, route=route, by=signer)
    refused("same_person", actions.return_route, route_id=route.pk, reason="不行", by=signer)
    assert Route.objects.get(pk=route.pk).state == "proposed"


def test_only_the_channel_department_writes(office: Any) -> None:
    manager = office.world.people["manager"]
    with pytest.raises(Forbidden):
        office.draft(by=manager)
    with pytest.raises(Forbidden):
        actions.propose_route(route_id=office.draft().pk, by=manager)


def test_confirming_asks_for_the_password_and_for_what_was_seen(office: Any) -> None:
    route = office.propose(office.draft())
    refused("password_required", office.confirm, route=route, reentered=False)
    refused("stale", office.confirm, route=route, seen_digest="0" * 64)
    actions.return_route(route_id=route.pk, reason="少一个环节", by=office.checker)
    actions.move_stage(route_id=route.pk, code="two", up=True, by=office.maker)
    seen = Route.objects.get(pk=route.pk).digest
    office.propose(route)
    assert office.confirm(route, seen_digest=seen).state == "active"


def test_what_was_confirmed_is_never_changed(office: Any) -> None:
    route = office.in_force()
    for act, given in (
        (actions.write_stages, {"stages": []}),
        (actions.move_stage, {"code": "two", "up": True}),
        (actions.drop_stage, {"code": "two"}),
        (actions.save_stage, {"stage": office.world.THREE[0]}),
        (actions.drop_route, {}),
        (actions.propose_route, {}),
        (actions.withdraw_route, {}),
    ):
        assert "生效" in str(refused("wrong_state", act, route_id=route.pk, by=office.maker, **given))


def test_return_needs_a_reason_and_withdraw_is_the_makers(office: Any) -> None:
    route = office.propose(office.draft())
    refused("reason_required", actions.return_route, route_id=route.pk, reason=" ", by=office.checker)
    refused("not_maker", actions.withdraw_route, route_id=route.pk, by=office.checker)
    assert actions.withdraw_route(route_id=route.pk, by=office.maker).state == "draft"
    assert actions.drop_route(route_id=route.pk, by=office.maker).state == "dropped"


@pytest.mark.parametrize("days", [-1, -400])
def test_a_first_day_in_the_past_is_refused(office: Any, days: int) -> None:
    past = timezone.localdate() + days * DAY
    refused("past", office.draft, effective_from=past)
    route = office.draft()
    Route.objects.filter(pk=route.pk).update(effective_from=past)
    refused("past", office.propose, route=route)
    Route.objects.filter(pk=route.pk).update(effective_from=office.tomorrow)
    office.propose(route)
    Route.objects.filter(pk=route.pk).update(effective_from=past)
    refused("past", office.confirm, route=route)


def test_a_version_that_begins_the_same_day_takes_the_place(office: Any) -> None:
    first = office.in_force()
    second = office.in_force()
    first.refresh_from_db()
    assert (first.state, first.reason, first.standing) == ("ended", "由第 2 版接替", "失效")
    assert route_in_force("trial", None, office.tomorrow) == second


def test_none_is_put_before_a_version_that_is_confirmed_already(office: Any) -> None:
    office.in_force(effective_from=office.tomorrow + 5 * DAY)
    said = refused("overlap", office.propose, route=office.draft())
    assert str(office.tomorrow + 5 * DAY) in str(said)


def test_a_second_proposal_shows_both_versions(office: Any) -> None:
    one, two = office.draft(), office.draft(*office.world.THREE[:2])
    office.propose(one)
    said = refused("second_proposal", office.propose, route=two)
    assert "周拟稿提交的第 1 版" in str(said)
    assert any("删除环节" in item and "本营业部经理" in item for item in said.items)


def test_a_branch_has_a_route_of_its_own_beside_the_companys(office: Any) -> None:
    world = office.world
    company = world.route(*world.THREE)
    own = office.in_force(
        *world.THREE[:1], branch=world.branch, effective_from=timezone.localdate(), source=None, name="福田自己的"
    )
    company.refresh_from_db()
    assert company.effective_to is None
    assert route_in_force("trial", world.branch, timezone.localdate()) == own
    assert route_in_force("trial", world.other, timezone.localdate()) == company


def test_the_companys_route_has_no_last_day_a_branchs_may(office: Any) -> None:
    def end(route: Route) -> Route:
        head = {**actions.head_of(route), "effective_to": office.tomorrow + 9 * DAY}
        return actions.edit_route(route_id=route.pk, by=office.maker, **head)

    refused("company_end", end, route=office.draft())
    own = end(office.draft(branch=office.world.branch))
    assert own.effective_to == office.tomorrow + 9 * DAY


def test_two_editors_of_one_stage_and_of_two_stages(office: Any) -> None:
    route = office.draft()
    shown = {stage["code"]: stamp(stage) for stage in route.stages}
    changed = {**office.world.THREE[0], "label": "会计审核"}
    actions.save_stage(route_id=route.pk, stage=changed, code="one", by=office.maker, seen=shown["one"])
    other = {**office.world.THREE[1], "label": "副经理审核"}
    actions.save_stage(route_id=route.pk, stage=other, code="two", by=office.checker, seen=shown["two"])
    with pytest.raises(Overtaken):
        actions.save_stage(route_id=route.pk, stage=changed, code="one", by=office.checker, seen=shown["one"])
    order = stamp(actions.order_of(route))
    actions.drop_stage(route_id=route.pk, code="three", by=office.maker, seen=order)
    with pytest.raises(Overtaken):
        actions.move_stage(route_id=route.pk, code="two", up=True, by=office.checker, seen=order)
    labels = [stage["label"] for stage in Route.objects.get(pk=route.pk).stages]
    assert labels == ["会计审核", "副经理审核"]


def test_stages_are_added_moved_and_dropped(office: Any) -> None:
    route = office.draft()
    more = {
        "label": "综合室登记",
        "mode": "single",
        "task": "receive",
        "signers": [{"role": "brokerage_office", "at": "company"}],
    }
    route = actions.save_stage(route_id=route.pk, stage=more, by=office.maker)
    assert route.stages[-1]["code"] == "stage_1"
    actions.move_stage(route_id=route.pk, code="stage_1", up=True, by=office.maker)
    route = actions.drop_stage(route_id=route.pk, code="two", by=office.maker)
    assert [stage["code"] for stage in route.stages] == ["one", "stage_1", "three"]
    refused("at_the_end", actions.move_stage, route_id=route.pk, code="one", up=True, by=office.maker)
    refused("stage_gone", actions.drop_stage, route_id=route.pk, code="two", by=office.maker)


def test_what_read_stages_refuses_is_refused_when_saved(office: Any) -> None:
    route = office.draft()
    chosen = {"label": "会签", "mode": "all", "chosen_by": "later", "choices": "departments"}
    said = refused("bad_route", actions.save_stage, route_id=route.pk, stage=chosen, by=office.maker)
    assert any("前面没有环节" in item for item in said.items)
    chooser = {"label": "会签", "mode": "all", "chosen_by": "three", "choices": "departments"}
    actions.save_stage(route_id=route.pk, stage=chooser, by=office.maker)
    said = refused("bad_route", actions.drop_stage, route_id=route.pk, code="three", by=office.maker)
    assert any("前面没有环节“three”" in item for item in said.items)
    refused("bad_route", actions.move_stage, route_id=route.pk, code="three", up=False, by=office.maker)


def sole(world: Any, **stage: Any) -> dict[str, Any]:
    return {"code": "x", "label": "审批", "mode": "single", "signers": [world.at_branch("branch_manager")], **stage}


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ({"signers": [{"role": "legal", "at": "company"}]}, "目前没有人担任法律部"),
        ({"signers": [{"department": "nowhere"}]}, "没有部门“nowhere”"),
        ({"signers": [{"department": "compliance"}]}, "没有人可以代表合规部签署"),
        ({"signers": [{"people": ["999999"]}]}, "没有工号为“999999”的人员"),
        ({"signers": [{"role": "attendance_clerk", "at": "branch"}]}, "目前没有人担任考勤员(所有营业部)"),
        ({"skip_when": [{"field": "days", "op": "le", "value": "3"}]}, "每个环节都可能被跳过"),
        ({"skip_when": [{"field": "colour", "op": "eq", "value": "红"}]}, "每个环节都可能被跳过"),
        ({"mode": "any", "signers": [{"role": "legal", "at": "company"}, {"role": "risk", "at": "company"}]}, "也没有人担任风险"),
    ],
)
def test_a_route_that_cannot_be_finished_is_not_sent_up(office: Any, stage: dict[str, Any], words: str) -> None:
    said = refused("unfillable", office.propose, route=office.draft(sole(office.world, **stage)))
    assert any(words in item for item in said.items), said.items


def test_a_condition_on_a_fact_that_the_kind_lacks_is_refused(office: Any) -> None:
    odd = sole(office.world, code="y", skip_when=[{"field": "colour", "op": "eq", "value": "红"}])
    said = refused("unfillable", office.propose, route=office.draft(sole(office.world), odd))
    assert said.items == ["环节“审批”:这类申请没有“colour”这一项,请改正跳过条件"]


def test_branches_that_lack_somebody_are_named_and_the_sender_may_know(office: Any) -> None:
    world = office.world
    world.person("there", roles=("branch_manager",), branch=world.other)
    route = office.draft()
    said = refused("short", actions.propose_route, route_id=route.pk, by=office.maker)
    assert said.items == [
        "环节“one环节”:目前没有人担任主办会计:深圳罗湖营业部",
        "环节“two环节”:目前没有人担任副经理:深圳罗湖营业部",
    ]
    assert office.propose(route).state == "proposed"


def test_a_branchs_own_route_is_not_sent_up_while_the_branch_lacks_somebody(office: Any) -> None:
    route = office.draft(branch=office.world.other)
    assert len(refused("unfillable", office.propose, route=route).items) == 3


def test_one_person_needed_twice_is_told(office: Any) -> None:
    world = office.world
    RoleHolding.objects.filter(role="deputy_manager").update(person=world.people["manager"])
    twice = [stage for stage in world.THREE if stage["code"] != "one"]
    said = refused("unfillable", office.propose, route=office.draft(*twice, branch=world.branch))
    assert said.items == ["环节“three环节”:经理的人都要签别的环节,没有人可以签署"]
    route = office.draft(*twice, branch=world.branch)
    actions.edit_route(route_id=route.pk, by=office.maker, **{**actions.head_of(route), "same_person_twice": True})
    assert office.propose(route).state == "proposed"


def test_who_heads_two_departments_signs_for_both(office: Any) -> None:
    world = office.world
    Department.objects.create(code="risk", name="风险管理部")
    head = world.person("head")
    for code in ("compliance", "risk"):
        world.sit(head, code, department=Department.objects.get(code=code))
    both = {"code": "b", "label": "会签", "mode": "all", "signers": [{"department": "compliance"}, {"department": "risk"}]}
    assert office.propose(office.draft(both)).state == "proposed"


def test_a_fault_that_comes_up_after_sending_keeps_it_out_of_force(office: Any) -> None:
    world = office.world
    lawyer = world.person("lawyer", roles=("legal",))
    route = office.propose(office.draft(sole(world), sole(world, code="y", signers=[{"role": "legal", "at": "company"}])))
    RoleHolding.objects.filter(person=lawyer).delete()
    refused("unfillable", office.confirm, route=route)


def test_the_reference_file_leaves_a_line_alone_that_people_wrote_at(office: Any) -> None:
    actions.seed_routes()
    shipped = Route.objects.get(kind="pay_run")
    Route.objects.filter(pk=shipped.pk).update(kind="trial")
    office.in_force(source=Route.objects.get(pk=shipped.pk))
    Route.objects.filter(kind="trial").update(kind="pay_run")
    before = list(Route.objects.filter(kind="pay_run").values())
    actions.seed_routes()
    assert list(Route.objects.filter(kind="pay_run").values()) == before
