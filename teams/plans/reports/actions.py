"""Every write of a business analysis report: drafted from closed figures, taken anew, written, handed in, taken back.

No verb takes a figure: they come from `gathering.gather` and from nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from approvals.requests import actions as approvals
from approvals.requests.models import Request
from branch.org.models import Team
from branch.people.models import Person
from kernel.months import Month
from kernel.refusals import Refusal, Unknown
from kernel.seen import require_seen
from teams.plans.reports import access, rules, signing, states, tables
from teams.plans.reports.gathering import closed_months, gather
from teams.plans.reports.models import AnalysisReport
from teams.plans.reports.signing import note_down


def locked(report_id: int) -> AnalysisReport:
    """The report's row, locked for this transaction. Raises Unknown."""
    rows = AnalysisReport.objects.select_for_update(of=("self",)).select_related("branch", "team", "team__branch", "approval")
    found = rows.filter(pk=report_id).first()
    if found is None:
        raise Unknown("没有这份业务分析报告")
    return found


def _hold(team: Team) -> None:
    """One report of a team is begun after the other."""
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)


@transaction.atomic
def draft_report(*, team: Team, kind: str, month: Month, by: Person) -> AnalysisReport:
    """Begin the team's report of the period that ends with `month`, with its figures. One report a team and period.

    Refused while the period runs, or while a month of it is not locked (saying which, and who locks it).
    """
    access.require_may_write(by, team)
    rules.require_period(kind, month)
    if month.last >= timezone.localdate():
        raise Refusal(f"{rules.period_label(kind, month)}还没有结束,结束并复核锁定后才能编制", code="too_early")
    _hold(team)
    if AnalysisReport.objects.filter(team=team, kind=kind, month=month).exists():
        raise Refusal(f"{team.name}{rules.period_label(kind, month)}的报告已经有了,请打开它修改", code="already_there")
    taken = gather(team, kind, month)
    report = AnalysisReport(branch=team.branch, team=team, kind=kind, month=month, made_by=by, taken_at=timezone.now())
    report.figures, report.sources = taken.figures, taken.sources
    report.save()
    note_down(by, "draft", report, f"编制{report}", sources=report.sources)
    return report


@transaction.atomic
def refresh(*, report_id: int, by: Person) -> AnalysisReport:
    """重新取数: the figures as closed data has them now; what changed is kept beside them."""
    report = locked(report_id)
    access.require_may_write(by, report.team)
    report.state = states.REPORT.after(report.state, "refresh")
    taken = gather(report.team, report.kind, report.month)
    before, was = report.figures, report.digest
    report.changes = [list(change) for change in tables.changes(before, taken.figures)]
    report.figures, report.sources, report.taken_at = taken.figures, taken.sources, timezone.now()
    report.save()
    said = f"{report}重新取数,{len(report.changes)} 处变化"
    note_down(by, "refresh", report, said, before=was, after=report.digest, sources=report.sources)
    return report


@transaction.atomic
def write(*, report_id: int, texts: Mapping[str, str], by: Person, seen: str = "") -> AnalysisReport:
    """The leader's words. Raises Overtaken when somebody else saved them since `seen` was shown."""
    report = locked(report_id)
    access.require_may_write(by, report.team)
    report.state = states.REPORT.after(report.state, "write")
    require_seen(seen, report.texts, what=str(report))
    before = report.digest
    for name in rules.TEXTS:
        if name in texts:
            setattr(report, name, texts[name].strip())
    rules.require_length(report.texts)
    report.save(update_fields=["state", *rules.TEXTS])
    note_down(by, "write", report, f"填写{report}", before=before, after=report.digest)
    return report


@transaction.atomic
def hand_in(*, report_id: int, by: Person) -> AnalysisReport:
    """提交, and again after a 退回. Refused while a text is missing, or where the figures have moved since they were taken."""
    # The request's row before the report's, as every signature takes them.
    asked = AnalysisReport.objects.filter(pk=report_id).values("approval")
    Request.objects.select_for_update().filter(pk__in=asked).first()
    report = locked(report_id)
    access.require_may_write(by, report.team)
    act = "resubmit" if report.state == states.RETURNED else "submit"
    report.state = states.REPORT.after(report.state, act)
    rules.require_texts(report.texts)
    sources, _ = closed_months(report.team, report.kind, report.month)
    if {str(month): digest for month, digest in sources.items()} != report.sources:
        raise Refusal("业务数据在取数之后更正过,请先重新取数,核对后再提交", code="figures_moved")
    given: dict[str, Any] = {
        "content_digest": report.digest,
        "facts": signing.facts(report),
        "by": by,
        "title": str(report),
    }
    if act == "resubmit":
        assert report.approval is not None  # report_asked_for
        report.approval = approvals.resubmit(request_id=report.approval.pk, **given)
    else:
        report.approval = approvals.submit(kind=signing.KIND, branch=report.branch, applicant=by, **given)
    report.save(update_fields=["state", "approval"])
    note_down(by, act, report, f"提交{report}", number=report.approval.number, round=report.approval.round)
    return report


@transaction.atomic
def take_back(*, report_id: int, reason: str, by: Person) -> AnalysisReport:
    """撤回, while the request is unfinished; the report is a draft again."""
    found = AnalysisReport.objects.filter(pk=report_id).only("approval_id", "state").first()
    if found is None:
        raise Unknown("没有这份业务分析报告")
    states.REPORT.after(found.state, "withdraw")
    assert found.approval_id is not None  # report_asked_for
    approvals.withdraw(request_id=found.approval_id, reason=reason, by=by)
    return locked(report_id)
