"""What pages read of business analysis reports: a period's teams with how each stands, one report, what is overdue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from approvals.requests.queries import signatures as decisions
from branch.calendar.queries import WorkCalendar
from branch.org.models import Team
from branch.parameters.queries import ParameterBook
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from clients.figures.models import FiguresMonth
from clients.imports.models import ImportBatch
from clients.imports.states import BOOKED
from kernel.money import decimal
from kernel.months import Month
from kernel.refusals import Unknown
from teams.plans.reports import rules, states
from teams.plans.reports.models import AnalysisReport, ReportQuerySet

SHOWN = ("branch", "team", "team__branch", "made_by", "approval", "filing")


def reports_for(person: Person) -> ReportQuerySet:
    """The reports this person may see."""
    return AnalysisReport.objects.visible_to(person).select_related(*SHOWN)


def report_for(person: Person, report_id: int) -> AnalysisReport:
    """The report, if this person may see it. Raises Unknown."""
    found = reports_for(person).select_related("file", "approval__applicant").filter(pk=report_id).first()
    if found is None:
        raise Unknown("没有这份业务分析报告")
    return found


def teams_within(person: Person, power: Power, kind: str, last: Month) -> QuerySet[Team]:
    """The teams that worked in the period and over which the person holds `power`; not those that were still 筹办中."""
    first = rules.months_of(kind, last)[0].first
    rows = Team.objects.filter(Q(closed_on=None) | Q(closed_on__gte=first), begun_on__lte=last.last)
    rows = rows.select_related("branch").order_by("branch__code", "pk")
    scope = reach(person, power)
    return rows if scope.company else rows.filter(Q(branch__in=scope.branches) | Q(pk__in=scope.teams))


def due_days(periods: Mapping[str, Month]) -> dict[str, date]:
    """Kind → the day by which the report of its period is to be handed in; two statements."""
    book = ParameterBook.load(*(code for code, _ in rules.DUE.values()))
    first = min(last.last for last in periods.values())
    latest = max(last for last in periods.values()) + rules.LATEST // 20 + 3  # more months than LATEST working days fill
    calendar = WorkCalendar.between(first, latest.last)
    found = {}
    for kind, last in periods.items():
        code, default = rules.DUE[kind]
        days = int(decimal(str(book.find(code, last.last, default))))
        found[kind] = rules.due_day(last, days, calendar.is_work_day)
    return found


def not_handed_in(rows: QuerySet[Team], kind: str, last: Month) -> QuerySet[Team]:
    """Of these teams those that have handed in no report of the period, though their branch has figures of it."""
    handed_in = AnalysisReport.objects.filter(team=OuterRef("pk"), kind=kind, month=last, state__in=states.HANDED_IN)
    figures = ImportBatch.objects.filter(branch=OuterRef("branch"), state=BOOKED, month__lte=last)
    return rows.filter(~Exists(handed_in), Exists(figures.order_by()))


@dataclass(frozen=True)
class Due:
    """The newest ended period of a kind, and whether its day is past."""

    kind: str
    last: Month
    day: date
    overdue: bool

    @property
    def label(self) -> str:
        return rules.period_label(self.kind, self.last)


def newest(today: date | None = None) -> list[Due]:
    """Month, half-year and year that ended last, with their days."""
    today = today or timezone.localdate()
    periods = {kind: rules.latest_period(kind, today) for kind in rules.KINDS}
    days = due_days(periods)
    return [Due(kind, last, days[kind], today > days[kind]) for kind, last in periods.items()]


@dataclass(frozen=True)
class Line:
    """A team of a period: its report, or the lack of one, and how many days it is overdue."""

    team: Team
    report: AnalysisReport | None
    overdue: int
    changed: bool

    @property
    def late(self) -> str:
        """逾期 n 天, or nothing."""
        return f"逾期 {self.overdue} 天" if self.overdue else ""

    @property
    def said(self) -> str:
        return self.report.get_state_display() if self.report is not None else "未写"

    @property
    def colour(self) -> str:
        return self.report.colour if self.report is not None else "grey"


def lines(person: Person, teams: Iterable[Team], kind: str, last: Month, *, due: date, today: date) -> list[Line]:
    """The page's teams with their reports; two statements."""
    teams = list(teams)
    rows = reports_for(person).filter(team__in=teams, kind=kind, month=last)
    reports = {report.team_id: report for report in rows}
    changed = moved(reports.values())
    late = max((today - due).days, 0)
    found = []
    for team in teams:
        report = reports.get(team.pk)
        handed_in = report is not None and report.state in states.HANDED_IN
        found.append(Line(team, report, 0 if handed_in else late, report is not None and bool(changed[report.pk])))
    return found


def moved(reports: Iterable[AnalysisReport]) -> dict[int, list[str]]:
    """Report id → what became of its months' figures since they were taken, one sentence a month; one statement."""
    reports = list(reports)
    months = {month for report in reports for month in report.months}
    rows = FiguresMonth.objects.filter(branch__in={report.branch_id for report in reports}, month__in=months)
    now = {(row.branch_id, str(row.month)): row.digest if row.is_locked else "" for row in rows.order_by()}
    return {report.pk: _moved(report, now) for report in reports}


def _moved(report: AnalysisReport, now: Mapping[tuple[int, str], str]) -> list[str]:
    found = []
    for month, digest in report.sources.items():
        present, label = now.get((report.branch_id, month), ""), Month.parse(month).label
        if not present:
            found.append(f"{label}的业务数据已解除锁定,正在更正")
        elif present != digest:
            found.append(f"{label}的业务数据在取数之后更正过")
    return found


@dataclass(frozen=True)
class Signed:
    """编制 or 审核, as the paper shows it."""

    label: str
    name: str = ""
    on: date | None = None


def signatures(report: AnalysisReport) -> list[Signed]:
    """Who wrote it, and every seat of the round in force; one that nobody has signed yet stays empty."""
    found = [Signed("编制", report.made_by.name, timezone.localdate(report.made_at))]
    if report.approval is None:
        return [*found, Signed("审核")]
    for one in decisions(report.approval):
        name = f"{one.name}(代 {one.on_behalf_of})" if one.on_behalf_of else one.name
        found.append(Signed(f"审核({one.role_label})", name, timezone.localdate(one.at) if one.at else None))
    return found
