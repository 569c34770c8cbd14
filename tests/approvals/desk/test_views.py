"""The pages: who sees what, how many queries it costs, what a form keeps."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import hotp

from approvals.desk import actions as desk
from approvals.requests import actions, kinds
from approvals.requests.models import Decision, Request
from approvals.routes.models import Route
from branch.exports import actions as exports
from branch.notices.models import Notice
from branch.people.models import SecondFactor
from branch.people.second_factor import DIGITS, STEP, offered
from branch.workbench.register import counts_for, todos_for
from kernel.refusals import Unknown

LISTS = ("waiting", "decided", "started", "copied", "all")
LIST_QUERIES = 15  # with the menu of all apps around it
DETAIL_QUERIES = 20


def ask(world: Any, count: int, **more: Any) -> list[Request]:
    return [world.ask(title=f"试办第 {n} 件", **more) for n in range(count)]


def act(client: Any, request: Request, act: str, opinion: str = "", **more: Any) -> Any:
    given = {"act": act, "opinion": opinion, "seen_digest": request.content_digest, **more}
    return client.post(reverse("approvals:request-decide", args=[request.number]), given)


def test_each_list_shows_its_own(three: Any, signed_in: Any) -> None:
    signed, open_one = ask(three, 2, copy_to=[three.manager])
    three.sign(signed, three.chief)
    shown = {
        ("waiting", three.chief): {open_one},
        ("waiting", three.deputy): {signed},
        ("waiting", three.manager): set(),
        ("decided", three.chief): {signed},
        ("decided", three.deputy): set(),
        ("started", three.applicant): {signed, open_one},
        ("started", three.chief): set(),
        ("copied", three.manager): {signed, open_one},
        ("copied", three.chief): set(),
        ("all", three.chief): {signed, open_one},
        ("all", three.manager): {signed, open_one},
    }
    for (tab, person), expected in shown.items():
        page = signed_in(person).get(reverse(f"approvals:request-{tab}"))
        assert {row for row, *_ in page.context["rows"]} == expected, (tab, person)


def test_menu_list_and_workbench_count_the_same(three: Any, signed_in: Any) -> None:
    ask(three, 3)
    page = signed_in(three.chief).get(reverse("approvals:request-waiting"))
    places, _ = counts_for(three.chief)
    todos = {todo.label: todo.count for todo in todos_for(three.chief)}
    told = signed_in(three.chief).get(reverse("approvals:request-waiting"), {"count": "1"}).content.decode()
    assert "共 <b>3</b> 条" in told
    assert page.context["tabs_shown"][0][3] == places["approvals-request-waiting"] == todos["待我审批"] == 3
    assert "待我审批" not in {todo.label for todo in todos_for(three.deputy)}


def test_what_came_back_is_a_todo_of_the_applicant(three: Any) -> None:
    (request,) = ask(three, 1)
    three.sign(request, three.chief, "return")
    todo = next(t for t in todos_for(three.applicant) if t.label == "被退回,待我修改")
    assert (todo.count, todo.url) == (1, reverse("approvals:request-started") + "?state=returned")


@pytest.mark.parametrize("tab", LISTS)
def test_a_list_costs_the_same_for_one_row_and_three(three: Any, signed_in: Any, tab: str) -> None:
    who = {
        "waiting": three.chief,
        "decided": three.chief,
        "started": three.applicant,
        "copied": three.manager,
        "all": three.chief,
    }[tab]
    client = signed_in(who)
    counts = []
    for more in (1, 2):
        for request in ask(three, more, copy_to=[three.manager]):
            if tab == "decided":
                three.sign(request, three.chief)
        client.get(reverse(f"approvals:request-{tab}"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = client.get(reverse(f"approvals:request-{tab}"))
        counts.append(len(queries))
        assert len(page.context["page"]) == (1 if more == 1 else 3)
    assert counts[0] == counts[1] <= LIST_QUERIES


def test_a_request_costs_the_same_in_its_third_round(three: Any, signed_in: Any) -> None:
    (request,) = ask(three, 1)
    client = signed_in(three.chief)
    url = request.get_absolute_url()
    client.get(url)
    counts = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
        three.sign(request, three.chief, "return")
        actions.resubmit(request_id=request.pk, content_digest="b" * 64, facts={"days": 1}, by=three.applicant)
    assert counts[1] == counts[2] <= DETAIL_QUERIES


def test_filters_narrow_and_stay_in_the_address(three: Any, signed_in: Any) -> None:
    first, second = ask(three, 2)
    three.sign(first, three.chief, "return")
    desk.comment(request_id=second.pk, text="这是说过的话", by=three.chief)
    client = signed_in(three.applicant)
    url = reverse("approvals:request-started")
    for query, expected in (
        ("?state=returned", {first}),
        ("?text=第 1 件", {second}),
        (f"?text={first.number}", {first}),
        ("?text=发起人", {first, second}),
        (f"?text={three.applicant.staff_no}", {first, second}),
        ("?kind=trial&state=pending", {second}),
        ("?kind=nonsense", {first, second}),
        ("?text=没有的", set()),
        ("?text=请改正", {first}),
        ("?text=说过的话", {second}),
        ("?since=2000-01-01&until=2000-12-31", set()),
        ("?since=2000-01-01", {first, second}),
        ("?since=错的日期", {first, second}),
        ("?until=9999-12-31", {first, second}),
    ):
        assert {row for row, *_ in client.get(url + query).context["rows"]} == expected, query
    assert "没有符合条件的申请" in client.get(f"{url}?text=没有的").content.decode()


def test_an_outsider_gets_404_and_a_guest_the_door(three: Any, signed_in: Any, subject: Any, client: Any) -> None:
    (request,) = ask(three, 1)
    stranger = three.person("stranger", roles=("chief_accountant",), branch=three.other)
    url = request.get_absolute_url()
    assert signed_in(stranger).get(url).status_code == 404
    assert act(signed_in(stranger), request, "agree").status_code == 404
    for verb in ("withdraw", "remind"):
        assert signed_in(stranger).post(reverse(f"approvals:request-{verb}", args=[request.number])).status_code == 404
    assert signed_in(stranger).get(reverse("approvals:request-detail", args=["SP-1999-0001"])).status_code == 404
    assert client.get(url).status_code == 302
    subject.seen_by.add(stranger.pk)
    page = signed_in(stranger).get(url)
    assert page.status_code == 200
    assert 'name="act"' not in page.content.decode()


@pytest.mark.parametrize("role", ["applicant", "chief", "deputy", "manager"])
def test_everybody_on_the_route_sees_the_request_but_only_the_next_may_sign(three: Any, signed_in: Any, role: str) -> None:
    (request,) = ask(three, 1)
    html = signed_in(three.people[role]).get(request.get_absolute_url()).content.decode()
    assert ('value="agree"' in html) is (role == "chief")
    assert (">撤回</h2>" in html) is (role == "applicant")
    assert "待签署" in html
    assert "未轮到" in html
    assert "已签 0/1,待:主办会计" in html


def test_agreeing_without_words_and_returning_with(three: Any, signed_in: Any) -> None:
    first, second = ask(three, 2)
    client = signed_in(three.chief)
    answer = act(client, first, "agree")
    assert answer.status_code == 302
    assert answer.url == reverse("approvals:request-waiting")
    act(client, second, "return", "请补充附件")
    assert list(Decision.objects.order_by("id").values_list("act", "opinion")) == [("agree", ""), ("return", "请补充附件")]


def test_a_refused_signature_keeps_what_was_typed(three: Any, signed_in: Any) -> None:
    (request,) = ask(three, 1)
    client = signed_in(three.chief)
    answer = act(client, request, "return", "写了很久的意见", seen_digest="f" * 64)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "内容有了变化" in html
    assert "写了很久的意见" in html
    empty = act(client, request, "reject")
    assert "驳回须写明意见" in empty.content.decode()
    assert client.get(reverse("approvals:request-decide", args=[request.number])).url == request.get_absolute_url()
    assert "不完整" in client.post(reverse("approvals:request-decide", args=[request.number])).content.decode()
    assert not Decision.objects.exists()


def test_a_double_click_signs_once_and_says_so(three: Any, signed_in: Any) -> None:
    (request,) = ask(three, 1)
    client = signed_in(three.chief)
    act(client, request, "agree")
    again = act(client, request, "agree")
    assert again.status_code == 409
    assert "不能重复签署" in again.content.decode()
    assert Decision.objects.count() == 1


def test_the_password_is_asked_again_where_the_kind_wants_it(three: Any, signed_in: Any) -> None:
    kind = kinds._kinds["trial"]
    kinds._kinds["trial"] = kinds.Kind(**{**kind.__dict__, "reentry": True})
    (request,) = ask(three, 1)
    client = signed_in(three.chief)
    assert 'name="password"' in client.get(request.get_absolute_url()).content.decode()
    assert "再次输入您的登录密码" in act(client, request, "agree").content.decode()
    assert "密码不正确" in act(client, request, "agree", password="wrong").content.decode()
    assert not Decision.objects.exists()
    assert act(client, request, "agree", password="Correct-Horse-9").status_code == 302
    assert Decision.objects.get().reentered


def test_a_code_of_the_authenticator_signs_as_well_once(three: Any, signed_in: Any) -> None:
    kind = kinds._kinds["trial"]
    kinds._kinds["trial"] = kinds.Kind(**{**kind.__dict__, "reentry": True})
    (request,) = ask(three, 1)
    client = signed_in(three.chief)
    assert "密码不正确" in act(client, request, "agree", password="123456").content.decode()  # no authenticator: a wrong password
    factor = offered(three.chief)
    SecondFactor.objects.filter(pk=factor.pk).update(confirmed_at=timezone.now())
    code = f"{hotp(base64.b32decode(factor.secret), int(timezone.now().timestamp()) // STEP, DIGITS):06d}"
    assert "动态验证码不正确" in act(client, request, "agree", password="000000").content.decode()
    assert act(client, request, "agree", password=code).status_code == 302
    assert Decision.objects.get().reentered
    (other,) = ask(three, 1)
    assert "动态验证码不正确" in act(client, other, "agree", password=code).content.decode()  # used


def test_withdrawing_and_reminding(three: Any, signed_in: Any, django_capture_on_commit_callbacks: Any) -> None:
    (request,) = ask(three, 1)
    client = signed_in(three.applicant)
    with django_capture_on_commit_callbacks(execute=True):
        told = client.post(reverse("approvals:request-remind", args=[request.number]), follow=True)
    assert "已催办:王主办" in told.content.decode()
    assert Notice.objects.filter(person=three.chief, text__contains="催办").count() == 1
    assert "disabled" in told.content.decode()
    gone = client.post(reverse("approvals:request-withdraw", args=[request.number]), {"reason": "填错了"}, follow=True)
    assert "已撤回" in gone.content.decode()
    assert "填错了" in gone.content.decode()


def test_a_new_round_shows_what_changed(three: Any, signed_in: Any) -> None:
    request = three.ask(facts={"days": 3, "reason": "婚假"})
    three.sign(request, three.chief, "return", "天数不对")
    actions.resubmit(request_id=request.pk, content_digest="b" * 64, facts={"days": 5, "reason": "婚假"}, by=three.applicant)
    html = signed_in(three.chief).get(request.get_absolute_url()).content.decode()
    changes = html.split("第 2 轮改动")[1].split("</section>")[0]
    assert "天数" in changes
    assert "<del>3</del>" in changes
    assert "<ins>5</ins>" in changes
    assert "reason" not in changes
    assert html.index("第 2 轮改动") < html.index("申请内容")
    assert "天数不对" in html


def test_all_signed_says_how_many_are_missing(three: Any, signed_in: Any) -> None:
    Route.objects.update(
        stages=[three.stage("会签", "all", three.at_branch("chief_accountant"), three.at_branch("deputy_manager"))]
    )
    (request,) = ask(three, 1)
    three.sign(request, three.chief)
    assert "已签 1/2,待:副经理" in signed_in(three.deputy).get(request.get_absolute_url()).content.decode()


def test_routes_are_for_those_who_may_see_them(three: Any, signed_in: Any) -> None:
    route = Route.objects.get()
    officer = three.person("officer", roles=("channel_department",))
    for name, args in (("route-list", []), ("route-detail", [route.pk])):
        url = reverse(f"approvals:{name}", args=args)
        assert signed_in(three.chief).get(url).status_code == 403
        html = signed_in(officer).get(url).content.decode()
        assert "试办流程" in html
        assert "one环节" in html
    assert signed_in(officer).get(reverse("approvals:route-detail", args=[route.pk + 1])).status_code == 404


@pytest.mark.parametrize("size", ["20", "50", "7", "x", ""])
def test_page_sizes(three: Any, signed_in: Any, size: str) -> None:
    page = signed_in(three.chief).get(reverse("approvals:request-waiting"), {"size": size, "after": "nonsense"})
    assert page.context["page"].size == (50 if size == "50" else 20)


def test_a_tab_is_taken_as_it_shows(three: Any) -> None:
    signed, _ = ask(three, 2)
    three.sign(signed, three.chief)
    for tab, person, count in (("waiting", three.chief, 1), ("decided", three.chief, 1), ("started", three.applicant, 2)):
        assert exports.ask(kind="requests", query=QueryDict(f"tab={tab}"), by=person).rows == count
    assert exports.ask(kind="requests", query=QueryDict("tab=started&text=第 0"), by=three.applicant).rows == 1
    with pytest.raises(Unknown):
        exports.ask(kind="requests", query=QueryDict("tab=everybody"), by=three.chief)
