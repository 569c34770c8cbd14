"""What pay lends to a team's business report: 人员工资薪酬合计 of approved months."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from branch.org.models import Team
from kernel.money import ZERO
from kernel.months import Month
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.states import FIXED
from teams.plans.reports.placing import Places
from teams.plans.reports.register import PAY, Lender


def pay_cost(team: Team, months: list[Month]) -> dict[Month, Decimal]:
    """Σ 应发 of the team's people by month, yuan; months without an approved run are left out. A person's month counts for the
    team of its last day, as everything else in the report."""
    runs = PayRun.objects.filter(branch=team.branch, month__in=months, state__in=FIXED)
    found: dict[Month, Decimal] = defaultdict(lambda: ZERO)
    found.update(dict.fromkeys(runs.values_list("month", flat=True), ZERO))
    places = Places(team.branch)
    slips = PaySlip.objects.filter(run__in=runs, current=True).order_by()
    for month, who, gross in slips.values_list("month", "person", "gross_pay"):
        posting = places.in_month(who, month)
        if posting is not None and posting.team_id == team.pk:
            found[month] += gross
    return dict(found)


PAY_COST = Lender(PAY, pay_cost, "的薪酬还没有批准")
