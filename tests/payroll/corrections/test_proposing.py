"""A roster that changes after a month was reckoned: before approval to be computed again, after payment to be corrected."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from branch.people.models import Engagement, GradeHolding, Posting
from kernel.refusals import Refusal
from payroll.corrections.actions.corrections import propose_correction
from payroll.corrections.actions.reversals import ask_reversal
from payroll.corrections.models import Correction
from payroll.corrections.proposing import Since, since
from payroll.intake.models import MonthlyInput
from payroll.runs.models import PayRun
from payroll.runs.states import APPROVED
from tests.factories.branch import People
from tests.factories.close import committed, computed
from tests.factories.runs import AUGUST, approved_run, fresh, paid_run, sent_up_run, sign, three
from tests.factories.tampering import tampering
from tests.payroll.corrections import worlds


def promote(people: People, staff_no: str) -> None:
    GradeHolding.objects.filter(person=people[staff_no]).update(grade="高级")


def page(people: People, run_id: int) -> str:
    browser = Client()
    browser.force_login(people["600002"].user)
    return browser.get(f"/payroll/runs/{run_id}/since/").content.decode()


def test_before_approval_the_run_says_that_it_must_be_computed_again(people: People) -> None:
    run = computed(people, AUGUST)
    assert "请重新计算" not in page(people, run.pk)
    promote(people, "600103")
    assert since(fresh(run)).names == ["600103 丁一凡"]
    assert "名册或其他输入已变化,请重新计算" in page(people, run.pk)


def test_under_signature_it_says_so_too(people: People) -> None:
    run = sent_up_run(people, AUGUST)
    promote(people, "600103")
    assert "由审批人退回" in page(people, run.pk)


def test_after_payment_a_correction_is_proposed_with_what_has_changed(people: People) -> None:
    run = paid_run(people, AUGUST)
    assert since(run).proposals == []
    promote(people, "600103")
    Engagement.objects.filter(person=people["600102"]).update(insurance_base=Decimal("9000.00"))
    assert "据此开立更正单" in page(people, run.pk)
    correction = propose_correction(run_id=run.pk, by=people["600002"])
    lines = {(line.person.staff_no, line.field, line.old, line.new) for line in correction.lines.select_related("person")}
    assert lines == {("600103", "grade", "中级", "高级"), ("600102", "contribution_base", "8000.00", "9000.00")}
    found = worlds.approved(people, correction)
    assert found.people == 2
    by_person = {one.person.staff_no: one for one in found.adjustments.select_related("person")}
    assert by_person["600103"].gross > 0
    assert (by_person["600102"].gross, by_person["600102"].special > 0) == (Decimal("0.00"), True)
    assert since(fresh(run)).proposals == []


def test_who_came_or_went_in_the_roster_is_named(people: People) -> None:
    run = paid_run(people, AUGUST)
    Engagement.objects.filter(person=people["600103"]).update(ended_on=date(2026, 7, 31))
    found = since(run)
    assert found.proposals == []
    assert any("600103" in sentence and "手工" in sentence for sentence in found.sentences)
    with pytest.raises(Refusal, match="没有可以更正"):
        propose_correction(run_id=run.pk, by=people["600002"])
    assert not Correction.objects.exists()


def test_a_program_reads_what_has_changed_and_opens_the_correction(people: People) -> None:
    run = paid_run(people, AUGUST)
    promote(people, "600103")
    browser = Client()
    browser.force_login(people["600002"].user)
    found = browser.get(f"/api/v1/runs/{run.pk}/since/").json()
    assert [(one["who"], one["field"], one["old"], one["new"]) for one in found["proposals"]] == [
        ("600103 丁一凡", "grade", "中级", "高级")
    ]
    answer = browser.post(f"/api/v1/runs/{run.pk}/propose/")
    assert answer.status_code == 201
    assert Correction.objects.get().number == answer.json()["number"]
    signer = Client()
    signer.force_login(people["600003"].user)
    assert signer.post(f"/api/v1/runs/{run.pk}/propose/").status_code == 403


def asked(people: People, run_id: int, who: str = "600002") -> str:
    browser = Client()
    browser.force_login(people[who].user)
    return browser.get(f"/payroll/runs/{run_id}/since/?asked=1").content.decode()


def test_signed_and_not_yet_paid_it_says_what_can_be_done(people: People) -> None:
    run = approved_run(people, AUGUST)
    assert since(run) == Since()
    assert "变化" not in page(people, run.pk)
    promote(people, "600103")
    found = since(fresh(run))
    assert found.names == ["600103 丁一凡"]
    assert [(one.field, one.old, one.new) for one in found.proposals] == [("grade", "中级", "高级")]
    shown = page(people, run.pk)
    for words in ("核算以后名册或其他输入有变化", "1 人:600103 丁一凡", "申请冲销", "照已批准的数发放", "中级", "高级"):
        assert words in shown
    assert "据此开立更正单" not in shown
    with pytest.raises(Refusal, match="请用“冲销”"):
        propose_correction(run_id=run.pk, by=people["600002"])


def test_while_a_reversal_is_signed_it_says_so_too(people: People) -> None:
    run = approved_run(people, AUGUST)
    with committed():
        reversal = ask_reversal(run_id=run.pk, reason="职级录错", by=people["600002"])
    promote(people, "600103")
    shown = page(people, run.pk)
    assert "600103 丁一凡" in shown
    assert "正在审批冲销" in shown
    assert reversal.approval is not None
    document = f'hx-get="/payroll/runs/{run.pk}/since/"'
    signer = Client()
    signer.force_login(people["600004"].user)
    assert document in signer.get(reversal.approval.get_absolute_url()).content.decode()
    sign(reversal.approval, *three(people))
    assert document not in signer.get(reversal.approval.get_absolute_url()).content.decode()


def test_a_change_without_effect_on_pay_is_no_alarm_before_payment(people: People) -> None:
    run = approved_run(people, AUGUST)
    Posting.objects.filter(person=people["600103"]).update(post="资深客户经理")
    assert since(fresh(run)).is_same


def test_the_signers_are_told_and_may_sign(people: People) -> None:
    """In the roster 社保基数 has no first day: the next month's, imported while this one is signed, must not hold it up."""
    run = sent_up_run(people, AUGUST)
    assert run.approval is not None
    Engagement.objects.filter(person=people["600102"]).update(insurance_base=Decimal("9000.00"))
    manager = Client()
    manager.force_login(people["600005"].user)
    document = manager.get(run.approval.get_absolute_url()).content.decode()
    assert f'hx-get="/payroll/runs/{run.pk}/since/"' in document
    shown = asked(people, run.pk, "600005")
    for words in ("600102 夏娜芳", "社保基数", "8,000.00", "9,000.00", "只从以后的月份起的,不影响签字"):
        assert words in shown
    sign(run.approval, *three(people))
    assert fresh(run).state == APPROVED
    assert 'hx-get="/payroll/runs/' not in manager.get(run.approval.get_absolute_url()).content.decode()


