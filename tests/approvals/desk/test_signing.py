"""Signing on the page where more than an opinion is asked: choosing departments, going back to a stage, the summary."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from approvals.requests.models import Decision, Request, Stage
from approvals.routes.actions import seed_routes
from approvals.routes.models import Route
from branch.org.models import Department

DEPARTMENTS = ("compliance", "legal")


@pytest.fixture
def ground(world: Any) -> Any:
    """The guideline's own route, until 渠道管理部 looks at it."""
    seed_routes()
    route = Route.objects.get(kind="annual_plan")
    world.route(*route.stages, chasers=route.chasers, same_person_twice=route.same_person_twice)
    world.person("manager", "赵经理", roles=("branch_manager",), branch=world.branch)
    for key, role in (("office", "brokerage_office"), ("channel", "channel_department"), ("vice", "executive")):
        world.person(key, roles=(role,))
    for code in DEPARTMENTS:
        department, _ = Department.objects.get_or_create(code=code, defaults={"name": f"{code}部"})
        world.sit(world.person(code, f"{code}专员"), code, department=department)
    world.request = world.ask(title="2027 年度营销方案")
    world.sign(world.request, world.people["manager"])
    world.sign(world.request, world.people["office"])
    return world


def post(client: Any, request: Request, act: str, **more: Any) -> Any:
    given = {"act": act, "opinion": "", "seen_digest": request.content_digest, **more}
    return client.post(reverse("approvals:request-decide", args=[request.number]), given)


def test_departments_are_offered_with_who_would_sign_and_chosen_by_boxes(ground: Any, signed_in: Any) -> None:
    client = signed_in(ground.people["channel"])
    html = client.get(ground.request.get_absolute_url()).content.decode()
    assert 'name="chosen.countersign" value="department:legal"' in html
    assert "由 legal专员 签署" in html
    answer = post(client, ground.request, "agree", choosing="countersign", **{"chosen.countersign": ["department:legal"]})
    assert answer.status_code == 302
    assert list(Stage.objects.get(code="countersign").seats.values_list("key", flat=True)) == ["department:legal"]


def test_nothing_chosen_and_no_reason_is_refused_and_what_was_typed_stays(ground: Any, signed_in: Any) -> None:
    client = signed_in(ground.people["channel"])
    answer = post(client, ground.request, "agree", choosing="countersign")
    assert answer.status_code == 409
    assert "写明理由" in answer.content.decode()
    odd = {"chosen.countersign": ["department:legal", "department:none"]}
    answer = post(client, ground.request, "agree", choosing="countersign", **odd)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="department:legal" checked' in html.replace("disabled", "")


def test_going_back_to_a_stage_marks_what_counts_on(ground: Any, signed_in: Any) -> None:
    client = signed_in(ground.people["channel"])
    html = client.get(ground.request.get_absolute_url()).content.decode()
    assert 'id="id_to_stage"' in html
    target = Stage.objects.filter(request=ground.request, state="passed").order_by("-position")[0]
    assert post(client, ground.request, "return", opinion="收文有误", to_stage=target.code).status_code == 302
    assert Decision.objects.latest("id").to_stage == target.code
    html = client.get(ground.request.get_absolute_url()).content.decode()
    assert f"退回到“{target.label}”" in html
    assert "沿用" in html
    sheet = client.get(reverse("approvals:request-sheet", args=[ground.request.number])).content.decode()
    assert "同意(沿用)" in sheet


def test_a_stage_chosen_for_returning_means_nothing_when_agreeing(ground: Any, signed_in: Any) -> None:
    target = Stage.objects.filter(request=ground.request, state="passed")[0]
    given = {"choosing": "countersign", "chosen.countersign": ["department:legal"], "to_stage": target.code}
    assert post(signed_in(ground.people["channel"]), ground.request, "agree", **given).status_code == 302
    assert Decision.objects.latest("id").to_stage == ""


def test_the_number_and_the_summary_stand_on_page_and_paper(ground: Any, signed_in: Any) -> None:
    ground.sign(ground.request, ground.people["channel"], chosen={"countersign": ["department:legal"]})
    ground.sign(ground.request, ground.people["legal"])
    ground.sign(ground.request, ground.people["office"])
    ground.sign(ground.request, ground.people["vice"])
    client = signed_in(ground.people["office"])
    html = client.get(ground.request.get_absolute_url()).content.decode()
    assert 'name="summary"' in html
    assert post(client, ground.request, "agree", summary="同意实施,费用从紧").status_code == 302
    sheet = client.get(reverse("approvals:request-sheet", args=[ground.request.number])).content.decode()
    number = Request.objects.get().document_number
    assert number
    assert number in sheet
    assert "同意实施,费用从紧" in sheet
    found = client.get(reverse("approvals:request-all"), {"text": number}).content.decode()
    assert "2027 年度营销方案" in found
