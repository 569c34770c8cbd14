"""登记发放 of a month whose inputs have changed since it was reckoned: never in silence, and always possible for who knows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from branch.audit.models import AuditRow
from branch.people.models import GradeHolding
from branch.people.queries import person_for
from kernel.refusals import Refusal
from payroll.corrections.models import CorrectedSlip
from payroll.intake.models import MonthlyInput
from payroll.runs import actions, states
from payroll.runs.checks import unlike_today
from payroll.runs.inputs import freeze
from payroll.runs.late import LATE, late_changes
from payroll.runs.models import PayRun
from tests.factories.branch import People
from tests.factories.close import committed
from tests.factories.runs import AUGUST, SEPTEMBER, approved_run, fresh, make_ready
from tests.payroll.corrections import worlds
from tests.payroll.runs.test_views import browser, text

DAY = date(2026, 9, 7)


@pytest.fixture
def late(people: People) -> PayRun:
    """August approved; then two people's grade comes in."""
    run = approved_run(people, AUGUST)
    GradeHolding.objects.filter(person__staff_no__in=["600102", "600103"]).update(grade="资深")
    return run


def pay(run: PayRun, **others: Any) -> PayRun:
    with committed():
        return actions.issue(run_id=run.pk, issued_on=DAY, by=person_for("600002"), **others)


def test_an_unchanged_month_is_paid_without_a_question(people: People) -> None:
    run = approved_run(people, AUGUST)
    assert not late_changes(run)
    assert pay(run).state == states.ISSUED
    assert "已知悉" not in AuditRow.objects.get(act="run.issue").summary


def test_a_changed_one_only_by_who_knows_of_it(late: PayRun) -> None:
    with pytest.raises(Refusal, match=r"2 人现在算出来与已批准的不同.*申请冲销.*已知悉") as refused:
        pay(late)
    assert (refused.value.code, refused.value.items) == (LATE, ["600102 夏娜芳", "600103 丁一凡"])
    assert fresh(late).state == states.APPROVED
    assert pay(late, aware=True).state == states.ISSUED
    assert "已知悉核算以后名册或其他输入有变化,2 人" in AuditRow.objects.get(act="run.issue").summary


def test_the_page_names_them_and_asks_once_more(people: People, late: PayRun) -> None:
    finance, address = browser(people, "600002"), reverse("payroll:run-issue", args=[late.pk])
    answer = finance.post(address, {"issued_on": "2026-09-07", "once": "first-press"})
    assert answer.status_code == 409
    page = text(answer)
    for words in (
        "还没有登记",
        "2 人现在算出来与已批准的不同",
        "600102 夏娜芳",
        "600103 丁一凡",
        'name="aware"',
        'value="2026-09-07"',
    ):
        assert words in page
    assert fresh(late).state == states.APPROVED
    finance.post(address, {"issued_on": "2026-09-07", "aware": "on", "once": "second-press"})
    assert fresh(late).state == states.ISSUED


def test_of_many_the_page_names_twenty(people: People, late: PayRun, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [f"7{number:05d} 某人" for number in range(25)]

    def refuse(*, run_id: int, **given: Any) -> None:
        raise Refusal("25 人现在算出来与已批准的不同", code=LATE, items=many)

    monkeypatch.setattr(actions, "issue", refuse)
    page = text(browser(people, "600002").post(reverse("payroll:run-issue", args=[late.pk]), {"issued_on": "2026-09-07"}))
    assert page.count("某人") == 20
    assert "共 25 项" in page


def test_a_program_says_that_it_knows(people: People, late: PayRun) -> None:
    finance, address = browser(people, "600002"), f"/api/v1/runs/{late.pk}/issue/"
    answer = finance.post(address, {"issued_on": "2026-09-07"}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, LATE)
    answer = finance.post(address, {"issued_on": "2026-09-07", "aware": True}, content_type="application/json")
    assert (answer.status_code, answer.json()["state"]) == (200, states.ISSUED)


def test_a_month_that_can_no_longer_be_reckoned_is_paid_by_who_knows(people: People) -> None:
    """As where somebody turns up in the roster who has no inputs: what is missing is said, and the others get their pay."""
    run = approved_run(people, AUGUST)
    MonthlyInput.objects.filter(person=people["600104"]).delete()
    with pytest.raises(Refusal, match="待处理") as refused:
        pay(run)
    assert any("600104" in item for item in refused.value.items)
    assert pay(run, aware=True).state == states.ISSUED


def test_the_day_is_looked_at_first(late: PayRun) -> None:
    with pytest.raises(Refusal, match="发放日期应在"), committed():
        actions.issue(run_id=late.pk, issued_on=date(2026, 10, 1), by=person_for("600002"))


def test_what_a_correction_has_put_right_is_not_late(people: People) -> None:
    """A correction of August reaches through September, signed and not paid: September begins otherwise now, and the difference
    is already due in October."""
    make_ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST)
    september = approved_run(people, SEPTEMBER)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600101", "duty_score", "65")
    worlds.approved(people, correction)
    assert CorrectedSlip.objects.filter(slip__run=september, slip__staff_no="600101").exists()
    assert "600101" in (unlike_today(september, freeze(people.branch, SEPTEMBER)) or {})
    assert not late_changes(fresh(september))
    GradeHolding.objects.filter(person=people["600103"]).update(grade="资深")
    assert late_changes(fresh(september)).names == ["600103 丁一凡"]


def test_who_was_not_there_by_todays_roster_is_named(people: People) -> None:
    run = approved_run(people, AUGUST)
    people["600104"].engagements.update(hired_on=date(2026, 9, 1))
    assert any("600104 方小雨" in one for one in late_changes(run).problems)
