"""The end of a close: whoever settles the last branch ends it, once, and tells."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from branch.audit.actions import record
from branch.notices.actions import tell
from branch.people.queries import holders
from kernel.refusals import Unknown
from payroll.close import queries
from payroll.close.models import CompanyClose
from payroll.close.states import CLOSE, NOT_READY, OPEN, REVIEW, RUNNING, SKIPPED


def locked_close(close_id: int) -> CompanyClose:
    """The close with its row locked: everything that settles a branch comes through here, so that exactly one is the last."""
    found = CompanyClose.objects.select_for_update(of=("self",)).select_related("started_by").filter(pk=close_id).first()
    if found is None:
        raise Unknown("没有这次公司月结")
    return found


def end_if_last(close: CompanyClose) -> bool:
    """With the close's row locked: end it when no branch is left to wait for. Sums are held against the slips themselves."""
    if close.state != RUNNING or close.branches.filter(state__in=OPEN).exists():
        return False
    totals = queries.totals_of(close.month)
    close.state, close.ended_at = CLOSE.after(close.state, "end"), timezone.now()
    close.computed, close.headcount = totals.branches, totals.company.headcount
    close.gross_total, close.net_total, close.iit_total = totals.company.gross, totals.company.net, totals.company.iit
    close.differences = totals.differences
    close.save()
    states = list(close.branches.values_list("state", flat=True))
    reckoned = sum(state in (REVIEW, SKIPPED) for state in states)
    missing, broken = states.count(NOT_READY), len(states) - reckoned - states.count(NOT_READY)
    said = f"{close.month.label}公司月结:{len(states)} 家营业部中 {reckoned} 家已核算"
    said += f",{missing} 家未就绪" if missing else ""
    said += f",{broken} 家未完成" if broken else ""
    record(
        by=close.started_by,
        act="close.end",
        subject=close,
        summary=said,
        headcount=close.headcount,
        differences=close.differences,
    )
    people = [*holders("finance_department"), *([close.started_by] if close.started_by else [])]
    sums = "合计与各营业部之和一致" if not close.differences else "合计与各营业部之和不一致,请查看"
    link = f"{reverse('payroll:company-close')}?month={close.month}"
    tell(people, f"{said};{sums}", key=f"close:{close.month}:{close.round}:ended", link=link)
    return True
