"""A payslip is the person's own, from approval on; finance reads every line's reason."""

from __future__ import annotations

import pytest
from django.urls import reverse

from payroll.runs import actions
from payroll.runs.models import PayRun
from payroll.runs.payslip import payslip_of
from tests.factories.branch import People
from tests.factories.close import committed, computed
from tests.factories.runs import AUGUST, fresh, sign, three
from tests.payroll.runs.test_views import browser, text


@pytest.fixture
def approved(people: People) -> PayRun:
    run = computed(people, AUGUST)
    with committed():
        actions.send_up(run_id=run.pk, by=people["600002"])
    sign(fresh(run).approval, *three(people))
    return fresh(run)


def test_before_approval_nobody_has_a_payslip(people: People) -> None:
    run = computed(people, AUGUST)
    client = browser(people, "600103")
    slip = run.slips.get(staff_no="600103")
    assert client.get(reverse("payroll:my-slip", args=[slip.pk])).status_code == 404
    assert "还没有您的工资单" in text(client.get(reverse("payroll:my-slips")))


def test_own_payslip_has_shenzhens_fields_and_reasons(people: People, approved: PayRun) -> None:
    slip = approved.slips.get(staff_no="600103")
    page = text(browser(people, "600103").get(reverse("payroll:my-slip", args=[slip.pk])))
    for field in ("支付单位", "计发时段", "发放时间", "姓名", "正常工作时间", "加班时间", "应发项目", "扣除项目", "工资账号"):
        assert field in page
    assert "2026-08-01 至 2026-08-31" in page
    assert "为什么是这个数" in page
    assert f"{slip.net_pay:,.2f}" in page
    assert "has-watermark" in page


@pytest.mark.parametrize("staff_no", ["600102", "600101", "600001"])
def test_nobody_elses_payslip_exists(people: People, approved: PayRun, staff_no: str) -> None:
    slip = approved.slips.get(staff_no="600103")
    client = browser(people, staff_no)
    assert client.get(reverse("payroll:my-slip", args=[slip.pk])).status_code == 404
    assert client.get(reverse("payroll:slip-print", args=[slip.pk])).status_code == 404
    assert client.post(reverse("payroll:my-slip-confirm", args=[slip.pk])).status_code == 404
    assert client.get(reverse("payroll:slip-detail", args=[slip.pk])).status_code in (403, 404)
    slip.refresh_from_db()
    assert slip.confirmed_at is None


def test_confirming_by_the_page(people: People, approved: PayRun) -> None:
    slip = approved.slips.get(staff_no="600103")
    client = browser(people, "600103")
    client.post(reverse("payroll:my-slip-confirm", args=[slip.pk]))
    slip.refresh_from_db()
    assert slip.confirmed_by_id == people["600103"].pk
    assert "已确认" in text(client.get(reverse("payroll:my-slip", args=[slip.pk])))


def test_finance_reads_every_line_and_the_chain(people: People, approved: PayRun) -> None:
    slip = approved.slips.get(staff_no="600101")
    page = text(browser(people, "600002").get(reverse("payroll:slip-detail", args=[slip.pk])))
    for line in slip.explained():
        assert line.label in page
    assert "截至 2026年8月发放(期初)" in page
    assert "深营营销〔2026〕1号" in page
    assert "逐户明细" in page


def test_the_items_lead_to_the_totals(approved: PayRun) -> None:
    for slip in approved.slips.select_related("run", "run__branch"):
        found = payslip_of(slip, payer="华展证券")
        assert sum(i.amount for i in found.earnings) - sum(i.amount for i in found.taken) == found.gross
        assert found.gross - sum(i.amount for i in found.deductions) == found.net


def test_a_broker_has_no_working_time(approved: PayRun) -> None:
    slip = approved.slips.select_related("run", "run__branch").get(staff_no="600105")
    assert payslip_of(slip, payer="x").normal_time == "委托合同,不计考勤"


def test_the_a4_payslip(people: People, approved: PayRun) -> None:
    slip = approved.slips.get(staff_no="600103")
    page = text(browser(people, "600103").get(reverse("payroll:slip-print", args=[slip.pk])))
    assert "实发合计(大写)" in page
    assert "工资账号" in page
