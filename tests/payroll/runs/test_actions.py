"""The acts of a run: computing, sending up, signing in turn, sending back, issuing, filing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from approvals.requests.actions import decide, take_over
from approvals.requests.states import State
from archives.actions import receive_filing
from branch.audit.models import AuditRow
from branch.files.actions import read
from branch.jobs.models import Job
from branch.notices.models import Notice
from clients.figures.actions import unlock
from kernel.refusals import Forbidden, Refusal, Unknown
from payroll.intake.models import MonthlyInput
from payroll.intake.register import refuse_when_frozen
from payroll.runs import actions, states
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.signing import run_of
from tests.factories.branch import People, give_role, make_person
from tests.factories.close import committed, computed
from tests.factories.runs import AUGUST, SEPTEMBER, fresh, make_ready, sign, three
from tests.factories.tampering import tampering


def sent_up(people: People, month: Any = AUGUST) -> PayRun:
    run = computed(people, month)
    assert run.state == states.REVIEW, run.problems
    with committed():
        return actions.send_up(run_id=run.pk, by=people["600002"])


def approved(people: People, month: Any = AUGUST) -> PayRun:
    run = sent_up(people, month)
    sign(run.approval, *three(people))
    return fresh(run)


def test_compute_writes_everybody_once_and_waits_for_review(people: People) -> None:
    run = computed(people, AUGUST)
    assert (run.state, run.headcount, run.version) == (states.REVIEW, 5, 1)
    assert str(run.pay_month) == "2026-09"
    assert run.number == "XC-0755FT-2026-08"
    assert run.slips.count() == 5
    assert len(run.digest) == 64
    assert AuditRow.objects.filter(act="run.computed", subject_id=str(run.pk)).count() == 1


def test_five_people_pressing_at_once_make_one_job(people: People) -> None:
    with transaction.atomic():
        runs = [actions.compute(branch=people.branch, month=AUGUST, by=people["600002"]) for _ in range(5)]
    assert len({run.pk for run in runs}) == 1
    assert Job.objects.filter(kind=actions.JOB).count() == 1
    assert AuditRow.objects.filter(act="run.compute").count() == 1


def test_pressing_while_the_computation_is_being_cancelled_is_told(people: People) -> None:
    with transaction.atomic():
        actions.compute(branch=people.branch, month=AUGUST, by=people["600002"])
        Job.objects.update(cancel_requested=True)
        with pytest.raises(Refusal, match="正在取消,请稍候"):
            actions.compute(branch=people.branch, month=AUGUST, by=people["600002"])


def test_computing_again_changes_nothing(people: People) -> None:
    first = computed(people, AUGUST)
    rows = list(PaySlip.objects.order_by("pk").values())
    second = computed(people, AUGUST)
    assert (second.pk, second.digest) == (first.pk, first.digest)
    assert list(PaySlip.objects.order_by("pk").values()) == rows


def test_changed_inputs_change_the_digest_and_only_that_person(people: People) -> None:
    first = computed(people, AUGUST)
    before = dict(first.slips.values_list("staff_no", "digest"))
    MonthlyInput.objects.filter(person=people["600103"]).update(other_allowance=300)
    second = computed(people, AUGUST)
    after = dict(second.slips.values_list("staff_no", "digest"))
    assert second.digest != first.digest
    assert [no for no in before if before[no] != after[no]] == ["600103"]


def test_only_who_may_compute_computes(people: People) -> None:
    with pytest.raises(Forbidden):
        actions.compute(branch=people.branch, month=AUGUST, by=people["600003"])


def test_three_sign_in_turn_and_nothing_changes_afterwards(people: People) -> None:
    run = sent_up(people)
    accountant, deputy, manager = three(people)
    with pytest.raises(Refusal, match="席位"):
        sign(run.approval, deputy)
    sign(run.approval, accountant)
    assert fresh(run).state == states.APPROVING
    sign(run.approval, deputy, manager)
    done = fresh(run)
    assert done.state == states.APPROVED
    assert done.approved_at is not None
    for act in (
        lambda: actions.compute(branch=people.branch, month=AUGUST, by=people["600002"]),
        lambda: actions.void(run_id=run.pk, reason="x", by=people["600002"]),
        lambda: actions.send_up(run_id=run.pk, by=people["600002"]),
    ):
        with pytest.raises(Refusal, match="已批"):
            act()


def test_the_maker_signs_nowhere(people: People) -> None:
    run = sent_up(people)
    give_role(people["600002"], "chief_accountant", branch=people.branch)
    with pytest.raises(Refusal, match=r"发起|同一人"):
        sign(run.approval, people["600002"])


def test_a_stale_signature_is_refused(people: People) -> None:
    run = sent_up(people)
    with pytest.raises(Refusal, match="变化"):
        decide(request_id=run.approval.pk, act="agree", opinion="", seen_digest="0" * 64, by=people["600003"], reentered=True)
    with tampering():
        PayRun.objects.filter(pk=run.pk).update(digest="1" * 64)
    with pytest.raises(Refusal, match="不一致"):
        sign(run.approval, people["600003"])


def test_send_up_is_refused_when_inputs_have_changed_since(people: People) -> None:
    run = computed(people, AUGUST)
    MonthlyInput.objects.filter(person=people["600103"]).update(duty_score=50)
    with pytest.raises(Refusal, match="重新计算") as refused:
        actions.send_up(run_id=run.pk, by=people["600002"])
    assert refused.value.items == ["600103 丁一凡"]


def test_sent_back_opens_a_new_version_and_keeps_the_old_one(people: People) -> None:
    run = sent_up(people)
    sign(run.approval, people["600003"], act="return", opinion="请核对 600103 的职责分")
    old = fresh(run)
    assert old.state == states.RETURNED
    assert old.slips.count() == 5
    assert not old.slips.filter(current=True).exists()
    new = PayRun.objects.get(version=2)
    assert (new.state, new.number) == (states.DRAFT, old.number)
    MonthlyInput.objects.filter(person=people["600103"]).update(duty_score=85)
    again = computed(people, AUGUST)
    assert again.pk == new.pk
    with committed():
        actions.send_up(run_id=again.pk, by=people["600002"])
    request = fresh(again).approval
    assert (request.pk, request.round) == (old.approval_id, 2)
    assert run_of(request).pk == again.pk
    sign(request, *three(people))
    assert fresh(again).state == states.APPROVED
    assert PaySlip.objects.filter(month=AUGUST, current=True).count() == 5


def test_a_colleague_sends_up_the_next_version_where_the_first_one_is_away_and_neither_signs(people: People) -> None:
    run = sent_up(people)
    sign(run.approval, people["600003"], act="return", opinion="补贴有误")
    second = make_person("600006", "财务乙")
    give_role(second, "branch_finance", branch=people.branch)
    for finance in (people["600002"], second):
        give_role(finance, "chief_accountant", branch=people.branch)
    again = computed(people, AUGUST)
    with pytest.raises(Forbidden, match="接办"):
        actions.send_up(run_id=again.pk, by=second)
    take_over(request_id=run.approval.pk, reason="病假", by=second)
    with committed():
        again = actions.send_up(run_id=again.pk, by=second)
    assert (again.version, again.approval, again.approval.round) == (2, run.approval, 2)
    for barred in (people["600002"], second):
        with pytest.raises(Refusal):
            sign(again.approval, barred)
    sign(again.approval, *three(people))
    assert fresh(again).state == states.APPROVED


def test_rejected_for_good_the_next_version_is_a_new_request(people: People) -> None:
    run = sent_up(people)
    sign(run.approval, people["600003"], act="reject", opinion="口径不对")
    assert fresh(run).state == states.RETURNED
    again = computed(people, AUGUST)
    with committed():
        actions.send_up(run_id=again.pk, by=people["600002"])
    assert fresh(again).approval_id != run.approval_id


def test_taken_back_it_waits_for_review_again(people: People) -> None:
    run = sent_up(people)
    taken = actions.withdraw(run_id=run.pk, reason="补一条输入", by=people["600002"])
    assert taken.state == states.REVIEW
    assert fresh(run).approval.state == State.WITHDRAWN
    with committed():
        actions.send_up(run_id=run.pk, by=people["600002"])
    assert fresh(run).approval.state == State.PENDING


def test_the_last_signature_waits_for_the_month_before(people: People) -> None:
    august = computed(people, AUGUST)
    make_ready(people, SEPTEMBER)
    september = sent_up(people, SEPTEMBER)
    assert september.predecessor_digest == august.digest
    accountant, deputy, manager = three(people)
    sign(september.approval, accountant, deputy)
    with pytest.raises(Refusal, match="2026年8月"):
        sign(september.approval, manager)
    assert fresh(september).state == states.APPROVING
    with committed():
        actions.send_up(run_id=august.pk, by=people["600002"])
    sign(fresh(august).approval, accountant, deputy, manager)
    sign(september.approval, manager)
    assert fresh(september).state == states.APPROVED


def test_a_month_before_that_was_reckoned_anew_stops_the_signature(people: People) -> None:
    computed(people, AUGUST)
    make_ready(people, SEPTEMBER)
    september = computed(people, SEPTEMBER)
    MonthlyInput.objects.filter(person=people["600103"], month=AUGUST).update(other_allowance=900)
    computed(people, AUGUST)
    with pytest.raises(Refusal, match="重新计算"):
        actions.send_up(run_id=september.pk, by=people["600002"])


def test_issue_file_and_receive(people: People) -> None:
    run = approved(people)
    with pytest.raises(Refusal, match="发放月份"):
        actions.issue(run_id=run.pk, issued_on=date(2026, 10, 1), by=people["600002"])
    with committed():
        actions.issue(run_id=run.pk, issued_on=date(2026, 9, 7), by=people["600002"])
    assert Notice.objects.filter(person=people["600103"], text__contains="工资已于 2026-09-07 发放").count() == 1
    with committed():
        filed = actions.file(run_id=run.pk, by=people["600002"])
    assert filed.state == states.ISSUED
    assert str(filed.filing.keep_until) == "2056-12-31"
    assert read(filed.report_file)[:2] == b"PK"
    with pytest.raises(Refusal, match="已经报送"):
        actions.file(run_id=run.pk, by=people["600002"])
    receive_filing(filing_id=filed.filing_id, by=people["100001"])
    done = fresh(run)
    assert done.state == states.FILED
    assert done.filing.serial_no.startswith("综备〔")


def test_issue_needs_approval_and_the_power(people: People) -> None:
    run = computed(people, AUGUST)
    with pytest.raises(Refusal, match="待审"):
        actions.issue(run_id=run.pk, issued_on=date(2026, 9, 7), by=people["600002"])
    with pytest.raises(Forbidden):
        actions.issue(run_id=run.pk, issued_on=date(2026, 9, 7), by=people["600003"])


def test_void_frees_the_month_and_a_new_version_follows(people: People) -> None:
    run = computed(people, AUGUST)
    with pytest.raises(Refusal, match="原因"):
        actions.void(run_id=run.pk, reason=" ", by=people["600002"])
    actions.void(run_id=run.pk, reason="数据要更正", by=people["600002"])
    assert not PaySlip.objects.filter(current=True).exists()
    again = computed(people, AUGUST)
    assert (again.version, again.state) == (2, states.REVIEW)


def test_figures_and_inputs_stay_while_a_run_rests_on_them(people: People) -> None:
    run = computed(people, AUGUST)
    with pytest.raises(Refusal, match="不能解锁"):
        unlock(branch=people.branch, month=AUGUST, reason="更正", by=people["600002"])
    refuse_when_frozen(people.branch, AUGUST)
    with committed():
        actions.send_up(run_id=run.pk, by=people["600002"])
    with pytest.raises(Refusal, match="核算输入"):
        refuse_when_frozen(people.branch, AUGUST)
    actions.withdraw(run_id=run.pk, reason="更正", by=people["600002"])
    actions.void(run_id=run.pk, reason="更正", by=people["600002"])
    unlock(branch=people.branch, month=AUGUST, reason="更正", by=people["600002"])


def test_the_database_holds_one_current_slip_a_person_and_month(people: People) -> None:
    run = computed(people, AUGUST)
    slip = run.slips.first()
    other = PayRun.objects.create(
        number="XC-x",
        branch=people.branch,
        month=AUGUST,
        pay_month=SEPTEMBER,
        version=9,
        state=states.VOID,
        scheme=run.scheme,
        maker=run.maker,
    )
    slip.pk, slip.run = None, other
    with pytest.raises(IntegrityError), transaction.atomic():
        slip.save(force_insert=True)
    slip.current = False
    slip.save(force_insert=True)


def test_the_database_holds_one_live_run_a_month(people: People) -> None:
    run = computed(people, AUGUST)
    with pytest.raises(IntegrityError), transaction.atomic():
        PayRun.objects.create(
            number="XC-x", branch=people.branch, month=AUGUST, pay_month=SEPTEMBER, version=2, scheme=run.scheme, maker=run.maker
        )


def test_a_person_confirms_the_own_slip_once(people: People) -> None:
    run = approved(people)
    slip = run.slips.get(staff_no="600103")
    with pytest.raises(Unknown):
        actions.confirm_slip(slip_id=slip.pk, by=people["600102"])
    actions.confirm_slip(slip_id=slip.pk, by=people["600103"])
    with pytest.raises(Refusal, match="已经确认"):
        actions.confirm_slip(slip_id=slip.pk, by=people["600103"])


def test_no_slip_to_confirm_before_approval(people: People) -> None:
    run = computed(people, AUGUST)
    with pytest.raises(Unknown):
        actions.confirm_slip(slip_id=run.slips.get(staff_no="600103").pk, by=people["600103"])


def test_the_month_is_prepared_once(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions.timezone, "localdate", lambda *_: date(2026, 9, 1))
    for _ in range(2):
        with committed():
            actions.prepare_month()
    assert Notice.objects.filter(person=people["600002"], text__startswith="2026年8月已经结束").count() == 1
    assert not Notice.objects.exclude(person=people["600002"]).filter(text__contains="月结").exists()


def test_a_month_that_has_a_run_needs_no_reminder(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    computed(people, AUGUST)
    monkeypatch.setattr(actions.timezone, "localdate", lambda *_: date(2026, 9, 1))
    with committed():
        actions.prepare_month()
    assert not Notice.objects.filter(text__contains="月结").exists()
