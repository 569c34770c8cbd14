"""The pages of the outputs: what can be taken from an approved run, and head office's sums by branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from branch.exports.models import Export
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import allows
from payroll.outputs import access, bank, company, exports, insurance, queries, summaries
from payroll.outputs.forms import CompanyForm
from payroll.outputs.pay import brokers, employees
from payroll.runs.models import PayRun
from payroll.runs.queries import run_for

SECTION = ("薪酬与考核", "")


@dataclass(frozen=True)
class Offer:
    """One output as the page offers it: what it is, who last took it, and what stands in its way."""

    kind: str
    label: str
    content: str
    last: Export | None
    secret: bool = False
    csv: bool = False
    hindered: str = ""


@require_GET
@door(Power.PAY_EXPORT, Power.PAY_ISSUE)
def run_outputs(request: PersonRequest, run_id: int) -> HttpResponse:
    """输出与报送: the control totals side by side, what can be taken, and by whom it was taken when."""
    run = run_for(request.person, run_id)
    crumbs = [
        SECTION,
        ("薪酬月报", reverse("payroll:run-list")),
        (run.number, reverse("payroll:run-detail", args=[run.pk])),
        ("输出与报送", ""),
    ]
    context: dict[str, Any] = {"title": f"{run.month.label}输出与报送", "crumbs": crumbs, "run": run}
    if run.state in queries.READY:
        context |= _outputs(request, run)
    return render(request, "payroll/outputs/run_outputs.html", context)


def _outputs(request: PersonRequest, run: PayRun) -> dict[str, Any]:
    month, taken = queries.month_of(run), queries.taken_of(run)
    pays_out = allows(access.may_pay_out, request.person, run.branch)
    sums_up = allows(access.may_sum_up, request.person, run.branch)
    last = {export.kind: export for export in reversed(taken)}
    lacking = bank.lacking(month.pays, queries.having_account(month.pays))
    return {
        "checks": month.checked.checks,
        "faults": month.checked.faults,
        "holds": month.checked.holds,
        "offers": _offers(month, last, pays_out=pays_out, sums_up=sums_up, lacking=len(lacking)),
        "lacking": lacking,
        "unpaid": bank.unpaid(month.pays),
        "others": queries.same_payment(run),
        "outside": queries.paid_outside(run.branch, run.pay_month),
        "items": insurance.by_item(month.pays),
        "entries": summaries.voucher(month.pays),
        "taken": taken[:20],
        "query": f"run={run.pk}",
    }


def _offers(month: queries.ApprovedMonth, last: dict[str, Export], *, pays_out: bool, sums_up: bool, lacking: int) -> list[Offer]:
    pays = month.pays
    found: list[Offer] = []
    if pays_out:
        words = f"{len(bank.payable(pays))} 笔:户名、账号、开户行、金额、摘要"
        hindered = f"{lacking} 人没有银行账号" if lacking else ""
        found.append(Offer(exports.BANK, "代发文件", words, last.get(exports.BANK), secret=True, csv=True, hindered=hindered))
        for kind, label, people in (
            (exports.WAGES, "个税申报(工资薪金)", employees(pays)),
            (exports.BROKER, "个税申报(证券经纪人)", brokers(pays)),
        ):
            words = f"{len(people)} 人,税款所属期 {month.run.pay_month.label};申报端导入格式,附核对表"
            found.append(Offer(kind, label, words, last.get(kind), secret=True, hindered="" if people else "本月没有此类人员"))
    if sums_up:
        for kind, label, words in (
            (exports.INSURANCE, "社保公积金清单", f"{len(employees(pays))} 人,逐项列个人与单位"),
            (exports.SUMMARY, "薪酬汇总与会计凭证", "按团队、按职级,计提与发放凭证的金额"),
            (exports.YEAR, "本年累计", f"{month.run.pay_month.year} 年逐人累计,至本次发放"),
        ):
            found.append(Offer(kind, label, words, last.get(kind)))
    return found


@require_GET
@door(Power.CLOSE_VIEW)
def company_summary(request: PersonRequest) -> HttpResponse:
    """公司薪酬汇总: the sums of the approved months by branch; nobody's own pay."""
    form = CompanyForm(request.GET)
    month = form.chosen()
    rows = company.totals_of(month) if month else []
    context = {
        "title": "公司薪酬汇总",
        "crumbs": [SECTION, ("公司薪酬汇总", "")],
        "filters": form,
        "month": month,
        "rows": rows,
        "total": company.summed(rows),
        "fewest": company.FEWEST,
        "query": f"month={month}" if month else "",
    }
    return render(request, "payroll/outputs/company_summary.html", context)
