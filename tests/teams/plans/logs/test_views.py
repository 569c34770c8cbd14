"""The pages: a log written in a browser's way, prefilled, corrected; the board; drawing and checking; to-dos."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from branch.workbench.register import todos_for
from clients.registry.actions import confirm_relations
from kernel.months import Month
from teams.plans.logs.models import LogCheck, LogContact, LogVersion, WorkLog
from tests.factories.branch import People
from tests.factories.clients import book, csv_file
from tests.factories.logs import BROKER, GROUP_LEADER, LOCKED, OWNER, STRANGER, TEAM_LEADER, a_week, at, roster, written
from tests.factories.plans import TRADE, manager_rows

pytestmark = pytest.mark.django_db
FORM = {"arrived_at": "09:00", "left_at": "17:30", "calls": "12", "plan_next": "拜访建行网点"}
ROWS = {"contact-TOTAL_FORMS": "2", "contact-INITIAL_FORMS": "0"}


@pytest.fixture
def people() -> People:
    return roster()


def as_(people: People, staff_no: str) -> Client:
    browser = Client()
    browser.force_login(people[staff_no].user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def clock(text: str) -> Any:
    return patch("django.utils.timezone.now", lambda: at(text))


def row(number: int, **given: str) -> dict[str, str]:
    return {f"contact-{number}-{name}": value for name, value in given.items()}


def test_a_log_is_written_and_shown(people: People) -> None:
    told = row(0, name="张三", way="visit", content="介绍理财产品", next_on="2026-10-20")
    with clock("2026-10-08 17:40"):
        browser = as_(people, OWNER)
        page = browser.get("/plans/logs/write/").content.decode()
        assert 'data-draft="log:600103:2026-10-08:0"' in page
        answer = browser.post("/plans/logs/write/?day=2026-10-08", FORM | ROWS | told, follow=True)
    shown = answer.content.decode()
    assert "已提交 2026-10-08 的工作日志" in shown
    assert "介绍理财产品" in shown
    assert 'data-draft-sent="log:600103:2026-10-08:"' in shown
    assert LogContact.objects.get().next_on == date(2026, 10, 20)


def test_pressed_twice_it_is_one_log(people: People) -> None:
    with clock("2026-10-08 17:40"):
        browser = as_(people, OWNER)
        form = FORM | ROWS | {"once": "0123456789abcdef"}
        answers = [browser.post("/plans/logs/write/?day=2026-10-08", form) for _ in range(2)]
    assert {answer["Location"] for answer in answers} == {f"/plans/logs/{WorkLog.objects.get().pk}/?sent=1"}
    assert LogVersion.objects.count() == 1


def test_what_was_typed_stays_when_something_is_missing(people: People) -> None:
    half = row(0, name="张三", way="visit", result="有兴趣")
    with clock("2026-10-08 17:40"):
        page = as_(people, OWNER).post("/plans/logs/write/?day=2026-10-08", FORM | ROWS | half).content.decode()
    assert "请写明客户姓名和内容" in page
    assert "有兴趣" in page
    assert not WorkLog.objects.exists()


def test_the_form_knows_the_crms_accounts_the_last_plan_and_the_own_clients(people: People) -> None:
    book(people, csv_file(manager_rows(people, OWNER, (9, 9, 12))))
    confirm_relations(branch=people.branch, month=Month(2026, 10), by=people[TRADE])
    written(people[OWNER], 8)
    with clock("2026-10-09 17:40"):
        browser = as_(people, OWNER)
        page = browser.get("/plans/logs/write/?day=2026-10-09").content.decode()
        assert 'name="accounts_opened" value="2"' in page
        assert "拜访建行网点" in page
        assert 'value="09:00"' in page
        named = page.split('<datalist id="own-clients">')[1].split('value="')[1].split('"')[0]
        browser.post("/plans/logs/write/?day=2026-10-09", FORM | ROWS | row(0, name=named, way="phone", content="回访"))
    contact = LogContact.objects.get(version__log__day=date(2026, 10, 9))
    assert contact.client is not None
    assert named == f"{contact.client.name}({contact.client.client_no})"
    assert contact.name == contact.client.name


def test_a_broker_is_asked_for_no_times(people: People) -> None:
    with clock("2026-10-08 17:40"):
        page = as_(people, BROKER).get("/plans/logs/write/").content.decode()
    assert "填写展业活动记录" in page
    assert "到岗时间" not in page


def test_the_own_month_and_the_board_show_the_make_up_saturday(people: People) -> None:
    written(people[OWNER], 8)
    with clock("2026-10-13 08:00"):
        own = as_(people, OWNER).get("/plans/logs/mine/?month=2026-10").content.decode()
        board = as_(people, TEAM_LEADER).get("/plans/logs/?month=2026-10").content.decode()
        group = as_(people, GROUP_LEADER).get("/plans/logs/?month=2026-10").content.decode()
    assert "应填 5 篇,按时 1,迟交 0,缺 2" in own
    assert '?day=2026-10-10">10<small>未填</small>' in own
    assert '?day=2026-10-11"' not in own
    assert people[OWNER].name in board
    assert people[STRANGER].name not in board
    assert people[OWNER].name not in group  # of another group


def test_statements_of_the_board_do_not_grow_with_logs(people: People) -> None:
    browser = as_(people, TEAM_LEADER)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/plans/logs/?month=2026-10").status_code == 200
        return len(captured)

    asked()
    few = asked()
    a_week(people)
    assert asked() == few <= 15


def test_drawn_by_hand_checked_and_returned_on_the_pages(people: People) -> None:
    a_week(people)
    team = people[TEAM_LEADER].postings.get().team_id
    leader = as_(people, TEAM_LEADER)
    with clock(LOCKED):
        page = leader.post("/plans/logs/checks/draw/", {"team": str(team), "week": "2026-W41"}, follow=True).content.decode()
    assert "10 份中抽取 2 份" in page
    assert "待抽查" in page
    check = LogCheck.objects.select_related("log__person").latest("pk")
    told = {todo.label: todo.count for todo in todos_for(people[TEAM_LEADER])}
    assert told["日志待抽查"] == 2
    address = f"/plans/logs/checks/{check.pk}/"
    page = leader.post(address, {"verdict": "return", "remark": ""}, follow=True).content.decode()
    assert "退回时请写明要改什么" in page
    leader.post(address, {"verdict": "return", "remark": "结果没有写"})
    writer = as_(people, check.log.person.staff_no)
    assert "工作日志被退回,待修改" in writer.get("/").content.decode()
    page = writer.get(f"/plans/logs/write/?day={check.log.day}").content.decode()
    assert "这份日志被退回" in page
    answer = writer.post(f"/plans/logs/write/?day={check.log.day}", FORM | ROWS | {"plan_next": "补写"}, follow=True)
    page = answer.content.decode()
    assert "第 2 版" in page
    assert "第 1 版" in page


def test_yesterdays_log_is_in_the_to_dos_until_it_is_written(people: People) -> None:
    people[OWNER].engagements.update(hired_on=date(2026, 10, 8))
    with clock("2026-10-09 08:00"):
        (todo,) = [one for one in todos_for(people[OWNER]) if one.label == "工作日志待填"]
        assert (todo.count, todo.url) == (1, "/plans/logs/write/?day=2026-10-08")
        assert "工作日志待填" not in {one.label for one in todos_for(people[BROKER])}
    written(people[OWNER], 8, "2026-10-09 08:30")
    with clock("2026-10-09 09:00"):
        assert "工作日志待填" not in {one.label for one in todos_for(people[OWNER])}


def test_others_logs_are_not_there(people: People) -> None:
    log = written(people[OWNER], 8)
    assert as_(people, STRANGER).get(f"/plans/logs/{log.pk}/").status_code == 404
    assert as_(people, TEAM_LEADER).get(f"/plans/logs/{log.pk}/").status_code == 200


def test_the_api_writes_reads_and_counts(people: People) -> None:
    day = {"day": "2026-10-08", "arrived_at": "09:00", "left_at": "17:30", "plan_next": "x"}
    told = {"contacts": [{"name": "张三", "way": "phone", "content": "回访"}]}
    with clock("2026-10-08 17:40"):
        browser = as_(people, OWNER)
        made = browser.post("/api/v1/plans/logs/", day | told, content_type="application/json")
        assert made.status_code == 201, made.content
        detail = browser.get(f"/api/v1/plans/logs/{made.json()['id']}/").json()
    assert detail["versions"][0]["contacts"][0]["content"] == "回访"
    with clock("2026-10-10 08:00"):
        months = as_(people, TEAM_LEADER).get("/api/v1/plans/logs/months/?month=2026-10").json()
    mine = next(one for one in months["rows"] if one["person"]["staff_no"] == OWNER)
    assert (mine["due"], mine["in_time"], mine["missing"], mine["waiting"]) == (3, 1, 0, 2)


def test_the_day_to_come_is_refused_in_words(people: People) -> None:
    tomorrow = date(2026, 10, 8) + timedelta(1)
    with clock("2026-10-08 17:40"):
        page = as_(people, OWNER).post(f"/plans/logs/write/?day={tomorrow}", FORM | ROWS).content.decode()
    assert "还没有到" in page


def test_drawing_by_hand_starts_at_the_last_full_week(people: People) -> None:
    year, week, _ = (timezone.localdate() - timedelta(7)).isocalendar()
    page = as_(people, TEAM_LEADER).get("/plans/logs/checks/").content.decode()
    assert f'value="{year}-W{week:02d}"' in page
