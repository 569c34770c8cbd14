"""What business analysis reports show on the workbench and in the menu, and what they sign in."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from approvals.requests.kinds import register
from archives.register import register as register_filing
from branch.exports.register import register as register_export
from branch.people.access import holds
from branch.people.models import Person
from branch.people.roles import Power
from branch.workbench.counting import Waiting
from branch.workbench.register import MenuItem, Todo, add_menu, add_todos
from teams.plans.reports import queries, states
from teams.plans.reports.access import sees_reports
from teams.plans.reports.exports import ANALYSIS
from teams.plans.reports.filing import ANALYSIS_REPORT_FILED
from teams.plans.reports.lending import EXPENSES
from teams.plans.reports.models import AnalysisReport
from teams.plans.reports.register import lend
from teams.plans.reports.signing import ANALYSIS_REPORT


def returned(person: Person) -> Waiting:
    """Reports one handed in oneself that came back. Counted alike on menu, workbench and list."""
    if not holds(person, Power.PLAN_EDIT):
        return 0
    return AnalysisReport.objects.visible_to(person).filter(state=states.RETURNED, approval__applicant=person)


def _todos(person: Person) -> Iterable[Todo]:
    """For the team's leader and the branch's managers: what came back, what is due, what is overdue."""
    if not holds(person, Power.PLAN_EDIT):
        return
    address = reverse("plans:report-list")
    yield Todo("业务分析报告被退回,待修改", returned(person), address)
    for due in queries.newest():
        teams = queries.teams_within(person, Power.PLAN_EDIT, due.kind, due.last)
        waiting = queries.not_handed_in(teams, due.kind, due.last)
        label = f"{due.label}业务分析报告逾期未交" if due.overdue else f"{due.label}业务分析报告待交({due.day:%m-%d} 前)"
        yield Todo(label, waiting, f"{address}?kind={due.kind}&month={due.last}", urgent=due.overdue)


def sign_in() -> None:
    """Called once when the application starts."""
    register(ANALYSIS_REPORT)
    register_filing(ANALYSIS_REPORT_FILED)
    register_export(ANALYSIS)
    lend(EXPENSES)
    add_todos(_todos)
    add_menu(MenuItem("teams", "业务分析报告", "plans:report-list", sees_reports, returned, 40, "报告"))
