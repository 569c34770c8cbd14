"""Handing in, correcting, locking, drawing and checking; what is due from whom (A5.1)."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from branch.audit.models import AuditRow
from branch.notices.models import Notice
from branch.parameters.models import ParameterValue
from branch.people.models import Person
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal
from teams.plans.logs import actions, duties, queries, register, rules
from teams.plans.logs.actions import Contact
from teams.plans.logs.models import LogCheck, LogDraw, LogVersion, WorkLog
from tests.factories.branch import People
from tests.factories.logs import (
    BROKER,
    GROUP_LEADER,
    LOCKED,
    MANAGER,
    OWNER,
    STRANGER,
    TEAM_LEADER,
    WEEK,
    a_week,
    at,
    entry,
    roster,
    written,
)

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)


@pytest.fixture
def people() -> People:
    return roster()


def test_no_day_to_come_has_a_log_however_far(people: People) -> None:
    for day in (date(2026, 12, 31), date.max):
        with pytest.raises(Refusal, match="还没有到"):
            actions.write_log(day=day, entry=entry(), by=people[OWNER], now=at(LOCKED))


def drawn(people: People, **changes: Any) -> LogDraw:
    team = people[TEAM_LEADER].postings.get().team
    given = {"team": team, "year": WEEK[0], "week": WEEK[1], "by": people[TEAM_LEADER], "now": at(LOCKED)} | changes
    return actions.draw_week(**given)


def words(person: Person, now: str) -> dict[int, str]:
    """Day of October → what its cell says."""
    row = queries.own_month(person, OCTOBER, at(now))
    return {cell.day.day: cell.word for cell in row.cells}


def test_a5_1_ten_logs_and_a_fifth_give_two_and_the_same_two_again(people: People) -> None:
    logs = a_week(people)
    draw = drawn(people)
    found = sorted(draw.checks.values_list("log", flat=True))
    assert len(found) == 2
    assert sorted(draw.pool) == sorted(log.pk for log in logs)
    assert drawn(people, by=people[MANAGER], now=at("2026-11-02 08:00")).pk == draw.pk
    assert rules.draw(draw.pool, draw.share, draw.seed) == found
    assert LogCheck.objects.count() == 2
    assert AuditRow.objects.filter(act="logs.draw").count() == 1


def test_a5_1_an_unfilled_workday_shows_and_a_sunday_does_not(people: People) -> None:
    found = words(people[OWNER], "2026-10-13 08:00")
    assert found[10] == "未填"  # Saturday, 调休
    assert found[11] == ""
    assert [day for day, word in found.items() if word] == [8, 9, 10, 12, 13]


def test_in_time_late_and_locked(people: People) -> None:
    assert not written(people[OWNER], 9, "2026-10-10 09:30").late
    assert written(people[OWNER], 8, "2026-10-09 09:31").late
    with pytest.raises(Refusal, match="于 2026-10-14 后锁定,不能补填"):
        written(people[OWNER], 10, "2026-10-15 00:01")
    assert written(people[OWNER], 10, "2026-10-14 23:59").late
    with pytest.raises(Refusal, match="还没有到"):
        written(people[OWNER], 16, "2026-10-15 17:00")


def test_what_the_parameters_say_is_what_counts(people: People) -> None:
    for code, value in (("plans.log_due", "18:00"), ("plans.log_lock_days", "1"), ("plans.log_draw_share", "0.5")):
        since = {"effective_from": date(2026, 1, 1), "source": "测试", "state": "confirmed"}
        ParameterValue.objects.create(code=code, name=code, unit="", value=value, **since)
    assert not written(people[OWNER], 8, "2026-10-09 17:59").late
    with pytest.raises(Refusal, match="后锁定"):
        written(people[OWNER], 9, "2026-10-12 08:00")


def test_a_correction_keeps_both_versions_until_it_is_locked(people: People) -> None:
    written(people[OWNER], 8)
    log = written(people[OWNER], 8, "2026-10-12 10:00", plan_next="改为拜访招行网点")
    assert [(one.number, one.latest, one.plan_next) for one in log.versions.all()] == [
        (2, True, "改为拜访招行网点"),
        (1, False, "拜访建行网点"),
    ]
    assert not log.late  # the first one was in time
    with pytest.raises(Refusal, match="已锁定,不能修改"):
        written(people[OWNER], 8, "2026-10-14 10:00")


def test_what_is_missing_is_named(people: People) -> None:
    with pytest.raises(Refusal, match="请填写明日计划、到岗、离岗时间"):
        written(people[OWNER], 8, plan_next=" ", arrived_at=None)
    with pytest.raises(Refusal, match="离岗时间应晚于到岗时间"):
        written(people[OWNER], 8, left_at=time(8))
    with pytest.raises(Refusal, match="第 1 行请写明客户姓名和内容"):
        written(people[OWNER], 8, contacts=[Contact(name="张三", way="phone", content=" ")])
    assert not WorkLog.objects.exists()


def test_the_months_counts_are_what_the_appraisal_reads(people: People) -> None:
    written(people[OWNER], 8)
    written(people[OWNER], 9, "2026-10-10 10:00")
    found = duties.month_counts([people[OWNER], people[BROKER]], OCTOBER, at("2026-10-13 10:00"))
    assert found[people[OWNER].pk] == rules.Counts(due=5, in_time=1, late=1, missing=2, waiting=1)
    assert found[people[BROKER].pk] == rules.Counts()


def test_who_is_excused_owes_no_log(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "_sources", [lambda *_: {(people[OWNER].pk, date(2026, 10, 9))}])
    assert words(people[OWNER], "2026-10-12 08:00")[9] == ""
    assert words(people[GROUP_LEADER], "2026-10-12 08:00")[9] == "未填"


def test_who_joined_later_or_leads_a_team_owes_none_before(people: People) -> None:
    people[OWNER].engagements.update(hired_on=date(2026, 10, 12))
    assert words(people[OWNER], "2026-10-13 08:00")[9] == ""
    assert set(words(people[TEAM_LEADER], "2026-10-13 08:00").values()) == {""}


def test_a_broker_keeps_a_record_without_duty_times_and_is_never_late_or_drawn(people: People) -> None:
    record = written(people[BROKER], 8, "2026-10-12 20:00", arrived_at=None, left_at=None)
    assert (record.kind, record.late) == ("activity", False)
    assert LogVersion.objects.get(log=record).arrived_at is None
    with pytest.raises(Refusal, match="没有提交的日志"):
        drawn(people)


def test_a_week_is_drawn_only_once_nobody_can_slip_out(people: People) -> None:
    a_week(people)
    with pytest.raises(Refusal, match="还没有全部锁定"):
        drawn(people, now=at("2026-10-14 20:00"))
    assert actions.draw_weeks(now=at("2026-10-14 20:00")) == 0
    assert actions.draw_weeks(now=at(LOCKED)) == 1
    assert actions.draw_weeks(now=at(LOCKED)) == 0
    assert LogDraw.objects.get().drawn_by is None


def test_returned_corrected_and_checked_once_more(people: People) -> None:
    a_week(people)
    check = drawn(people).checks.select_related("log__person").first()
    assert check is not None
    leader, writer = people[TEAM_LEADER], check.log.person
    with pytest.raises(Refusal, match="已被抽中"):
        actions.write_log(day=check.log.day, entry=entry(), by=writer, now=at("2026-10-09 20:00"))
    with pytest.raises(Refusal, match="退回时请写明要改什么"):
        actions.check_log(check_id=check.pk, verdict="return", by=leader)
    actions.check_log(check_id=check.pk, verdict="return", remark="结果没有写", by=leader)
    with pytest.raises(Refusal, match="已抽查"):
        actions.check_log(check_id=check.pk, verdict="pass", by=leader)
    log = actions.write_log(day=check.log.day, entry=entry(plan_next="补写结果"), by=writer, now=at("2026-10-20 20:00"))
    assert log.state == "submitted"
    again = LogCheck.objects.waiting_for(leader).get(log=log)
    assert again.version == 2
    actions.check_log(check_id=again.pk, verdict="pass", by=leader)
    assert [row.plan_next for row in log.versions.all()] == ["补写结果", "拜访建行网点"]
    assert [row.verdict for row in log.checks.order_by("version")] == ["return", "pass"]
    with pytest.raises(Refusal, match="不能修改"):
        actions.write_log(day=log.day, entry=entry(), by=writer, now=at("2026-10-09 20:00"))
    assert AuditRow.objects.filter(act="logs.check").count() == 2


def test_the_writer_is_told_what_to_mend(people: People, django_capture_on_commit_callbacks: Any) -> None:
    a_week(people)
    check = drawn(people).checks.select_related("log").first()
    assert check is not None
    with django_capture_on_commit_callbacks(execute=True):
        actions.check_log(check_id=check.pk, verdict="return", remark="结果没有写", by=people[TEAM_LEADER])
    notice = Notice.objects.get(person=check.log.person_id)
    assert "结果没有写" in notice.text
    assert notice.link == f"/plans/logs/{check.log_id}/"


def test_who_may_draw_and_check(people: People) -> None:
    a_week(people)
    other = people["600116"]  # leads 营销二队
    for nobody in (people[OWNER], people[GROUP_LEADER], other):
        with pytest.raises(Forbidden):
            drawn(people, by=nobody)
    check = drawn(people).checks.select_related("log").first()
    assert check is not None
    for nobody in (check.log.person, people[STRANGER], other):
        with pytest.raises(Refusal):
            actions.check_log(check_id=check.pk, verdict="pass", by=nobody)
    assert list(LogCheck.objects.waiting_for(other)) == []
    assert LogCheck.objects.waiting_for(people[MANAGER]).count() == 2


def test_a_later_contact_settles_the_follow_up_before(people: People) -> None:
    owner = people[OWNER]
    written(owner, 8)
    other = Contact(name="李四", way="visit", content="开户", next_on=date(2026, 10, 12))
    written(owner, 9, contacts=[other, Contact(name="张三", way="phone", content="已签约", next_on=None)])
    found = queries.follow_ups(owner, date(2026, 10, 13))
    assert [(one.contact.name, one.day, one.overdue) for one in found] == [("李四", date(2026, 10, 12), True)]
