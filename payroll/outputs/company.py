"""公司薪酬汇总: each branch's totals of a month for head office. Sums only; few people together are nobody's pay.

A branch of fewer than FEWEST people would tell single pay: such branches are put together until the sum covers enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from branch.exports.register import Listing, Prepared, Wanted, as_prepared
from branch.people.access import require
from branch.people.roles import Power
from kernel.masks import FEWEST
from kernel.money import ZERO
from kernel.months import Month
from kernel.refusals import Refusal, Unknown
from kernel.sheets.writing import OutColumn
from payroll.outputs.queries import READY
from payroll.runs.models import PayRun
from payroll.runs.rules import too_few

SUMS = ("gross_total", "iit_total", "net_total", "employer_total")
COLUMNS = (
    OutColumn("code", "代码", width=12),
    OutColumn("branch", "营业部", width=26),
    OutColumn("state", "状态", width=12),
    OutColumn("headcount", "人数", "int", 9, total=True),
    OutColumn("gross_total", "应发合计", "money", 18, total=True),
    OutColumn("iit_total", "个税合计", "money", 18, total=True),
    OutColumn("net_total", "实发合计", "money", 18, total=True),
    OutColumn("employer_total", "单位社保公积金", "money", 18, total=True),
    OutColumn("cost", "用工成本", "money", 18, total=True),
)


@dataclass(frozen=True)
class BranchTotals:
    """A branch's sums of a month, or those of several small ones."""

    code: str
    branch: str
    state: str
    headcount: int
    gross_total: Decimal
    iit_total: Decimal
    net_total: Decimal
    employer_total: Decimal

    @property
    def cost(self) -> Decimal:
        return self.gross_total + self.employer_total

    def as_row(self) -> dict[str, Any]:
        return {column.key: getattr(self, column.key) for column in COLUMNS}


def months_with_totals() -> list[Month]:
    """Months with approved runs, newest first."""
    return list(PayRun.objects.filter(state__in=READY).order_by("-month").values_list("month", flat=True).distinct())


def totals_of(month: Month) -> list[BranchTotals]:
    """Every branch whose month is approved, by code; one statement."""
    runs = PayRun.objects.filter(month=month, state__in=READY).select_related("branch").order_by("branch__code", "pk")
    return merged([_of(run) for run in runs.defer("problems", "parameters")])


def _of(run: PayRun) -> BranchTotals:
    sums = {name: getattr(run, name) for name in SUMS}
    return BranchTotals(run.branch.code, run.branch.name, run.get_state_display(), run.headcount, **sums)


def merged(rows: Sequence[BranchTotals]) -> list[BranchTotals]:
    """The rows, those of too few people put together with as many of the next smallest as it takes to cover FEWEST."""
    names = too_few({row.code: row.headcount for row in rows})
    small = [row for row in rows if row.code in names]
    if not small:
        return list(rows)
    if sum(row.headcount for row in small) < FEWEST:
        return []
    sums = {name: sum((getattr(row, name) for row in small), ZERO) for name in SUMS}
    together = BranchTotals("", f"人数较少的 {len(small)} 家(合并)", "", sum(row.headcount for row in small), **sums)
    return [*(row for row in rows if row.code not in names), together]


def summed(rows: Sequence[BranchTotals]) -> BranchTotals:
    """合计 of the rows."""
    sums = {name: sum((getattr(row, name) for row in rows), ZERO) for name in SUMS}
    return BranchTotals("", "合计", "", sum(row.headcount for row in rows), **sums)


def prepare_company(wanted: Wanted) -> Prepared:
    """The month's sums by branch, for holders of CLOSE_VIEW."""
    require(wanted.person, Power.CLOSE_VIEW, to="查看公司薪酬汇总")
    try:
        month = Month.parse(wanted.query.get("month", ""))
    except ValueError as error:
        raise Unknown("没有这个月份") from error
    rows = totals_of(month)
    if not rows:
        raise Refusal(f"{month.label}还没有可汇总的已批准月报")
    listing = Listing(f"{month}_公司薪酬汇总", COLUMNS, [row.as_row() for row in rows], len(rows), totals=True)
    return as_prepared(wanted, listing)
