"""The pages of a run: what each role sees, the one main button, and a small number of statements."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from branch.audit.models import AuditRow
from kernel.refusals import Refusal
from payroll.runs import actions, states, views
from payroll.runs.models import PayRun
from tests.factories.branch import People, give_role, make_branch, make_person
from tests.factories.close import committed, computed
from tests.factories.runs import AUGUST, fresh, sign, three


def browser(people: People, staff_no: str) -> Client:
    client = Client()
    client.force_login(people[staff_no].user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(response: object) -> str:
    return re.sub(r"\s+", " ", response.content.decode())  # type: ignore[attr-defined]


def test_the_board_walks_from_step_to_step(people: People) -> None:
    finance = browser(people, "600002")
    address = reverse("payroll:month-board") + "?branch=0755FT&month=2026-08"
    page = finance.get(address)
    names = [step.name for step in page.context["steps"]]
    assert names == [
        "名册",
        "期初",
        "导入",
        "关系确认",
        "异常处理",
        "复核锁定",
        "核算输入",
        "计算",
        "送审",
        "签字",
        "发放",
        "备案",
    ]
    run = computed(people, AUGUST)
    steps = {step.name: step for step in finance.get(address).context["steps"]}
    assert (steps["计算"].state, steps["送审"].state, steps["签字"].state) == ("done", "now", "waiting")
    with committed():
        actions.send_up(run_id=run.pk, by=people["600002"])
    steps = {step.name: step for step in finance.get(address).context["steps"]}
    assert "已签 0/3,待主办会计" in steps["签字"].words


def test_computing_and_sending_up_by_the_page(people: People) -> None:
    finance = browser(people, "600002")
    with committed():
        answer = finance.post(reverse("payroll:run-compute"), {"branch": "0755FT", "month": "2026-08"})
    run = PayRun.objects.get()
    assert answer["Location"] == reverse("payroll:run-detail", args=[run.pk])
    assert run.state == states.REVIEW
    page = text(finance.get(answer["Location"]))
    assert "送审" in page
    assert page.count("btn btn-primary") == 1
    assert "陆晨伟" in page
    assert "营销一部" in page
    with committed():
        finance.post(reverse("payroll:run-send-up", args=[run.pk]))
    assert fresh(run).state == states.APPROVING


def test_the_page_lists_what_is_missing(people: People) -> None:
    people["600103"].monthly_inputs.all().delete()
    run = computed(people, AUGUST)
    page = text(browser(people, "600002").get(reverse("payroll:run-detail", args=[run.pk])))
    assert "600103 丁一凡:2026年8月的核算输入没有此人" in page


@pytest.mark.parametrize(
    ("staff_no", "status"), [("600002", 200), ("600003", 200), ("600005", 200), ("600001", 403), ("600103", 403)]
)
def test_only_holders_of_pay_view_open_a_run(people: People, staff_no: str, status: int) -> None:
    run = computed(people, AUGUST)
    client = browser(people, staff_no)
    for name in ("run-detail", "run-print", "run-changes"):
        assert client.get(reverse(f"payroll:{name}", args=[run.pk])).status_code == status
    assert client.get(reverse("payroll:run-list")).status_code == status


def test_another_branch_gets_404(people: People) -> None:
    run = computed(people, AUGUST)
    stranger = make_person("700002", "外部财务")
    give_role(stranger, "branch_finance", branch=make_branch("0010BJ", "北京营业部"))
    client = browser(People(people.branch, {"x": stranger}), "x")
    slip = run.slips.first()
    for name, args in (("run-detail", [run.pk]), ("run-print", [run.pk]), ("slip-detail", [slip.pk])):
        assert client.get(reverse(f"payroll:{name}", args=args)).status_code == 404
    for name in ("run-send-up", "run-void", "run-issue", "run-file", "run-withdraw"):
        assert client.post(reverse(f"payroll:{name}", args=[run.pk]), {"reason": "x"}).status_code == 404
    assert fresh(run).state == states.REVIEW


def test_the_paper_carries_signatures_and_words(people: People) -> None:
    run = computed(people, AUGUST)
    with committed():
        actions.send_up(run_id=run.pk, by=people["600002"])
    sign(fresh(run).approval, *three(people))
    page = text(browser(people, "600005").get(reverse("payroll:run-print", args=[run.pk])))
    for word in ("制表", "营业部财务复核", "主办会计", "副经理(经理助理)", "邓杰", "武兰晨", "曾艳", "实发合计(大写)", "备案号"):
        assert word in page
    assert "未批准" not in page
    assert "landscape" in page


def test_the_paper_is_logged_as_a_download_is(people: People) -> None:
    run = computed(people, AUGUST)
    browser(people, "600003").get(reverse("payroll:run-print", args=[run.pk]))
    logged = AuditRow.objects.get(act="run.print")
    assert (logged.actor_id, logged.details["rows"], logged.details["digest"]) == (people["600003"].pk, 5, fresh(run).digest)
    assert "5 人" in logged.summary


def test_the_approver_sees_the_document_and_what_changed(people: People) -> None:
    run = computed(people, AUGUST)
    with committed():
        actions.send_up(run_id=run.pk, by=people["600002"])
    request = fresh(run).approval
    page = text(browser(people, "600003").get(request.get_absolute_url()))
    assert "实发合计" in page
    assert "逐人明细" in page
    sign(request, people["600003"], act="return", opinion="核对 600103 的其他补贴")
    people["600103"].monthly_inputs.update(other_allowance=555)
    again = computed(people, AUGUST)
    with committed():
        actions.send_up(run_id=again.pk, by=people["600002"])
    page = text(browser(people, "600003").get(request.get_absolute_url()))
    assert "与第 1 版相比的变化" in page
    assert "丁一凡(600103)" in page
    changes = text(browser(people, "600003").get(reverse("payroll:run-changes", args=[again.pk])))
    assert "津贴" in changes
    assert "555.00" in changes


def test_statements_of_the_run_page_do_not_grow_with_people(people: People) -> None:
    run = computed(people, AUGUST)
    client = browser(people, "600002")
    address = reverse("payroll:run-detail", args=[run.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as five:
        client.get(address)
    run.slips.exclude(staff_no="600101").delete()
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    assert len(five) == len(one) <= 20


def test_issue_and_filing_by_the_page(people: People) -> None:
    run = computed(people, AUGUST)
    with committed():
        actions.send_up(run_id=run.pk, by=people["600002"])
    sign(fresh(run).approval, *three(people))
    finance = browser(people, "600002")
    finance.post(reverse("payroll:run-issue", args=[run.pk]), {"issued_on": "2026-09-07"})
    assert fresh(run).state == states.ISSUED
    finance.post(reverse("payroll:run-file", args=[run.pk]))
    filing = fresh(run).filing
    office = browser(people, "100001")
    assert office.get(reverse("archives:filing-file", args=[filing.pk])).content[:2] == b"PK"
    assert reverse("payroll:run-detail", args=[run.pk]) not in text(
        office.get(reverse("archives:filing-detail", args=[filing.pk]))
    )
    slip = run.slips.first()
    for name, one in (("run-detail", run.pk), ("run-print", run.pk), ("slip-detail", slip.pk), ("run-outputs", run.pk)):
        assert office.get(reverse(f"payroll:{name}", args=[one])).status_code == 403, "it keeps the report, it reads no pay"
    office.post(reverse("archives:filing-detail", args=[filing.pk]), {"number": "综备〔2026〕77号", "location": ""})
    assert fresh(run).state == states.FILED
    page = text(finance.get(reverse("payroll:run-detail", args=[run.pk])))
    assert "综备〔2026〕77号" in page


def test_the_month_of_payment_stands_where_a_month_is_computed(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "next_step", lambda steps: next(step for step in steps if step.name == "计算"))
    finance = browser(people, "600002")
    board = reverse("payroll:month-board") + "?branch=0755FT&month=2026-08"
    page = text(finance.get(board))
    assert 'value="2026-09"' in page, "the scheme pays in the month after"
    assert "税款所属期随发放月份" in page
    with committed():
        finance.post(reverse("payroll:run-compute"), {"branch": "0755FT", "month": "2026-08", "pay_month": "2026-10"})
    run = PayRun.objects.get()
    assert str(run.pay_month) == "2026-10"
    assert 'value="2026-10"' in text(finance.get(reverse("payroll:run-detail", args=[run.pk])))
    assert "税款所属期" not in text(browser(people, "600003").get(board)), "only for who computes"


def test_a_payment_before_the_month_is_refused(people: People) -> None:
    finance = browser(people, "600002")
    given = {"branch": "0755FT", "month": "2026-08", "pay_month": "2026-07"}
    assert "发放月份 2026年7月早于所属月份 2026年8月" in text(finance.post(reverse("payroll:run-compute"), given, follow=True))
    with pytest.raises(Refusal, match="早于所属月份"):
        actions.compute(branch=people.branch, month=AUGUST, pay_month=AUGUST.previous, by=people["600002"])
    assert not PayRun.objects.exists()
