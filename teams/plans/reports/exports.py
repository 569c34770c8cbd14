"""A report to take away: the Word file, as far as the person sees it."""

from __future__ import annotations

from branch.exports.models import subject_key
from branch.exports.register import ExportKind, Prepared, Wanted
from branch.people.roles import Power
from kernel.refusals import Forbidden
from teams.plans.reports import access, queries, tables, word
from teams.plans.reports.access import sees_reports

REPORT = "analysis-report"


def prepare(wanted: Wanted) -> Prepared:
    """《业务月报》 or a longer period's report; its title says so while it is not approved."""
    if not sees_reports(wanted.person):
        raise Forbidden("您没有查看业务分析报告的权限", code="forbidden")
    text = wanted.query.get("report", "")
    report = queries.report_for(wanted.person, int(text) if text.isdecimal() else 0)
    blocks = tables.blocks(report.figures, access.sight_of(wanted.person, report.team))
    signatures = [(one.label, one.name) for one in queries.signatures(report)]

    def build(watermark: str) -> bytes:
        return word.document(report, blocks, signatures=signatures, mark=watermark)

    return Prepared(
        title=str(report),
        name=word.file_name(report),
        rows=sum(len(block.rows) for block in blocks),
        build=build,
        content_type=word.DOCX,
        branch=report.branch,
        subject=subject_key(report),
        details={"state": report.get_state_display(), "digest": report.digest},
    )


ANALYSIS = ExportKind(
    REPORT,
    "业务分析报告",
    prepare,
    takes=("report",),
    powers=(Power.PLAN_VIEW,),
    reaches=(Power.PAY_VIEW, Power.EXPENSE_VIEW),
)
