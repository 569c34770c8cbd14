"""The company's close: a job a branch, each settled, the last one ending it; again, cancelled, reminded."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from branch.audit.models import AuditRow
from branch.jobs import actions as jobs
from branch.jobs.models import Job
from branch.notices.models import Notice
from branch.people.models import RoleHolding
from clients.figures.models import FiguresMonth
from kernel.refusals import Forbidden, Refusal
from payroll.close import actions, queries, states
from payroll.close import working as close_working
from payroll.close.models import BranchClose, CompanyClose
from payroll.intake.models import MonthlyInput
from payroll.runs import actions as runs
from payroll.runs import states as run_states
from payroll.runs.models import PayRun, PaySlip
from tests.factories.close import committed
from tests.factories.company import AUGUST, Office, company_of, make_ready, with_signers
from tests.factories.tampering import tampering

LONG_AGO = timezone.now() - timedelta(days=1)


def started(office: Office) -> CompanyClose:
    """Start; the jobs are done at the commit."""
    with committed():
        close = actions.start(month=AUGUST, by=office.starter)
    close.refresh_from_db()
    return close


def standing(close: CompanyClose) -> dict[str, str]:
    return dict(close.branches.values_list("branch__code", "state"))


def test_ready_branches_come_to_review_and_the_rest_say_what_is_missing(office: Office) -> None:
    close = started(office)
    assert standing(close) == {"B001": "review", "B002": "review", "B003": "review", "B004": "not_ready"}
    texts = [problem["text"] for problem in close.branches.get(branch__code="B004").problems]
    assert texts == ["2026年8月业务数据还没有导入", "2026年8月核算输入还没有导入"]  # and not once more for each person
    urls = [problem["url"] for problem in close.branches.get(branch__code="B004").problems]
    assert all("branch=B004" in url for url in urls)
    assert not PayRun.objects.filter(branch=office["B004"]).exists()


def test_everything_that_is_missing_is_named_at_once(office: Office) -> None:
    """Not reviewed, one person without inputs, another without a posting: three sentences, each with its page."""
    branch = office["B002"]
    first, second = (row.person for row in branch.engagements.select_related("person").order_by("person__staff_no"))
    MonthlyInput.objects.filter(person=first).delete()
    second.postings.all().delete()
    FiguresMonth.objects.filter(branch=branch).update(state="open")
    close = started(office)
    found = {problem["text"]: problem["url"] for problem in close.branches.get(branch=branch).problems}
    assert found["2026年8月业务数据还没有导入"].startswith("/clients/imports/")
    assert any("核算输入没有此人" in text and url.startswith("/payroll/inputs/") for text, url in found.items()), found
    assert any("没有岗位记录" in text and url.startswith("/people/") for text, url in found.items()), found
    assert not PayRun.objects.filter(branch=branch).exists()


def test_what_only_the_computation_finds_is_kept_with_the_branch_and_its_run(office: Office) -> None:
    MonthlyInput.objects.filter(branch=office["B002"]).first().delete()  # type: ignore[union-attr]
    close = started(office)
    row = close.branches.get(branch=office["B002"])
    assert row.state == "not_ready"
    assert [problem["text"] for problem in row.problems] == PayRun.objects.get(branch=office["B002"]).problems != []


def test_the_last_branch_ends_the_close_and_its_sums_are_those_of_the_slips(office: Office) -> None:
    close = started(office)
    assert close.state == states.ENDED
    assert (close.computed, close.headcount) == (3, 7)
    assert close.net_total == sum(slip.net_pay for slip in PaySlip.objects.all()) != 0
    assert close.gross_total == sum(run.gross_total for run in PayRun.objects.all())
    assert close.differences == []
    said = "2026年8月公司月结:4 家营业部中 3 家已核算,1 家未就绪;合计与各营业部之和一致"
    told = Notice.objects.filter(text=said)
    assert {notice.person_id for notice in told} == {office.starter.pk, office.finance.pk}
    assert AuditRow.objects.filter(act="close.end").count() == 1


def test_a_run_that_disagrees_with_its_slips_is_named(office: Office) -> None:
    started(office)
    with tampering():
        PayRun.objects.filter(branch=office["B002"]).update(net_total=1)
    assert queries.totals_of(AUGUST).differences == ["第2营业部:月报合计与工资单之和不一致,请由营业部财务重新计算"]


def test_the_close_pays_what_the_branch_itself_would_have(office: Office) -> None:
    with committed():
        own = runs.compute(branch=office["B001"], month=AUGUST, by=office.finance_of["B001"])
    digest = PayRun.objects.get(pk=own.pk).digest
    runs.void(run_id=own.pk, reason="x", by=office.finance_of["B001"])
    started(office)
    assert PayRun.objects.live().get(branch=office["B001"]).digest == digest != ""


def test_the_finance_of_each_branch_hears_what_to_do(office: Office) -> None:
    started(office)
    told = Notice.objects.filter(person__staff_no__startswith="F", key__startswith="close:")
    texts = {notice.person.staff_no: notice.text for notice in told}
    assert texts["FB001"] == "2026年8月薪酬已由公司月结算完,请核对后送审"
    assert texts["FB004"].startswith("2026年8月公司月结时本营业部未就绪")
    assert not Notice.objects.filter(key__startswith="job:").exists()


def test_sending_up_stays_with_the_branch_and_makes_its_finance_the_maker(office: Office) -> None:
    started(office)
    run = PayRun.objects.get(branch=office["B001"])
    assert run.maker == office.starter
    with pytest.raises(Forbidden):
        runs.send_up(run_id=run.pk, by=office.starter)
    with_signers(office["B001"])
    with committed():
        sent = runs.send_up(run_id=run.pk, by=office.finance_of["B001"])
    assert sent.maker == office.finance_of["B001"]


def test_starting_again_takes_up_only_what_is_not_done(office: Office) -> None:
    started(office)
    digests = list(PayRun.objects.order_by("pk").values_list("pk", "digest", "job"))
    branch = office["B004"]
    make_ready(branch, [row.person for row in branch.engagements.select_related("person")], office.finance_of["B004"])
    close = started(office)
    assert (close.round, close.state, close.computed) == (2, states.ENDED, 4)
    assert standing(close)["B004"] == "review"
    assert list(PayRun.objects.exclude(branch=branch).order_by("pk").values_list("pk", "digest", "job")) == digests
    assert Job.objects.filter(kind=actions.JOB).count() == 5
    with pytest.raises(Refusal, match="没有要算的"):
        actions.start(month=AUGUST, by=office.starter)


def test_a_branch_that_computed_itself_is_left_alone(office: Office) -> None:
    with committed():
        runs.compute(branch=office["B002"], month=AUGUST, by=office.finance_of["B002"])
    before = PayRun.objects.values().get(branch=office["B002"])
    close = started(office)
    assert standing(close)["B002"] == "skipped"
    assert PayRun.objects.values().get(branch=office["B002"]) == before
    assert close.computed == 3


def test_a_branch_whose_own_finance_is_at_it_is_left_to_them(office: Office) -> None:
    run = runs.compute(branch=office["B002"], month=AUGUST, by=office.finance_of["B002"])  # no worker has come yet
    close = started(office)
    assert standing(close)["B002"] == "skipped"
    jobs.run(run.job_id)
    assert PayRun.objects.get(pk=run.pk).state == run_states.REVIEW


def test_a_press_while_the_close_reckons_joins_it(office: Office) -> None:
    actions.start(month=AUGUST, by=office.starter)
    job = Job.objects.get(kind=actions.JOB, branch=office["B001"])
    runs.compute_in_close(branch=office["B001"], month=AUGUST, by=office.starter, job=job)
    run = runs.compute(branch=office["B001"], month=AUGUST, by=office.finance_of["B001"])
    assert run.job_id == job.pk
    assert not Job.objects.filter(kind=runs.JOB).exists()


def test_a_run_given_up_since_is_taken_up_again(office: Office) -> None:
    started(office)
    run = PayRun.objects.get(branch=office["B003"])
    runs.void(run_id=run.pk, reason="更正", by=office.finance_of["B003"])
    close = started(office)
    assert standing(close)["B003"] == "review"
    assert PayRun.objects.live().get(branch=office["B003"]).version == 2


def test_a_version_sent_back_waits_for_its_finance(office: Office) -> None:
    started(office)
    PayRun.objects.filter(branch=office["B003"]).update(state=run_states.RETURNED)
    close = started(office)
    row = close.branches.get(branch=office["B003"])
    assert row.state == "not_ready"
    assert row.problems[0]["text"] == "第 1 版已退回,请营业部财务更正后重新计算"


def test_small_branches_go_first(db: None) -> None:
    office = company_of([5, 1, 3, 2], ready=[])
    actions.start(month=AUGUST, by=office.starter)
    order = [job.branch.code for job in Job.objects.filter(kind=actions.JOB).select_related("branch").order_by("pk")]
    assert order == ["B002", "B004", "B003", "B001"]


def test_only_whoever_holds_the_power_over_the_company(office: Office) -> None:
    for person in (office.finance, office.finance_of["B001"]):
        with pytest.raises(Forbidden):
            actions.start(month=AUGUST, by=person)


def test_a_month_that_goes_on_cannot_be_closed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions.timezone, "localdate", lambda *_: date(2026, 8, 31))
    with pytest.raises(Refusal, match="2026-09-01 起可以发起"):
        actions.start(month=AUGUST, by=office.starter)


def test_a_company_without_a_scheme_has_nothing_to_close(office: Office) -> None:
    with pytest.raises(Refusal, match="没有一家营业部"):
        actions.start(month=AUGUST + -24, by=office.starter)


def test_cancelling_stops_what_has_not_begun(office: Office) -> None:
    close = actions.start(month=AUGUST, by=office.starter)
    row = close.branches.get(branch=office["B001"])
    BranchClose.objects.filter(pk=row.pk).update(state=states.WORKING)
    Job.objects.filter(pk=row.job_id).update(state=Job.State.RUNNING, lease_until=timezone.now())
    close = actions.cancel(month=AUGUST, by=office.starter)
    assert close.state == states.CANCELLED
    assert standing(close) == {"B001": "working", "B002": "dropped", "B003": "dropped", "B004": "dropped"}
    for job in Job.objects.filter(kind=actions.JOB):  # messages arrive all the same; the one at work is taken up again
        Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(lease_until=LONG_AGO)
        jobs.run(job.pk)
    assert standing(close) == {"B001": "review", "B002": "dropped", "B003": "dropped", "B004": "dropped"}
    assert PayRun.objects.count() == 1
    close.refresh_from_db()
    assert close.state == states.CANCELLED
    again = started(office)
    assert standing(again) == {"B001": "review", "B002": "review", "B003": "review", "B004": "not_ready"}


def test_a_worker_killed_between_the_pay_and_the_close_is_taken_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: Any, **__: Any) -> str:
        raise SystemExit

    actions.start(month=AUGUST, by=office.starter)
    job = Job.objects.get(kind=actions.JOB, branch=office["B001"])
    with monkeypatch.context() as patch:
        patch.setattr(close_working, "_settle", dies)
        with pytest.raises(SystemExit):
            jobs.run(job.pk)
    before = list(PaySlip.objects.order_by("pk").values())
    assert len(before) == 3
    Job.objects.filter(pk=job.pk).update(lease_until=LONG_AGO)
    jobs.run(job.pk)
    row = BranchClose.objects.get(branch=office["B001"])
    assert (row.state, row.run) == ("review", PayRun.objects.get())  # its own work, not the branch's
    assert list(PaySlip.objects.order_by("pk").values()) == before


def test_a_branch_that_breaks_ends_as_failed_and_holds_nobody_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    real = close_working.compute_run

    def breaks(progress: Any, params: Any, **named: Any) -> Any:
        if PayRun.objects.get(pk=params["run"]).branch.code == "B002":
            raise ZeroDivisionError
        return real(progress, params, **named)

    monkeypatch.setattr(close_working, "compute_run", breaks)
    actions.start(month=AUGUST, by=office.starter)
    for job in Job.objects.filter(kind=actions.JOB).order_by("pk"):
        for _ in range(jobs.MAX_ATTEMPTS if job.branch_id == office["B002"].pk else 1):
            Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(lease_until=LONG_AGO)
            try:
                jobs.run(job.pk)
            except ZeroDivisionError:
                continue
    close = CompanyClose.objects.get()
    assert standing(close) == {"B001": "review", "B002": "failed", "B003": "review", "B004": "not_ready"}
    assert close.state == states.ENDED
    monkeypatch.setattr(close_working, "compute_run", real)
    assert standing(started(office))["B002"] == "review"


def test_the_beat_ends_a_close_whose_jobs_died_without_a_word(office: Office) -> None:
    close = actions.start(month=AUGUST, by=office.starter)
    Job.objects.filter(kind=actions.JOB).update(state=Job.State.FAILED, error="系统故障\n明细")
    actions.tidy()
    close.refresh_from_db()
    assert close.state == states.ENDED
    assert set(close.branches.values_list("state", "note")) == {("failed", "系统故障")}


# --- reminding ---------------------------------------------------------------------------------------------------------
def reminders() -> list[Notice]:
    return list(Notice.objects.filter(key__startswith="close.remind").order_by("pk"))


def test_a_reminder_says_what_is_missing_once_a_day(office: Office) -> None:
    with committed():
        assert actions.remind(month=AUGUST, codes=["B004"], by=office.starter) == (["第4营业部"], [])
    with committed():
        assert actions.remind(month=AUGUST, codes=["B004", "B001"], by=office.starter) == (["第1营业部"], ["第4营业部"])
    assert [(notice.person.staff_no, notice.text) for notice in reminders()] == [
        ("FB004", "2026年8月月结还差:未导入、缺核算输入,请尽快办理"),
        ("FB001", "2026年8月月结还差:未计算,请尽快办理"),
    ]
    assert AuditRow.objects.filter(act="close.remind").count() == 2


def test_a_branch_without_finance_cannot_be_reminded(office: Office) -> None:
    RoleHolding.objects.filter(branch=office["B004"]).delete()
    with pytest.raises(Refusal, match="没有营业部财务"):
        actions.remind(month=AUGUST, codes=["B004"], by=office.starter)
    with pytest.raises(Refusal, match="不用提醒"):
        actions.remind(month=AUGUST, codes=["nowhere"], by=office.starter)
    with pytest.raises(Forbidden):
        actions.remind(month=AUGUST, codes=["B001"], by=office.finance)
