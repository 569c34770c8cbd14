"""输出与报送 and 公司薪酬汇总: who sees what, what stands in the way, and that no page shows a full number."""

from __future__ import annotations

from decimal import Decimal

from django.test import Client

from branch.org.models import Branch, Department
from payroll.outputs.company import BranchTotals, merged
from payroll.runs.models import PayRun, PaySlip
from tests.factories.branch import People, give_role, make_person
from tests.factories.tampering import tampering
from tests.payroll.outputs.conftest import Taking


def page(people: People, who: str, address: str) -> tuple[int, str]:
    browser = Client()
    browser.force_login(people[who].user, backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.get(address)
    return answer.status_code, answer.content.decode()


def test_finance_sees_every_output_and_the_totals_side_by_side(people: People, run: PayRun, take: Taking) -> None:
    take("pay-bank")
    status, said = page(people, "600002", f"/payroll/runs/{run.pk}/outputs/")
    assert status == 200
    for kind in ("pay-bank", "iit-wages", "iit-broker", "pay-insurance", "pay-summary", "pay-year"):
        assert f"/exports/new/{kind}/?run={run.pk}" in said
    assert f"{run.net_total:,.2f}" in said
    assert "不一致" not in said
    assert "八月发放" in said  # the purpose of what was taken
    assert people["600101"].bank_account not in said
    assert people["600101"].id_number not in said


def test_a_signer_is_offered_sums_alone(people: People, run: PayRun) -> None:
    _, said = page(people, "600003", f"/payroll/runs/{run.pk}/outputs/")
    assert "/exports/new/pay-summary/" in said
    assert "/exports/new/pay-bank/" not in said
    assert page(people, "600001", f"/payroll/runs/{run.pk}/outputs/")[0] == 403
    assert page(people, "600101", f"/payroll/runs/{run.pk}/outputs/")[0] == 403


def test_while_papers_differ_nothing_is_offered(people: People, run: PayRun) -> None:
    with tampering():
        PaySlip.objects.filter(staff_no="600103").update(net_pay=Decimal("0.01"))
    _, said = page(people, "600002", f"/payroll/runs/{run.pk}/outputs/")
    assert "/exports/new/" not in said
    assert "丁一凡" in said
    assert "不一致" in said


def test_who_lacks_an_account_is_named_beside_the_button_that_is_away(people: People, run: PayRun) -> None:
    person = people["600103"]
    person.bank_account = ""
    person.save()
    _, said = page(people, "600002", f"/payroll/runs/{run.pk}/outputs/")
    assert "1 人没有银行账号" in said
    assert "/exports/new/pay-bank/" not in said
    assert "/exports/new/iit-wages/" in said


def test_before_approval_the_page_says_what_it_waits_for(people: People, run: PayRun) -> None:
    PayRun.objects.filter(pk=run.pk).update(state="review")
    _, said = page(people, "600002", f"/payroll/runs/{run.pk}/outputs/")
    assert "批准之后才能生成" in said
    assert "/exports/new/" not in said


def test_head_office_sees_sums_by_branch_and_nobodys_pay(people: People, run: PayRun) -> None:
    office = people.by_no["100003"] = make_person("100003", "财务部某")
    give_role(office, "finance_department", department=Department.objects.create(code="finance", name="财务部"))
    status, said = page(people, "100003", "/payroll/company/")
    assert status == 200
    assert f"{run.net_total:,.2f}" in said
    assert "深圳福田营业部" in said
    assert all(name not in said for name in PaySlip.objects.values_list("name", flat=True))
    assert page(people, "600002", "/payroll/company/")[0] == 403
    PayRun.objects.filter(pk=run.pk).update(state="review")
    assert "还没有可汇总的月报" in page(people, "100003", "/payroll/company/")[1]
    assert page(people, "100003", "/payroll/company/?month=1999-01")[0] == 200


def totals(code: str, headcount: int) -> BranchTotals:
    amount = Decimal(headcount * 1000)
    return BranchTotals(code, f"{code}营业部", "已批", headcount, amount, amount / 10, amount / 2, amount / 5)


def test_few_people_are_put_together_until_nobody_stands_alone() -> None:
    rows = [totals("A", 30), totals("B", 2), totals("C", 4), totals("D", 9)]
    found = merged(rows)
    assert [row.code for row in found] == ["A", "D", ""]
    assert found[-1].headcount == 6
    assert sum(row.gross_total for row in found) == sum(row.gross_total for row in rows)
    assert merged([totals("B", 2)]) == []
    assert merged(rows[:1]) == rows[:1]
    assert [row.headcount for row in merged([totals("A", 30), totals("B", 2)])] == [32]
    two_small = merged([totals("A", 30), totals("B", 2), totals("C", 2)])
    assert [row.headcount for row in two_small] == [30, 4]


def test_the_company_page_costs_the_same_for_1_and_3_branches(
    people: People, run: PayRun, django_assert_max_num_queries: object
) -> None:
    office = people.by_no["100002"] = make_person("100002", "渠道部某")
    give_role(office, "channel_department", department=Department.objects.create(code="channel", name="渠道管理部"))
    counts, browser = [], Client()
    browser.force_login(office.user, backend="django.contrib.auth.backends.ModelBackend")
    for number in range(2):
        with django_assert_max_num_queries(40) as seen:  # type: ignore[operator]
            assert browser.get("/payroll/company/").status_code == 200
        counts.append(len(seen))
        for copy in range(2):
            branch = Branch.objects.create(code=f"B{number}{copy}", name=f"分支{number}{copy}", document_prefix="x")
            other = PayRun.objects.get(pk=run.pk)
            other.pk, other.branch, other.number = None, branch, f"XC-{branch.code}"
            other.save()
    assert counts[0] == counts[1] <= 25  # those of the frame (menu, badges) included


def test_the_company_file_holds_the_pages_rows(people: People, run: PayRun, take: Taking) -> None:
    office = people.by_no["100003"] = make_person("100003", "财务部某")
    give_role(office, "finance_department", department=Department.objects.create(code="finance", name="财务部"))
    book = take("company-pay", "100003", query=f"month={run.month}")
    cells = [value for row in book.worksheets[0].iter_rows(values_only=True) for value in row]
    assert "深圳福田营业部" in cells
    assert float(run.net_total) in [value for value in cells if isinstance(value, float | int)]
