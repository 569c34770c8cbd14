"""What is said of a client row, in words that name the way to mend it. Rows come as dicts of a frame's columns, money in 分."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from clients.bulk import cents
from clients.imports.rules import Manager
from kernel.money import grouped
from kernel.months import Month

Row = dict[str, Any]
UNTIL_THEN = ";处理之前不计入任何人"


def unbalanced(row: Row) -> str:
    net, due = cents(row["net_commission"]), cents(row["due"])
    return f"与分项不符:佣金收入减各项费用应为 {grouped(due)},相差 {grouped(abs(net - due))},请核对后更正"


def duplicate(row: Row) -> str:
    return f"与第 {row['first']} 行是同一位客户,只认第 {row['first']} 行,请删去这一行"


def opened_later(month: Month) -> str:
    return f"开户日期晚于{month.label},请核对"


def unknown_manager(_: Row) -> str:
    return f"本营业部没有这个客户经理工号,请更正工号或先导入名册{UNTIL_THEN}"


def name_mismatch(row: Row) -> str:
    return f"工号 {row['manager_no']} 是{row['true_name']},与姓名不符,请核对工号和姓名{UNTIL_THEN}"


def not_employed(month: Month) -> Callable[[Row], str]:
    message = f"{month.label}不在职,请核对工号或名册{UNTIL_THEN}"
    return lambda _: message


def manager_changed(was: Manager | None) -> str:
    said = f"{was.name}({was.staff_no})" if was else "他人"
    return f"此前的客户经理是{said},没有已确认的变更{UNTIL_THEN}"


def opening_not_zero(opening: Decimal) -> str:
    return f"上月没有这位客户的数据,期初资产却是 {grouped(opening)}"


def opening_gap(last: Decimal) -> str:
    return f"上月期末资产是 {grouped(last)},与本月期初不符"


def client_changed(columns: list[str], *, newest: bool) -> str:
    """`newest`: no later month is booked."""
    then = "入账后以本文件为准" if newest else "已有更晚月份的数据,客户名单不改"
    return f"客户资料与以前登记的不同:{'、'.join(columns)},{then}"


def unconfirmed(count: int) -> str:
    return f"{count} 位客户的关系待确认(入账后生成确认单),确认前不计入任何人"


UNCONFIRMED = "新客户,确认单待核,确认前不计入任何人"
ADDED = "这次新增的客户"
