"""A report as a kind of approval (art. 6): what the reviewers see, and what follows from each of their acts.

A request is read by more people than may see pay: what it shows and keeps leaves the pay amount out (`access.everybodys`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from approvals.requests.kinds import Difference, Document, Kind, Paper
from approvals.requests.models import Request
from archives.actions import hand_over
from branch.audit.actions import record
from branch.files.actions import keep
from branch.people.models import Person
from kernel.refusals import Unknown
from teams.plans.reports import access, charts, queries, rules, states, tables, word
from teams.plans.reports.models import AnalysisReport
from teams.plans.rulebooks.rules import differences as by_paragraph

KIND = "analysis_report"
KEEP_YEARS = 10
"""Years a report is kept (art. 22 says 存档保管; the number is this product's default)."""
HEADLINES = {
    "accounts": "新增开户(户)",
    "net_income": "净收入(元)",
    "assets_end": "期末资产(元)",
    "product_sales": "产品销售(元)",
}
FACT_LABELS = {"kind": "类别", "period": "期间", "team": "团队", **rules.TEXTS, **HEADLINES}


def report_of(request: Request) -> AnalysisReport:
    """The report a request is about. Raises Unknown."""
    rows = AnalysisReport.objects.filter(approval=request).select_related("branch", "team", "team__branch", "made_by")
    found = rows.first()
    if found is None:
        raise Unknown("这份申请没有对应的业务分析报告")
    return found


def facts(report: AnalysisReport) -> dict[str, Any]:
    """What a round keeps, and what a route may ask about (`kind`: 月度, 半年, 年度)."""
    total = report.figures["total"]
    return {
        "kind": report.get_kind_display(),
        "period": report.period,
        "team": report.team.name,
        **report.texts,
        **{name: str(total[name]) for name in HEADLINES},
    }


def shown(report: AnalysisReport, sight: access.Sight) -> dict[str, Any]:
    """What the report's page, the reviewers' document and the paper show alike."""
    return {
        "report": report,
        "blocks": tables.blocks(report.figures, sight),
        "charts": charts.shown(report.figures),
        "texts": report.labelled_texts,
    }


def describe(request: Request) -> Document:
    report = report_of(request)
    total = report.figures["total"]
    found: list[tuple[str, Any]] = [
        ("营业部", report.branch.name),
        ("团队", report.team.name),
        ("期间", report.period),
        ("新增开户", f"{total['accounts']} 户"),
        ("净收入(元)", tables.money(total["net_income"])),
        ("期末资产(元)", tables.money(total["assets_end"])),
        ("编制", report.made_by.name),
    ]
    return Document(
        found, report.get_absolute_url(), "plans/reports/_content.html", shown(report, access.everybodys()) | {"plain": True}
    )


def paper(request: Request) -> Paper:
    return Paper("plans/reports/_paper.html", shown(report_of(request), access.everybodys()))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """The texts by paragraph, the headline figures as they are."""
    found = [
        Difference(label, str(before.get(name, "无")), str(after.get(name, "无")))
        for name, label in HEADLINES.items()
        if before.get(name) != after.get(name)
    ]
    for name, label in rules.TEXTS.items():
        pairs = by_paragraph(before.get(name, ""), after.get(name, ""))
        found += [Difference(label, old or "无", new or "无") for old, new in pairs]
    return found


def current_digest(request: Request) -> str:
    """The content as it is now; a report that is no longer being reviewed has none."""
    report = report_of(request)
    return report.digest if report.state == states.SUBMITTED else ""


def may_see(person: Person, request: Request) -> bool:
    return AnalysisReport.objects.visible_to(person).filter(approval=request).exists()


def _moved(request: Request, act: str) -> AnalysisReport:
    """The report after the move, under its own lock; the request's lock is already held."""
    rows = AnalysisReport.objects.select_for_update(of=("self",)).select_related("branch", "team__branch", "made_by", "approval")
    report = rows.get(approval=request)
    report.state = states.REPORT.after(report.state, act)
    return report


def on_approved(request: Request, by: Person) -> None:
    """The last signature: the whole report goes to the archive as a Word file, which 综合室 receives under its 备案号."""
    report = _moved(request, "approve")
    report.approved_at = timezone.now()
    signed = [(one.label, one.name) for one in queries.signatures(report)]
    content = word.document(report, tables.blocks(report.figures, access.WHOLE), signatures=signed)
    report.file = keep(content, name=word.file_name(report), content_type=word.DOCX, by=request.applicant)
    report.filing = hand_over(
        kind=KIND,
        title=f"{report.branch.name}{report}",
        branch=report.branch,
        month=report.month,
        file=report.file,
        keep_years=KEEP_YEARS,
        by=request.applicant,
    )
    report.save()
    note_down(by, "approved", report, f"{report}审核通过并报送归档", sha256=report.file.sha256)


def on_returned(request: Request, by: Person) -> None:
    _noted(request, "return", by, "被退回")


def on_rejected(request: Request, by: Person) -> None:
    _noted(request, "reject", by, "未通过审核")


def on_withdrawn(request: Request, by: Person) -> None:
    _noted(request, "withdraw", by, "撤回")


def _noted(request: Request, act: str, by: Person, said: str) -> None:
    report = _moved(request, act)
    report.save(update_fields=["state"])
    note_down(by, act, report, f"{report}{said}")


def may_act_for(person: Person, request: Request) -> None:
    access.require_may_write(person, report_of(request).team)


def note_down(by: Person, act: str, report: AnalysisReport, summary: str, **details: Any) -> None:
    """The audit row of an act on a report."""
    record(by=by, act=f"reports.{act}", subject=report, summary=summary, branch_code=report.branch.code, **details)


ANALYSIS_REPORT = Kind(
    code=KIND,
    label="业务分析报告",
    describe=describe,
    on_approved=on_approved,
    on_returned=on_returned,
    on_rejected=on_rejected,
    on_withdrawn=on_withdrawn,
    may_act_for=may_act_for,
    may_see=may_see,
    may_open=may_see,
    digest=current_digest,
    transferable=True,
    one_up=True,
    paper=paper,
    diff=differences,
    phrases=("同意", "请补充原因分析", "措施请写明责任人和时间", "数据请核对后重报"),
    fact_labels=FACT_LABELS,
)
