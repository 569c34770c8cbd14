"""The pages of 审批流程: reading, writing a draft act by act, sending up, confirming, comparing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from approvals.routes import actions
from approvals.routes.forms import StageForm
from approvals.routes.models import Route
from branch.people.models import Person, RoleHolding
from branch.workbench.register import todos_for
from tests.approvals.conftest import PASSWORD

SignIn = Callable[[Person], Client]


def text(response: Any) -> str:
    return response.content.decode()


def address(name: str, *args: Any) -> str:
    return reverse(f"approvals:{name}", args=args)


def stage_given(**changes: Any) -> dict[str, Any]:
    """The stage form as a browser sends it, a single signer by default."""
    given = {"label": "经理审批", "mode": "single", "share": "", "chosen_by": "", "task": "", "hours": "", "seen": ""}
    given |= {"on_return": "at_once", "after_return": "restart", "signers_0": "role:branch_manager", "signers_0_who": ""}
    return {**given, **changes}


@pytest.fixture
def maker(office: Any, signed_in: SignIn) -> Client:
    return signed_in(office.maker)


@pytest.fixture
def checker(office: Any, signed_in: SignIn) -> Client:
    return signed_in(office.checker)


def test_a_route_from_nothing_to_in_force_without_javascript(office: Any, maker: Client, checker: Client) -> None:
    given = {"kind": "trial", "branch": "", "effective_from": office.tomorrow.isoformat(), "source": ""}
    page = text(maker.post(address("route-new"), given, follow=True))
    assert "已建立草案" in page
    assert "还没有环节" in page
    route = Route.objects.get()
    for number, role in enumerate(("chief_accountant", "branch_manager"), 1):
        given = stage_given(label=f"第{number}步", signers_0=f"role:{role}", hours="8")
        page = text(maker.post(address("stage-new", route.pk), given, follow=True))
        assert f"已保存环节“第{number}步”" in page
    maker.post(address("stage-move", route.pk, "stage_2"), {"to": "up"})
    route.refresh_from_db()
    assert [stage["label"] for stage in route.stages] == ["第2步", "第1步"]
    assert "下列营业部现在走不完" in text(maker.get(address("route-detail", route.pk)))
    page = maker.post(address("route-propose", route.pk))
    assert page.status_code == 409
    assert "深圳罗湖营业部" in text(page)
    page = text(maker.post(address("route-propose", route.pk), {"aware": "on"}, follow=True))
    assert "下一步" in page
    assert 'name="password"' not in page
    assert [(t.label, t.count) for t in todos_for(office.checker) if "待确认" in t.label] == [("待确认的审批流程", 1)]
    assert not [t for t in todos_for(office.maker) if "待确认的审批流程" in t.label]
    seen = {"seen_digest": Route.objects.get().digest}
    wrong = checker.post(address("route-confirm", route.pk), {**seen, "password": "wrong"})
    assert "登录密码不正确,没有生效" in text(wrong)
    assert "须再次输入您的登录密码" in text(checker.post(address("route-confirm", route.pk), seen))
    page = text(checker.post(address("route-confirm", route.pk), {**seen, "password": PASSWORD}, follow=True))
    assert "已确认,自" in page
    assert Route.objects.get().standing == "待生效"


def test_the_stage_form_gives_back_what_the_route_keeps(office: Any) -> None:
    """Every key in, the same stage out: opening and saving changes nothing."""
    channel, compliance = {"role": "channel_department", "at": "company"}, {"department": "compliance"}
    told = {"hours": 16, "escalate_to": [{"people": [office.maker.staff_no]}]}
    chosen = {"mode": "all", "signers": [], "chosen_by": "a"}
    when = [{"field": "days", "op": "le", "value": "3"}, {"field": "days", "op": "in", "value": ["1", "2"]}]
    sole = {"mode": "single", "signers": [channel]}
    stages = [
        {**sole, **told, "code": "a", "label": "审核", "task": "number", "after_return": "resume"},
        {**chosen, "code": "b", "label": "会签", "choices": "departments", "may_be_none": True},
        {**chosen, "code": "c", "label": "选会", "choices": [compliance]},
        {"code": "d", "label": "投票", "mode": "vote", "share": 60, "signers": [{"leader": True}, channel]},
        {"code": "e", "label": "依次", "mode": "in_turn", "signers": [channel, compliance], "skip_when": when},
        {"code": "f", "label": "会签二", "mode": "all", "on_return": "after_all", "signers": [compliance]},
        {"code": "g", "label": "传阅", "mode": "read", "signers": [office.world.at_branch("branch_manager")]},
    ]
    route = office.draft(*stages)
    for stage in stages:
        shown = StageForm(route=route, stage=stage, facts={"days": "天数"})
        given = {bound.html_name: bound.value() for bound in shown if bound.value() not in (None, False)}
        form = StageForm(given, route=route, stage=stage, facts={"days": "天数"})
        assert form.is_valid(), form.errors
        assert {**form.stage, "code": stage["code"]} == stage


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"signers_0": "person", "signers_0_who": "没有这人"}, "没有找到“没有这人”"),
        ({"signers_0": "person", "signers_0_who": ""}, "请填写姓名或工号"),
        ({"signers_0": "person", "signers_0_who": "同名"}, "有 2 位"),
        ({"signers_0": "leader", "signers_0_who": "吴确认"}, "请在前面选“指定人员”"),
        ({"mode": "vote"}, "百分之几同意"),
        ({"when_0_field": "days", "when_0_op": "le", "when_0_value": ""}, "请填写比较的值"),
        ({"signers_0": ""}, "缺少“signers”"),
        ({"signers_1": "leader"}, "单签环节只能有一个签署方"),
        ({"hours": "0"}, "大于"),
    ],
)
def test_what_is_wrong_in_a_stage_is_said_and_what_was_typed_stays(
    office: Any, maker: Client, given: dict[str, Any], words: str
) -> None:
    for key in ("twin", "other_twin"):
        office.world.person(key, "同名")
    route = office.draft()
    page = text(maker.post(address("stage-new", route.pk), stage_given(label="不会丢的名称", **given)))
    assert words in page
    assert "不会丢的名称" in page
    assert len(Route.objects.get().stages) == 3


def test_a_person_is_found_by_name_or_number_and_kept_by_number(office: Any, maker: Client) -> None:
    route = office.draft()
    found = text(maker.get(address("route-people"), {"signers_2_who": "吴确"}))
    assert f'value="{office.checker.staff_no}"' in found
    maker.post(address("stage-new", route.pk), stage_given(signers_0="person", signers_0_who="吴确认"))
    assert Route.objects.get().stages[-1]["signers"] == [{"people": [office.checker.staff_no]}]
    assert f"吴确认({office.checker.staff_no})" in text(maker.get(address("route-detail", route.pk)))


def test_more_lines_are_offered_without_saving(office: Any, maker: Client) -> None:
    route = office.draft()
    page = text(maker.post(address("stage-new", route.pk), stage_given(more="signers", signers_1="", signers_2="leader")))
    assert "signers_4" in page
    assert len(Route.objects.get().stages) == 3


def test_the_second_of_two_editors_sees_both_and_chooses(office: Any, maker: Client, checker: Client) -> None:
    route = office.draft()
    where = address("stage-edit", route.pk, "three")
    shown = maker.get(where).context["form"]["seen"].value()
    checker.post(where, stage_given(label="总经理审批", seen=shown))
    page = maker.post(where, stage_given(label="经理终审", seen=shown))
    assert "总经理审批" in text(page)
    assert "您填写的是“经理终审”" in text(page)
    again = page.context["form"]["seen"].value()
    maker.post(where, stage_given(label="经理终审", seen=again))
    assert Route.objects.get().stages[2]["label"] == "经理终审"


def test_the_head_is_edited_with_copies_and_chasers(office: Any, maker: Client) -> None:
    route = office.draft()
    given = {"name": "新名称", "basis": "第四条", "effective_from": office.tomorrow.isoformat(), "seen": ""}
    given |= {"copies_0": "role:risk", "chasers_0": "role:brokerage_office", "chasers_1": "person", "chasers_1_who": "吴确认"}
    page = text(maker.post(address("route-edit", route.pk), given, follow=True))
    assert "经纪业务综合室、吴确认" in page
    route.refresh_from_db()
    assert route.copies == [{"role": "risk", "at": "company"}]
    assert route.chasers == [{"role": "brokerage_office", "at": "company"}, {"people": [office.checker.staff_no]}]
    past = {**given, "effective_from": (timezone.localdate() - timedelta(days=1)).isoformat()}
    assert "已过" in text(maker.post(address("route-edit", route.pk), past))


def test_a_branch_manager_reads_what_is_in_force_and_what_lacks_at_the_own_branch(office: Any, signed_in: SignIn) -> None:
    world = office.world
    there = signed_in(world.person("there", "罗经理", roles=("branch_manager",), branch=world.other))
    here = signed_in(world.people["manager"])
    route = world.route(*world.THREE)
    draft = office.draft()
    own = world.route(*world.THREE[:1], branch=world.branch, name="福田的")
    assert there.get(address("route-detail", draft.pk)).status_code == 404
    assert there.get(address("route-detail", own.pk)).status_code == 404
    assert there.get(address("route-edit", route.pk)).status_code == 403
    page = text(there.get(address("route-detail", route.pk)))
    assert "今天走不完" in page
    assert "主办会计:深圳罗湖营业部" in page
    assert "深圳罗湖营业部" not in text(here.get(address("route-detail", route.pk)))
    assert [(t.label, t.count) for t in todos_for(world.people["there"]) if "走不完" in t.label] == [("走不完的审批流程", 1)]
    assert not [t for t in todos_for(world.people["manager"]) if "走不完" in t.label]


def test_the_channel_department_is_told_which_role_is_empty_and_since_when(office: Any, maker: Client) -> None:
    world = office.world
    world.route(*world.THREE, branch=world.branch)
    assert not [t for t in todos_for(office.maker) if "走不完" in t.label]
    yesterday = timezone.localdate() - timedelta(days=1)
    RoleHolding.objects.filter(role="deputy_manager").update(effective_to=yesterday)
    assert [t.count for t in todos_for(office.maker) if "走不完" in t.label] == [1]
    page = text(maker.get(address("route-list"), {"short": "on"}))
    assert f"目前没有人担任副经理(自 {timezone.localdate():%Y-%m-%d} 起)" in page


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 3),
        ({"state": "active"}, 1),
        ({"state": "draft"}, 1),
        ({"state": "ended"}, 1),
        ({"branch": "0755FT"}, 1),
        ({"kind": "x"}, 3),
    ],
)
def test_the_list_is_filtered(office: Any, maker: Client, query: dict[str, str], count: int) -> None:
    world = office.world
    world.route(*world.THREE, effective_to=timezone.localdate() - timedelta(days=1))
    world.route(*world.THREE, version=2)
    office.draft(branch=world.branch)
    assert len(maker.get(address("route-list"), query).context["rows"]) == count


def test_two_versions_are_compared_stage_by_stage(office: Any, maker: Client) -> None:
    old = office.world.route(*office.world.THREE)
    new = office.draft(source=old)
    actions.drop_stage(route_id=new.pk, code="two", by=office.maker)
    more = {"label": "合规会签", "mode": "all", "signers": [{"department": "compliance"}], "hours": 24}
    actions.save_stage(route_id=new.pk, stage=more, by=office.maker)
    actions.save_stage(
        route_id=new.pk, stage={**office.world.THREE[2], "label": "经理审批", "mode": "any"}, code="three", by=office.maker
    )
    rows = maker.get(address("route-compare", new.pk, old.pk)).context["differences"]
    said = {(row.section, row.label): (row.old, row.new) for row in rows}
    assert said["环节“经理审批”", "方式"] == ("单签", "或签")
    assert said["环节“经理审批”", "名称"] == ("three环节", "经理审批")
    assert said["环节“合规会签”", "新增环节"] == ("", "会签;合规部;24 个工作小时")
    assert said["环节“two环节”", "删除环节"] == ("单签;本营业部副经理", "")


def test_return_withdraw_and_drop_by_page(office: Any, maker: Client, checker: Client) -> None:
    route = office.propose(office.draft())
    assert "已退回为草案" in text(checker.post(address("route-return", route.pk), {"reason": "少会签"}, follow=True))
    assert "退回原因:少会签" in text(maker.get(address("route-detail", route.pk)))
    office.propose(route)
    assert "已撤回为草案" in text(maker.post(address("route-withdraw", route.pk), follow=True))
    assert "已作废" in text(maker.post(address("route-drop", route.pk), follow=True))


@pytest.mark.parametrize("state", ["draft", "proposed", "active"])
def test_pages_stay_within_fifteen_statements(office: Any, maker: Client, checker: Client, state: str) -> None:
    world = office.world
    world.route(*world.THREE)
    department = {"code": "d", "label": "会签", "mode": "all", "signers": [{"department": "compliance"}]}
    world.sit(world.person("officer"), "compliance", department=world.department)
    person = {"code": "p", "label": "专签", "mode": "single", "signers": [{"people": [world.person("named").staff_no]}]}
    route = office.draft(*world.THREE, {**department}, {**person, "skip_when": [{"field": "days", "op": "le", "value": "3"}]})
    office.draft(*world.THREE)
    if state != "draft":
        office.propose(route)
    if state == "active":
        office.confirm(route)
    names = ["route-detail", *(["route-edit", "stage-new"] if state == "draft" else [])]
    for browser in (maker, checker):
        for where in [*(address(name, route.pk) for name in names), address("route-list"), address("route-new")]:
            with CaptureQueriesContext(connection) as seen:
                assert browser.get(where).status_code == 200
            assert len(seen) <= 15, f"{where}: {len(seen)}\n" + "\n".join(q["sql"][:150] for q in seen)
