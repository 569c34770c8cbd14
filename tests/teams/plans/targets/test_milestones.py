"""Milestones: how they stand, who may finish them with what, who sees the overdue ones."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from branch.audit.models import AuditRow
from branch.files.actions import read
from branch.workbench.register import todos_for
from kernel.refusals import Forbidden, Refusal
from teams.plans.targets import actions
from teams.plans.targets.models import Milestone
from teams.plans.targets.standing import standing_of
from tests.factories.branch import People, load_roster_people
from tests.factories.plans import GROUP_LEADER, MANAGER, TEAM_LEADER, TRADE

OWNER, STRANGER = "600103", "600104"
TODAY = date(2026, 10, 15)


def row(**changes: Any) -> Milestone:
    dates = {"starts_on": None, "due_on": TODAY, "done_on": None, "dropped_on": None} | changes
    return Milestone(**dates)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"due_on": TODAY - timedelta(1)}, "逾期 1 天"),
        ({"due_on": TODAY - timedelta(30)}, "逾期 30 天"),
        ({"due_on": TODAY}, "进行中"),
        ({"due_on": TODAY + timedelta(9), "starts_on": TODAY + timedelta(1)}, "未开始"),
        ({"due_on": TODAY + timedelta(9), "starts_on": TODAY}, "进行中"),
        ({"due_on": TODAY - timedelta(5), "done_on": TODAY}, "完成"),
        ({"due_on": TODAY - timedelta(5), "dropped_on": TODAY}, "已取消"),
    ],
)
def test_how_a_milestone_stands(changes: dict[str, Any], said: str) -> None:
    assert standing_of(row(**changes), TODAY).said == said


@pytest.fixture
def people(db: None) -> People:
    return load_roster_people()


def entered(people: People, days: int = 7, **changes: Any) -> Milestone:
    team = people[TEAM_LEADER].postings.get().team
    given = {"branch": people.branch, "team": team, "name": "签约", "responsible": people[OWNER], "by": people[TEAM_LEADER]}
    return actions.add_milestone(**given | {"due_on": timezone.localdate() + timedelta(days)} | changes)


def waiting(person: Any) -> dict[str, int]:
    return {todo.label: todo.count for todo in todos_for(person)}  # type: ignore[misc]


def test_a5_3_due_yesterday_and_not_done_is_listed_overdue_by_a_day(people: People, client: Any) -> None:
    entered(people, days=-1)
    for staff_no in (OWNER, TEAM_LEADER, MANAGER):
        assert waiting(people[staff_no])["里程碑逾期"] == 1
        client.force_login(people[staff_no].user, backend="django.contrib.auth.backends.ModelBackend")
        assert "逾期 1 天" in client.get("/plans/milestones/?standing=overdue").content.decode()
    assert "里程碑逾期" not in waiting(people[STRANGER])


def test_finishing_needs_evidence_or_a_sentence_and_a_day_that_has_come(people: People) -> None:
    milestone = entered(people)
    today, owner = timezone.localdate(), people[OWNER]
    with pytest.raises(Refusal, match="请上传完成凭据"):
        actions.finish_milestone(milestone_id=milestone.pk, done_on=today, by=owner)
    with pytest.raises(Refusal, match="不能晚于今天"):
        actions.finish_milestone(milestone_id=milestone.pk, done_on=today + timedelta(1), note="x", by=owner)
    with pytest.raises(Refusal, match="不是其中之一"):
        actions.finish_milestone(milestone_id=milestone.pk, done_on=today, evidence=b"<html>", file_name="x.pdf", by=owner)
    done = actions.finish_milestone(
        milestone_id=milestone.pk, done_on=today, evidence=b"%PDF-1.7", file_name="合同.pdf", by=owner
    )
    assert done.evidence is not None
    assert (done.evidence.name, read(done.evidence)) == ("合同.pdf", b"%PDF-1.7")
    with pytest.raises(Refusal, match="不用再登记"):
        actions.finish_milestone(milestone_id=milestone.pk, done_on=today, note="x", by=owner)
    assert AuditRow.objects.filter(act="milestones.finish").count() == 1


def test_who_may_enter_finish_and_drop(people: People) -> None:
    milestone = entered(people)
    for staff_no in (OWNER, GROUP_LEADER, TRADE):
        with pytest.raises(Forbidden):
            entered(people, by=people[staff_no])
        with pytest.raises(Forbidden):
            actions.drop_milestone(milestone_id=milestone.pk, reason="x", by=people[staff_no])
    with pytest.raises(Forbidden):
        actions.finish_milestone(milestone_id=milestone.pk, done_on=timezone.localdate(), note="x", by=people[STRANGER])
    with pytest.raises(Refusal, match="请写明取消的原因"):
        actions.drop_milestone(milestone_id=milestone.pk, reason=" ", by=people[MANAGER])
    assert actions.drop_milestone(milestone_id=milestone.pk, reason="并入下季度", by=people[MANAGER]).note == "并入下季度"


def test_a_span_that_ends_before_it_begins_is_refused(people: People) -> None:
    with pytest.raises(Refusal, match="开始日期不能晚于完成期限"):
        entered(people, starts_on=timezone.localdate() + timedelta(8))
