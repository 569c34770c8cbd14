"""The approved report as a type of filed document (art. 22)."""

from __future__ import annotations

from archives.models import Filing
from archives.register import FilingKind
from branch.people.models import Person
from teams.plans.reports import access, states
from teams.plans.reports.models import AnalysisReport
from teams.plans.reports.signing import KIND, note_down


def may_open(person: Person, filing: Filing) -> None:
    access.require_may_open_filed(person, filing.branch)


def on_received(filing: Filing, by: Person) -> None:
    """The 备案号 is given: the report is 已归档."""
    report = AnalysisReport.objects.select_for_update(of=("self",)).select_related("branch", "team").get(filing=filing)
    report.state = states.REPORT.after(report.state, "file")
    report.save(update_fields=["state"])
    note_down(by, "filed", report, f"{report}已归档,备案号 {filing.serial_no}", serial_no=filing.serial_no)


def url(filing: Filing) -> str:
    report = AnalysisReport.objects.filter(filing=filing).first()
    return report.get_absolute_url() if report is not None else ""


ANALYSIS_REPORT_FILED = FilingKind(KIND, "业务分析报告", may_open, on_received, url)
