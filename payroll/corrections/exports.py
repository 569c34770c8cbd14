"""What leavers are owed or owe, to take away: one row an item, as the page filters them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.people.roles import Power
from kernel.sheets.writing import OutColumn
from payroll.corrections.forms import LeaverFilter
from payroll.corrections.leavers import Leaver

COLUMNS = (
    OutColumn("staff_no", "工号", width=12),
    OutColumn("name", "姓名", width=12),
    OutColumn("branch", "营业部", width=22),
    OutColumn("month", "最后月份", width=14),
    OutColumn("kind", "类别", width=12),
    OutColumn("label", "项目", width=44),
    OutColumn("owed", "余额", "money", width=16),
    OutColumn("settled", "已线下结清", "money", width=16),
    OutColumn("left", "未结", "money", width=16, total=True),
    OutColumn("words", "状态", width=30),
)


def _rows(leavers: Sequence[Leaver]) -> Iterator[dict[str, Any]]:
    for one in leavers:
        for item in one.items:
            yield {
                "staff_no": one.staff_no,
                "name": one.name,
                "branch": one.branch.name,
                "month": one.month.label,
                "kind": item.kind_label,
                "label": item.label + (f";三险一金差额:{item.insurance}" if item.insurance else ""),
                "owed": item.owed,
                "settled": item.settled,
                "left": item.left,
                "words": item.words,
            }


def prepare(wanted: Wanted) -> Prepared:
    leavers = usable(LeaverFilter(wanted.query, person=wanted.person)).rows(wanted.person)
    count = sum(len(one.items) for one in leavers)
    heading = [f"{len(leavers)} 人  单位:元(扣个税前)  正数为应补付,负数为应收回"]
    listing = Listing("离职人员未结余额", COLUMNS, _rows(leavers), count, heading=heading, totals=True)
    return as_prepared(wanted, listing)


LEAVER_BALANCES = ExportKind(
    "leaver-balances",
    "离职人员未结余额",
    prepare,
    takes=tuple(LeaverFilter.base_fields),
    powers=(Power.PAY_EXPORT,),
    reaches=(Power.PAY_VIEW,),
)
