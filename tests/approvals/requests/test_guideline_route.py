"""The guideline's own route (art. 4) from the shipped data: numbers, chosen departments, the summary that goes back."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.requests import actions, queries
from approvals.requests.models import Decision, Request, Stage, TrailEvent
from approvals.routes.actions import seed_routes
from approvals.routes.models import Route
from branch.notices.models import Notice
from branch.org.models import Department
from tests.approvals.conftest import TODAY, refused

pytestmark = pytest.mark.usefixtures("that_day")
YEAR = TODAY.year
DEPARTMENTS = ("compliance", "legal", "risk")


@pytest.fixture
def ground(world: Any) -> Any:
    """A branch manager, the head-office roles, three departments with their people; the trial kind walks the shipped route."""
    seed_routes()
    route = Route.objects.get(kind="annual_plan")
    world.route(*route.stages, chasers=route.chasers, same_person_twice=route.same_person_twice)
    world.person("manager", "赵经理", roles=("branch_manager",), branch=world.branch)
    for key, role in (("office", "brokerage_office"), ("channel", "channel_department"), ("vice", "executive")):
        world.person(key, roles=(role,))
    for code in DEPARTMENTS:
        department, _ = Department.objects.get_or_create(code=code, defaults={"name": f"{code}部"})
        world.sit(world.person(code), code, department=department)
    return world


def keys(*codes: str) -> dict[str, list[str]]:
    return {"countersign": [f"department:{code}" for code in codes]}


def until_review(world: Any) -> Request:
    request = world.ask(title="2027 年度营销方案")
    world.sign(request, world.people["manager"])
    world.sign(request, world.people["office"])
    return request


def until_collect(world: Any) -> Request:
    request = until_review(world)
    world.sign(request, world.people["channel"], "agree", "注明会签部门", chosen=keys("compliance", "legal"))
    for code in ("legal", "compliance"):
        world.sign(request, world.people[code], "agree", f"{code}无意见")
    return request


def stage_now(request: Request) -> str:
    return Stage.objects.get(request=request, state="open").code


def test_the_whole_way(ground: Any, subject: Any, django_capture_on_commit_callbacks: Any) -> None:
    request = until_collect(ground)
    assert stage_now(request) == "collect"
    ground.sign(request, ground.people["office"])
    ground.sign(request, ground.people["vice"], "agree", "同意实施")
    assert "会签意见" in refused("summary_required", ground.sign, request, ground.people["office"])
    with django_capture_on_commit_callbacks(execute=True):
        done = ground.sign(request, ground.people["office"], data={"summary": "各部门同意,请按合规部意见补充风险提示"})
    assert done.state == "approved"
    assert done.document_number == f"深营营销〔{YEAR}〕1号"
    assert done.receipt_number == f"经综收〔{YEAR}〕1号"
    assert queries.returned_opinion(done) == "各部门同意,请按合规部意见补充风险提示"
    assert Notice.objects.filter(person=ground.applicant, text__contains="会签意见已回传").count() == 1
    assert subject.calls == [("approved", request.number)]
    said = [(s.stage, s.name) for s in queries.signatures(done)]
    assert said == [
        ("营业部签发", "赵经理"),
        ("经纪业务综合室收文登记", "office"),
        ("渠道管理部审核", "channel"),
        ("相关部门会签", "compliance"),
        ("相关部门会签", "legal"),
        ("经纪业务综合室汇总会签意见", "office"),
        ("公司领导批示", "vice"),
        ("经纪业务综合室回传会签意见", "office"),
    ]


def test_what_the_reviewer_is_offered(ground: Any) -> None:
    ground.people["risk"].roles.all().delete()
    request = until_review(ground)
    (choosing,) = queries.choices_for(request, Stage.objects.get(request=request, code="review"))
    assert (choosing.code, choosing.single, choosing.may_be_none) == ("countersign", False, True)
    assert [(c.key, c.people) for c in choosing.choices] == [
        ("department:compliance", "compliance"),
        ("department:legal", "legal"),
        ("department:risk", ""),
    ]
    assert queries.choices_for(request, Stage.objects.get(request=request, code="receive")) == []


def test_a_department_that_nobody_could_sign_for_is_named(ground: Any) -> None:
    ground.people["risk"].roles.all().delete()
    request = until_review(ground)
    sentence = refused("unfillable", ground.sign, request, ground.people["channel"], chosen=keys("legal", "risk"))
    assert "risk部" in sentence
    assert stage_now(request) == "review"
    assert not TrailEvent.objects.filter(event="chosen").exists()


def test_a_closed_department_is_not_offered(ground: Any) -> None:
    Department.objects.filter(code="risk").update(closed_on="2020-01-01")
    request = until_review(ground)
    refused("bad_choice", ground.sign, request, ground.people["channel"], chosen=keys("risk"))


def test_none_needed_wants_a_reason_which_the_trail_keeps(ground: Any) -> None:
    request = until_review(ground)
    assert "理由" in refused("opinion_required", ground.sign, request, ground.people["channel"], chosen=keys())
    ground.sign(request, ground.people["channel"], "agree", "仅文字修改,无须会签", chosen=keys())
    assert Stage.objects.get(request=request, code="countersign").state == "skipped"
    assert stage_now(request) == "collect"
    assert "仅文字修改" in TrailEvent.objects.get(request=request, event="chosen").text


def test_the_office_collects_only_when_all_have_answered_and_may_chase(ground: Any) -> None:
    request = until_review(ground)
    ground.sign(request, ground.people["channel"], "agree", "", chosen=keys("compliance", "legal"))
    ground.sign(request, ground.people["legal"])
    refused("not_your_seat", ground.sign, request, ground.people["office"])
    assert Request.objects.visible_to(ground.people["office"]).filter(pk=request.pk).exists()
    missing = [s.role_label for s in queries.signatures(request) if s.at is None and s.stage == "相关部门会签"]
    assert missing == [Department.objects.get(code="compliance").name]
    assert actions.remind(request_id=request.pk, by=ground.people["office"]) == [ground.people["compliance"]]
    refused("not_applicant", actions.remind, request_id=request.pk, by=ground.people["legal"])


def test_a_return_by_one_department_waits_for_the_others_and_the_rest_is_kept(ground: Any) -> None:
    request = until_review(ground)
    ground.sign(request, ground.people["channel"], "agree", "", chosen=keys("compliance", "legal"))
    assert ground.sign(request, ground.people["legal"], "return", "请补充合同文本").state == "pending"
    assert ground.sign(request, ground.people["compliance"]).state == "returned"
    again = actions.resubmit(request_id=request.pk, content_digest="b" * 64, facts={}, by=ground.applicant)
    assert [(s.code, s.state) for s in Stage.objects.filter(request=again, round=2)][:4] == [
        ("issue", "carried"),
        ("receive", "carried"),
        ("review", "carried"),
        ("countersign", "open"),
    ]
    assert [(s.name, s.carried) for s in queries.signatures(again)][:4] == [
        ("赵经理", True),
        ("office", True),
        ("channel", True),
        ("", False),
    ]
    assert {s.label for s in again.seats.filter(round=2, state="open")} == {
        Department.objects.get(code=code).name for code in ("compliance", "legal")
    }


def test_numbers_stay_from_round_to_round_and_no_other_request_gets_them(ground: Any) -> None:
    request = until_review(ground)
    ground.sign(request, ground.people["channel"], "return", "请重拟")
    other = until_review(ground)
    actions.resubmit(request_id=request.pk, content_digest="b" * 64, facts={}, by=ground.applicant)
    ground.sign(request, ground.people["manager"])
    ground.sign(request, ground.people["office"])
    request.refresh_from_db()
    other.refresh_from_db()
    assert (request.document_number, other.document_number) == (f"深营营销〔{YEAR}〕1号", f"深营营销〔{YEAR}〕2号")
    assert (request.receipt_number, other.receipt_number) == (f"经综收〔{YEAR}〕1号", f"经综收〔{YEAR}〕2号")
    assert TrailEvent.objects.filter(event="numbered").count() == 2


def test_branches_of_one_prefix_share_its_run(ground: Any) -> None:
    ground.person("neighbour", roles=("branch_manager",), branch=ground.other)
    here, there = ground.ask(), ground.ask(branch=ground.other)
    ground.sign(here, ground.people["manager"])
    ground.sign(there, ground.people["neighbour"])
    numbers = Request.objects.order_by("id").values_list("document_number", flat=True)
    assert list(numbers) == [f"深营营销〔{YEAR}〕1号", f"深营营销〔{YEAR}〕2号"]


def test_a_refused_signature_takes_no_number(ground: Any) -> None:
    request = ground.ask()
    refused("stale", ground.sign, request, ground.people["manager"], seen_digest="c" * 64)
    ground.sign(request, ground.people["manager"])
    assert Request.objects.get(pk=request.pk).document_number.endswith("〕1号")


def test_a_route_that_numbers_needs_a_branch(ground: Any) -> None:
    assert "营业部" in refused("bad_route", ground.ask, branch=None)


def test_who_heads_two_departments_signs_for_each_and_says_for_which(ground: Any) -> None:
    head = ground.people["legal"]
    ground.people["compliance"].roles.all().delete()
    ground.sit(head, "compliance", department=Department.objects.get(code="compliance"))
    request = until_review(ground)
    ground.sign(request, ground.people["channel"], "agree", "", chosen=keys("compliance", "legal"))
    refused("which_seat", ground.sign, request, head)
    first, second = request.seats.filter(stage__code="countersign").order_by("position")
    ground.sign(request, head, seat_id=first.pk)
    refused("not_your_seat", ground.sign, request, ground.people["vice"], seat_id=second.pk)
    ground.sign(request, head, seat_id=second.pk)
    assert stage_now(request) == "collect"
    assert Decision.objects.filter(signer=head).count() == 2


def test_who_only_belongs_to_a_department_signs_once(ground: Any) -> None:
    """One department is headed, in the other the person only works: two signatures of one 会签 they are not."""
    member = ground.people["legal"]
    member.department = Department.objects.get(code="compliance")
    member.save()
    ground.sit(member, "risk")
    request = until_review(ground)
    ground.sign(request, ground.people["channel"], "agree", "", chosen=keys("compliance", "legal"))
    seats = {seat.department.code: seat for seat in request.seats.filter(stage__code="countersign")}
    ground.sign(request, member, seat_id=seats["legal"].pk)
    refused("signed_twice", ground.sign, request, member, seat_id=seats["compliance"].pk)
    assert not Request.objects.waiting_for(member).exists()


def test_a_deputy_never_signs_two_departments(ground: Any) -> None:
    deputy = ground.person("deputy")
    for code in ("compliance", "legal"):
        ground.sit(deputy, code, delegated_by=ground.people[code], department=Department.objects.get(code=code))
    request = until_review(ground)
    ground.sign(request, ground.people["channel"], "agree", "", chosen=keys("compliance", "legal"))
    seats = {seat.department.code: seat for seat in request.seats.filter(stage__code="countersign")}
    ground.sign(request, deputy, seat_id=seats["legal"].pk)
    refused("signed_twice", ground.sign, request, deputy, seat_id=seats["compliance"].pk)


def test_the_shipped_route_is_seeded_for_both_of_its_kinds(ground: Any) -> None:
    for kind in ("annual_plan", "rule_document"):
        route = Route.objects.get(kind=kind)
        assert [rule.task for rule in route.rules] == ["number", "receive", "", "", "collect", "", "return"]
        assert route.chasers == [{"role": "brokerage_office", "at": "company"}]
