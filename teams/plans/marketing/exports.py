"""Marketing plans and cooperation agreements, to take away: what the pages show of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils import timezone

from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.people.choices import branches_of
from branch.people.roles import Power
from kernel.refusals import Unknown
from kernel.sheets.writing import OutColumn
from teams.plans.marketing import queries, rules
from teams.plans.marketing.forms import BranchForm, PlanFilter
from teams.plans.marketing.models import AgreementQuerySet, MarketingPlan
from teams.plans.marketing.standing import agreement_standing, countersigning, standing_of
from teams.plans.targets.metrics import METRICS

PLAN_COLUMNS = (
    OutColumn("branch", "营业部", width=18),
    OutColumn("team", "团队", width=14),
    OutColumn("year", "年度", width=8),
    OutColumn("new", "新成立", width=8),
    OutColumn("state", "状态", width=10),
    OutColumn("paper_no", "文号", width=22),
    OutColumn("budget", "费用预算(元)", "money", 16),
    *(OutColumn(code, f"全年{METRICS[code].label}({METRICS[code].unit})", "money", 18) for code in rules.PLANNED),
    OutColumn("made_by", "拟稿人", width=10),
    OutColumn("made_on", "拟稿日期", "day", 12),
    OutColumn("approved_on", "批准日期", "day", 12),
)
AGREEMENT_COLUMNS = (
    OutColumn("outlet", "网点", width=18),
    OutColumn("bank", "合作银行", width=18),
    OutColumn("agreement_no", "协议编号", width=20),
    OutColumn("signed_on", "签订日期", "day", 12),
    OutColumn("valid_from", "有效期自", "day", 12),
    OutColumn("valid_to", "有效期至", "day", 12),
    OutColumn("standing", "状态", width=16),
    OutColumn("file", "协议文件", width=24),
    OutColumn("made_by", "登记人", width=10),
)


def _plan_rows(plans: list[MarketingPlan], today: date) -> Iterator[dict[str, Any]]:
    signing_now = countersigning(plans)
    for plan in plans:
        yield {
            "branch": plan.branch.name,
            "team": plan.team.name,
            "year": plan.year,
            "new": "是" if plan.is_new_team else "",
            "state": standing_of(plan, today, countersigning=plan.approval_id in signing_now).said,
            "paper_no": plan.paper_no,
            "budget": plan.budget_total,
            **{code: rules.year_of(plan.content, code) for code in rules.PLANNED},
            "made_by": plan.made_by.name,
            "made_on": timezone.localdate(plan.made_at),
            "approved_on": timezone.localdate(plan.approved_at) if plan.approved_at else None,
        }


def prepare_plans(wanted: Wanted) -> Prepared:
    """The plans as the list is filtered."""
    chosen = usable(PlanFilter(wanted.query)).chosen
    plans = list(queries.plans_for(wanted.person, **chosen))
    title = f"{chosen['year']}年度营销方案" if chosen["year"] else "年度营销方案"
    return as_prepared(wanted, Listing(title, PLAN_COLUMNS, _plan_rows(plans, timezone.localdate()), len(plans)))


def _agreement_rows(rows: AgreementQuerySet, today: date) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {
            **{name: getattr(row, name) for name in ("bank", "agreement_no", "signed_on", "valid_from", "valid_to")},
            "outlet": row.outlet.name,
            "standing": agreement_standing(row, today).said,
            "file": row.file.name if row.file is not None else "",
            "made_by": row.made_by.name,
        }


def prepare_agreements(wanted: Wanted) -> Prepared:
    """Every agreement of the branch that the page shows."""
    branch = usable(BranchForm(wanted.query, branches=branches_of(wanted.person, Power.PLAN_VIEW))).chosen
    if branch is None:
        raise Unknown("您没有可以查看的营业部")
    rows = queries.agreements_for(wanted.person, branch=branch)
    listing = Listing("银行合作方案", AGREEMENT_COLUMNS, _agreement_rows(rows, timezone.localdate()), rows.count(), branch=branch)
    return as_prepared(wanted, listing)


PLANS = ExportKind(
    "marketing-plans",
    "年度营销方案",
    prepare_plans,
    takes=tuple(PlanFilter.base_fields),
    powers=(Power.PLAN_VIEW,),
    reaches=(Power.PLAN_VIEW,),
)
AGREEMENTS = ExportKind(
    "agreements", "银行合作方案", prepare_agreements, takes=("branch",), powers=(Power.PLAN_VIEW,), reaches=(Power.PLAN_VIEW,)
)