def test_a_large_month_is_compared_when_somebody_asks(people: People) -> None:
    run = paid_run(people, AUGUST)
    with tampering():
        PayRun.objects.update(headcount=501)
    browser = Client()
    browser.force_login(people["600002"].user)
    shown = browser.get(f"/payroll/runs/{run.pk}/").content.decode()
    assert f'hx-get="/payroll/runs/{run.pk}/since/?asked=1"' in shown
    assert f'hx-get="/payroll/runs/{run.pk}/since/" hx-trigger="load"' not in shown
    assert "没有变化" in asked(people, run.pk)
    assert "没有变化" not in page(people, run.pk), "only who asks is told that there is nothing"
    promote(people, "600103")
    assert "据此开立更正单" in asked(people, run.pk)


def test_of_many_names_the_page_writes_thirty() -> None:
    found = Since(names=[f"7{number:05d} 某人" for number in range(31)])
    assert (found.named.count("某人"), found.named.endswith("等 31 人")) == (30, True)


def test_what_keeps_a_month_from_being_reckoned_is_listed(people: People) -> None:
    run = approved_run(people, AUGUST)
    MonthlyInput.objects.filter(person=people["600104"]).delete()
    found = since(fresh(run))
    assert found.names == []
    assert any("600104" in one for one in found.problems)
    assert f"现在不能核算,有 {len(found.problems)} 项待处理" in page(people, run.pk)
