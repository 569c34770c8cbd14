"""The pages: clients ticked, a proposal filled in, agreed to, shown with its share; what is refused stays typed."""

from __future__ import annotations

import json

import pytest
from django.test import Client as Browser
from django.utils import timezone

from branch.people.signing_in import BACKEND
from branch.workbench.register import todos_for
from clients.registry.models import Division
from kernel.months import Month
from teams.plans.division.models import DivisionProposal
from tests.teams.plans.division.test_actions import (  # noqa: F401
    DEVELOPER,
    LEADER,
    MANAGER,
    SERVICE,
    both_agree,
    in_october,
    people,
    proposed,
    signed,
)

pytestmark = pytest.mark.django_db
NEW, END = "/plans/division/new/", "/plans/division/end/"


def as_(people, staff_no):  # noqa: F811
    browser = Browser()
    browser.force_login(people[staff_no].user, backend=BACKEND)
    return browser


def filled(**changes):
    return {
        "branch": "0755FT",
        "clients": "1\n2 2,3",
        "developer": DEVELOPER,
        "developer_percent": "70",
        "service_person": SERVICE,
        "service_percent": "30",
        "from_month": "2026-11",
        "reason": "开发与服务结合",
    } | changes


def test_from_the_ticked_clients_to_the_share(people):  # noqa: F811
    leader = as_(people, LEADER)
    assert 'name="no"' in leader.get(f"/plans/division/pick/?manager={DEVELOPER}").content.decode()
    assert "1\n3</textarea>" in leader.get(f"{NEW}?no=1&no=3").content.decode()
    answer = leader.post(NEW, filled(), follow=True)
    assert "等开发人和服务人确认后自动报送审批" in answer.content.decode()
    row = DivisionProposal.objects.get()
    assert row.numbers == ["1", "2", "3"]
    for staff_no in (DEVELOPER, SERVICE):
        assert "客户分工待您确认" in [todo.label for todo in todos_for(people[staff_no])]
        page = as_(people, staff_no).post(f"/plans/division/proposals/{row.pk}/answer/", {"act": "agree"}, follow=True)
    assert "申请已报送审批" in page.content.decode()
    signed(people, row)
    listed = as_(people, SERVICE).get("/plans/division/?show=to_come").content.decode()
    assert listed.count("70%") == 3
    assert "未生效" in listed
    shown = as_(people, SERVICE).get(f"/clients/{Division.objects.first().client_id}/").content.decode()
    assert row.__class__.objects.get().approval.number in shown


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"service_percent": "20"}, "合计为 90%,应正好是 100%"),
        ({"service_person": DEVELOPER}, "不能是同一个人"),
        ({"clients": "1 77 88"}, "客户号 77、88不存在"),
        ({"from_month": "2026-10"}, "请写明提前生效的原因"),
        ({"developer": MANAGER}, "没有这个工号的在职人员"),
        ({"from_month": "2031-01"}, "选择"),
        ({"developer_percent": "33.333", "service_percent": "66.667"}, "小数"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(people, changes, said):  # noqa: F811
    page = as_(people, LEADER).post(NEW, filled(**changes))
    text = page.content.decode()
    assert said in text
    assert "开发与服务结合" in text
    assert not DivisionProposal.objects.exists()


def test_a_leader_is_offered_the_own_people_and_names_others_by_number(people):  # noqa: F811
    page = as_(people, LEADER).get(NEW).content.decode()
    assert f'<option value="{DEVELOPER}">' in page
    foreign = people["600118"]  # of 营销二队
    assert (foreign.name in page, foreign.staff_no in page) == (False, False)
    as_(people, LEADER).post(NEW, filled(service_person=foreign.staff_no))
    assert DivisionProposal.objects.get().service_person == foreign


def test_declined_with_a_reason_and_changed(people):  # noqa: F811
    row = proposed(people)
    partner = as_(people, SERVICE)
    address = f"/plans/division/proposals/{row.pk}/"
    assert "请写明不同意的原因" in partner.post(f"{address}answer/", {"act": "decline"}).content.decode()
    partner.post(f"{address}answer/", {"act": "decline", "reason": "应为各半"})
    leader = as_(people, LEADER)
    assert "韦飞不同意:应为各半" in leader.get(address).content.decode()
    assert "分工申请被退回,待修改" in [todo.label for todo in todos_for(people[LEADER])]
    leader.post(f"{address}edit/", filled(developer_percent="50", service_percent="50"))
    row.refresh_from_db()
    assert (str(row.developer_percent), row.state) == ("50.00", "consulting")
    leader.post(f"{address}drop/")
    row.refresh_from_db()
    assert row.state == "dropped"


def test_nobody_agrees_to_another_wording_than_was_read(people):  # noqa: F811
    row = proposed(people)
    address = f"/plans/division/proposals/{row.pk}/"
    developer = as_(people, DEVELOPER)
    read = developer.get(address).context["seen"]
    as_(people, SERVICE).post(f"{address}answer/", {"act": "decline", "reason": "应为各半"})
    as_(people, LEADER).post(f"{address}edit/", filled(developer_percent="10", service_percent="90"))
    page = developer.post(f"{address}answer/", {"act": "agree", "seen": read})
    assert (page.status_code, "发起人在您打开页面之后修改了这份申请" in page.content.decode()) == (409, True)
    assert "10%" in page.content.decode()
    told = developer.post(f"/api/v1{address}answer/", {"act": "agree", "seen": read}, content_type="application/json")
    assert (told.status_code, told.json()["code"]) == (409, "overtaken")
    row.refresh_from_db()
    assert row.developer_agreed_at is None
    assert developer.post(f"{address}answer/", {"act": "agree", "seen": page.context["seen"]}).status_code == 302
    row.refresh_from_db()
    assert row.developer_agreed_at is not None


def test_of_two_changes_by_the_api_the_second_has_to_read_the_first(people):  # noqa: F811
    row = proposed(people)
    address = f"/api/v1/plans/division/proposals/{row.pk}/"
    leader = as_(people, LEADER)
    ask = lambda browser, path, given: browser.post(f"{address}{path}", given, content_type="application/json")  # noqa: E731
    decline = {"act": "decline", "reason": "应为各半"}
    assert ask(as_(people, SERVICE), "answer/", decline).status_code == 200
    read = leader.get(address).json()["seen"]
    wanted = filled() | {"clients": ["1", "2"], "seen": read}
    assert ask(leader, "edit/", wanted | {"developer_percent": "50", "service_percent": "50"}).status_code == 200
    assert ask(as_(people, SERVICE), "answer/", decline).status_code == 200
    told = ask(leader, "edit/", wanted | {"developer_percent": "60", "service_percent": "40"})
    assert (told.status_code, told.json()["code"]) == (409, "overtaken"), told.content
    row.refresh_from_db()
    assert (str(row.developer_percent), row.state) == ("50.00", "returned")


def test_the_end_by_page_and_the_list_as_a_sheet(people):  # noqa: F811
    signed(people, both_agree(people, proposed(people, "1", "2")))
    leader = as_(people, LEADER)
    given = {"branch": "0755FT", "clients": "1", "from_month": "2026-12", "reason": "转由一人负责"}
    assert leader.post(END, given).status_code == 302
    assert DivisionProposal.objects.latest("pk").ends
    assert leader.post("/exports/new/divisions/?show=all", follow=True).status_code == 200


def test_the_same_by_the_api(people):  # noqa: F811
    browsers = {who: as_(people, who) for who in (LEADER, DEVELOPER, SERVICE)}

    def ask(staff_no, path, given=None):
        address = f"/api/v1/plans/division/{path}"
        if given is None:
            return browsers[staff_no].get(address)
        return browsers[staff_no].post(address, json.dumps(given), content_type="application/json")

    wanted = filled() | {"clients": ["1", "2"]}
    refused = ask(LEADER, "proposals/", wanted | {"service_percent": "20"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_whole")
    made = ask(LEADER, "proposals/", wanted)
    assert made.status_code == 201, made.content
    number = made.json()["id"]
    assert [one["client"]["client_no"] for one in made.json()["clients"]] == ["1", "2"]
    for staff_no in (DEVELOPER, SERVICE):
        assert ask(staff_no, f"proposals/{number}/answer/", {"act": "agree"}).status_code == 200
    row = DivisionProposal.objects.get()
    signed(people, row)
    (one, _) = ask(SERVICE, "?show=to_come").json()["items"]
    assert (one["developer_percent"], one["service_percent"], one["from_month"]) == ("70.00", "30.00", "2026-11")
    assert Month.of(timezone.localdate()) == Month(2026, 10)


def test_the_manager_reads_on_the_request_whom_it_is_about(people):  # noqa: F811
    row = both_agree(people, proposed(people, "1", "3", percent="33.33", until=Month(2027, 3)))
    page = as_(people, MANAGER).get(row.approval.get_absolute_url()).content.decode()
    for said in ("33.33%", "66.67%", "2026年11月起至2027年3月", "开发与服务结合", "现行分工", row.get_absolute_url()):
        assert said in page
