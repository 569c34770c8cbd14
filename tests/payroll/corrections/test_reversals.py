"""冲销: an approved month that has not been paid is taken back, with the three signing for it again."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from approvals.requests.models import Request
from approvals.requests.states import State
from branch.audit.models import AuditRow
from branch.notices.models import Notice
from clients.figures.actions import unlock
from clients.figures.models import FiguresMonth
from clients.figures.states import LOCKED
from kernel.refusals import Forbidden, Refusal, Unknown
from payroll.corrections import states
from payroll.corrections.actions.reversals import ask_reversal
from payroll.corrections.models import Reversal
from payroll.intake.models import MonthlyInput
from payroll.runs import actions
from payroll.runs import states as runs
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.queries import successor_of
from tests.factories.branch import People, give_role
from tests.factories.close import committed, computed
from tests.factories.runs import AUGUST, SEPTEMBER, approved_run, fresh, make_ready, sent_up_run, sign, three


def asked(people: People, run: PayRun, reason: str = "600103 的职责分录错") -> Reversal:
    with committed():
        return ask_reversal(run_id=run.pk, reason=reason, by=people["600002"])


def reversed_run(people: People) -> PayRun:
    run = approved_run(people, AUGUST)
    with committed():
        sign(asked(people, run).approval, *three(people))
    return fresh(run)


def test_while_the_reversal_is_signed_the_run_cannot_be_paid(people: People) -> None:
    run = approved_run(people, AUGUST)
    reversal = asked(people, run)
    assert (fresh(run).state, reversal.digest) == (runs.REVERSING, run.digest)
    with pytest.raises(Refusal, match="冲销审批中"):
        actions.issue(run_id=run.pk, issued_on=date(2026, 9, 7), by=people["600002"])
    with pytest.raises(Refusal, match="冲销审批中"):
        asked(people, run)
    assert PaySlip.objects.filter(run=run, current=True).count() == 5


def test_signed_by_the_three_it_is_reversed_and_nothing_is_deleted(people: People) -> None:
    run = approved_run(people, AUGUST)
    before = list(run.slips.order_by("pk").values_list("pk", "digest", "figures"))
    reversal = asked(people, run)
    sign(reversal.approval, *three(people))
    run = fresh(run)
    assert run.state == runs.REVERSED
    assert list(run.slips.order_by("pk").values_list("pk", "digest", "figures")) == before
    assert not run.slips.filter(current=True).exists()
    assert Reversal.objects.get().state == states.DONE
    assert AuditRow.objects.filter(act="run.reversed", subject_id=str(run.pk)).count() == 1
    assert Notice.objects.filter(person=people["600103"], text__contains="已冲销").count() == 1


def test_the_month_is_computed_anew_and_the_old_slip_leads_to_the_new_one(people: People) -> None:
    old = reversed_run(people)
    slip = old.slips.get(staff_no="600103")
    assert successor_of(slip) is None
    unlock(branch=people.branch, month=AUGUST, reason="改正后重新核算", by=people["600002"])
    FiguresMonth.objects.update(state=LOCKED, locked_by=people["600002"], locked_at=timezone.now(), digest="f" * 64)
    MonthlyInput.objects.filter(person=people["600103"]).update(duty_score=85)
    new = approved_run(people, AUGUST)
    assert (new.version, new.number) == (2, old.number)
    assert new.digest != old.digest
    following = successor_of(slip)
    assert following is not None
    assert following.run_id == new.pk


def test_a_program_reads_that_the_slip_was_reversed_and_what_took_its_place(people: People) -> None:
    old = reversed_run(people)
    slip = old.slips.get(staff_no="600103")
    browser, finance = Client(), Client()
    browser.force_login(people["600103"].user)
    finance.force_login(people["600002"].user)
    own = f"/api/v1/me/pay-slips/{slip.pk}/"
    found = browser.get(own).json()
    assert (found["slip"]["reversed"], found["slip"]["current"], found["successor"], found["corrections"]) == (
        True,
        False,
        None,
        [],
    )
    assert [one["reversed"] for one in browser.get("/api/v1/me/pay-slips/").json()["items"]] == [True]
    assert {one["reversed"] for one in finance.get(f"/api/v1/runs/{old.pk}/slips/").json()["items"]} == {True}
    following = approved_run(people, AUGUST).slips.get(staff_no="600103")
    assert browser.get(own).json()["successor"] == following.pk
    assert finance.get(f"/api/v1/pay-slips/{slip.pk}/").json()["successor"] == following.pk
    assert browser.get(f"/api/v1/me/pay-slips/{following.pk}/").json()["slip"]["reversed"] is False


def test_the_person_still_reads_the_old_slip_as_reversed(people: People) -> None:
    old = reversed_run(people)
    slip = old.slips.get(staff_no="600103")
    browser = Client()
    browser.force_login(people["600103"].user)
    page = browser.get(f"/payroll/my/{slip.pk}/").content.decode()
    assert "已冲销" in page
    assert "没有发放" in page
    assert "确认本月工资单" not in page
    assert "已冲销" in browser.get("/payroll/my/").content.decode()
    with pytest.raises(Unknown):
        actions.confirm_slip(slip_id=slip.pk, by=people["600103"])
    other = Client()
    other.force_login(people["600102"].user)
    assert other.get(f"/payroll/my/{slip.pk}/").status_code == 404


@pytest.mark.parametrize("act", ["return", "reject"])
def test_refused_the_run_is_approved_again_and_can_be_paid(people: People, act: str) -> None:
    run = approved_run(people, AUGUST)
    reversal = asked(people, run)
    sign(reversal.approval, people["600003"], act=act, opinion="不需要冲销")
    assert fresh(run).state == runs.APPROVED
    assert Reversal.objects.get().state == states.SENT_BACK
    with committed():
        actions.issue(run_id=run.pk, issued_on=date(2026, 9, 7), by=people["600002"])
    assert fresh(run).state == runs.ISSUED


def test_sent_back_it_may_be_asked_again_in_a_new_round(people: People) -> None:
    run = approved_run(people, AUGUST)
    first = asked(people, run)
    sign(first.approval, people["600003"], act="return", opinion="请写清楚是哪一项")
    second = asked(people, run, reason="600103 职责分应为 85")
    assert second.approval_id == first.approval_id
    request = Request.objects.get(pk=second.approval_id)
    assert (request.round, request.state) == (2, State.PENDING)
    sign(request, *three(people))
    assert fresh(run).state == runs.REVERSED


def test_what_has_been_paid_is_not_reversed(people: People) -> None:
    run = approved_run(people, AUGUST)
    with committed():
        actions.issue(run_id=run.pk, issued_on=date(2026, 9, 7), by=people["600002"])
    with pytest.raises(Refusal, match="已发放"):
        asked(people, run)


def test_a_later_month_that_is_being_signed_keeps_it(people: People) -> None:
    august = approved_run(people, AUGUST)
    make_ready(people, SEPTEMBER)
    september = sent_up_run(people, SEPTEMBER)
    with pytest.raises(Refusal, match="2026年9月"):
        asked(people, august)
    assert fresh(august).state == runs.APPROVED
    actions.withdraw(run_id=september.pk, reason="八月要冲销", by=people["600002"])
    assert asked(people, august).pk


def test_a_later_month_sent_up_meanwhile_stops_the_last_signature(people: People) -> None:
    august = approved_run(people, AUGUST)
    make_ready(people, SEPTEMBER)
    reversal = asked(people, august)
    sent_up_run(people, SEPTEMBER)
    accountant, deputy, manager = three(people)
    sign(reversal.approval, accountant, deputy)
    with pytest.raises(Refusal, match="2026年9月"):
        sign(reversal.approval, manager)
    assert fresh(august).state == runs.REVERSING


def test_a_later_month_only_computed_has_to_be_computed_again(people: People) -> None:
    august = approved_run(people, AUGUST)
    make_ready(people, SEPTEMBER)
    september = computed(people, SEPTEMBER)
    sign(asked(people, august).approval, *three(people))
    with pytest.raises(Refusal):
        actions.send_up(run_id=september.pk, by=people["600002"])
    MonthlyInput.objects.filter(person=people["600103"], month=AUGUST).update(duty_score=85)
    approved_run(people, AUGUST)
    with pytest.raises(Refusal, match="重新计算"):
        actions.send_up(run_id=september.pk, by=people["600002"])
    again = approved_run(people, SEPTEMBER)
    assert again.pk == september.pk


def test_who_may_ask_and_who_may_sign(people: People) -> None:
    run = approved_run(people, AUGUST)
    for staff_no in ("600003", "600001", "600103"):
        with pytest.raises(Forbidden):
            ask_reversal(run_id=run.pk, reason="x", by=people[staff_no])
    with pytest.raises(Refusal, match="原因"):
        asked(people, run, reason="  ")
    reversal = asked(people, run)
    give_role(people["600002"], "chief_accountant", branch=people.branch)
    with pytest.raises(Refusal, match=r"发起|同一人"):
        sign(reversal.approval, people["600002"])
    with pytest.raises(Refusal, match="席位"):
        sign(reversal.approval, people["600004"])


def test_the_run_page_shows_the_reversal_and_its_reason(people: People) -> None:
    run = approved_run(people, AUGUST)
    browser = Client()
    browser.force_login(people["600002"].user)
    assert "申请冲销" in browser.get(f"/payroll/runs/{run.pk}/").content.decode()
    answer = browser.post(f"/payroll/runs/{run.pk}/reverse/", {"reason": "职责分录错"}, follow=True)
    page = answer.content.decode()
    assert "正在审批冲销" in page
    assert "职责分录错" in page
    assert "登记发放" not in page
