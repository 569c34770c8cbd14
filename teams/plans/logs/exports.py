"""Work logs, to take away: the month's board, and the logs with what they say now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.people.roles import Power
from kernel.months import Month
from kernel.refusals import Unknown
from kernel.sheets.writing import OutColumn
from teams.plans.logs import access, queries
from teams.plans.logs.duties import Row, days_between
from teams.plans.logs.forms import MonthForm
from teams.plans.logs.models import LogVersion

WHO = (
    OutColumn("place", "团队与小组", width=20),
    OutColumn("staff_no", "工号", width=10),
    OutColumn("name", "姓名", width=10),
)
COUNTS = (
    OutColumn("due", "应填", "int", 8),
    OutColumn("in_time", "按时", "int", 8),
    OutColumn("late", "迟交", "int", 8),
    OutColumn("missing", "缺", "int", 8),
)
LOG_COLUMNS = (
    OutColumn("day", "日期", "day", 12),
    *WHO,
    OutColumn("outlet", "网点", width=14),
    OutColumn("kind", "类型", width=12),
    OutColumn("state", "状态", width=12),
    OutColumn("late", "迟交", width=6),
    OutColumn("arrived", "到岗", width=8),
    OutColumn("left", "离岗", width=8),
    OutColumn("calls", "电话量", "int", 8),
    OutColumn("leaflets", "发放资料", "int", 8),
    OutColumn("accounts_opened", "开户数", "int", 8),
    OutColumn("new_assets", "新增资产(元)", "money", 16),
    OutColumn("product_sales", "产品销售(元)", "money", 16),
    OutColumn("client_questions", "客户疑问", width=30),
    OutColumn("bank_news", "银行网点动态", width=30),
    OutColumn("competitor_news", "竞争对手动态", width=30),
    OutColumn("plan_next", "明日计划", width=30),
)
SAID = ("calls", "leaflets", "accounts_opened", "new_assets", "product_sales")
TEXTS = ("client_questions", "bank_news", "competitor_news", "plan_next")


def _board_rows(rows: list[Row]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {
            "place": row.place,
            "staff_no": row.person.staff_no,
            "name": row.person.name,
            **{column.key: getattr(row.counts, column.key) for column in COUNTS},
            **{f"d{cell.day.day}": cell.short for cell in row.cells},
        }


def prepare_months(wanted: Wanted) -> Prepared:
    """The month's board: everybody one leads, a mark a day."""
    month = usable(MonthForm(wanted.query)).chosen
    rows = queries.board(queries.people_led(wanted.person, month), month)
    days = [OutColumn(f"d{day.day}", str(day.day), width=4) for day in days_between(month.first, month.last)]
    heading = ["交:已提交  迟:迟交  通:抽查通过  退:退回  待:未填,还没到时限  缺:未填,已过时限"]
    listing = Listing(f"{month.label}工作日志", (*WHO, *COUNTS, *days), _board_rows(rows), len(rows), heading=heading)
    return as_prepared(wanted, listing)


def _log_rows(versions: Any) -> Iterator[dict[str, Any]]:
    for said in versions:
        log = said.log
        yield {
            "day": log.day,
            "place": " ".join(unit.name for unit in (log.team, log.group) if unit is not None),
            "staff_no": log.person.staff_no,
            "name": log.person.name,
            "outlet": log.outlet.name if log.outlet is not None else "",
            "kind": log.get_kind_display(),
            "state": log.get_state_display(),
            "late": "是" if log.late else "",
            "arrived": f"{said.arrived_at:%H:%M}" if said.arrived_at else "",
            "left": f"{said.left_at:%H:%M}" if said.left_at else "",
            **{name: getattr(said, name) for name in (*SAID, *TEXTS)},
        }


def prepare_logs(wanted: Wanted) -> Prepared:
    """The logs of the month that the person sees, as they stand now."""
    if not access.sees_logs(wanted.person):
        raise Unknown("您没有可以查看的工作日志")
    month: Month = usable(MonthForm(wanted.query)).chosen
    logs = queries.logs_for(wanted.person).filter(day__range=(month.first, month.last))
    rows = LogVersion.objects.filter(latest=True, log__in=logs.values("pk"))
    rows = rows.select_related(*(f"log__{name}" for name in queries.WHO)).order_by(
        "log__day", "log__team", "log__person__staff_no"
    )
    return as_prepared(wanted, Listing(f"{month.label}日志清单", LOG_COLUMNS, _log_rows(rows), rows.count()))


LOG_MONTHS = ExportKind(
    "log-months", "工作日志月表", prepare_months, takes=("month",), powers=(Power.PLAN_VIEW,), reaches=(Power.PLAN_VIEW,)
)
WORK_LOGS = ExportKind("work-logs", "工作日志清单", prepare_logs, takes=("month",), reaches=(Power.PLAN_VIEW,))
