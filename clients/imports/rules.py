"""Plain rules of a client row: does it add up, and whose is it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.imports.kinds import MANAGER_CHANGED, NAME_MISMATCH, NOT_EMPLOYED, UNKNOWN_MANAGER
from kernel.months import Month

EARLIEST = Month(2000, 1)  # what is written before it is a blank date or a slip of the pen
FEES = ("handling_fee", "regulatory_fee", "transfer_fee", "protection_fund")


@dataclass(frozen=True)
class Manager:
    """A client manager of the branch, as far as a row needs one. `spans`: days of service, an open end is None."""

    person_id: int
    staff_no: str
    name: str
    spans: tuple[tuple[date, date | None], ...]

    def employed_in(self, month: Month) -> bool:
        return any(start <= month.last and (end is None or end >= month.first) for start, end in self.spans)


def impossible_month(month: Month, today: date) -> str:
    """Why no file can be of that month (empty: it can), with what to mend."""
    if EARLIEST <= month <= Month.of(today):
        return ""
    why = "早于系统能记的月份" if month < EARLIEST else "还没有到这个月"
    return f"“月份”写的是{month.label},{why};请核对“月份”一列(日期没有填好时 Excel 也会写成 1900 年),更正后重新导入"


def balance(gross: Decimal, fees: tuple[Decimal, Decimal, Decimal, Decimal]) -> Decimal:
    """净佣金收入 = 佣金收入 − 经手费 − 证管费 − 过户费 − 投保基金, exact to the 分."""
    return gross - fees[0] - fees[1] - fees[2] - fees[3]


def manager_exception(
    number: str, name: str, month: Month, managers: Mapping[str, Manager], expected_id: int | None = None
) -> tuple[str, Manager | None]:
    """Why a row must wait (empty: it needn't), and the manager its number names. `expected_id`: whose client it was."""
    manager = managers.get(number)
    if manager is None:
        return UNKNOWN_MANAGER, None
    if name and name.replace(" ", "") != manager.name:
        return NAME_MISMATCH, manager
    if not manager.employed_in(month):
        return NOT_EMPLOYED, manager
    if expected_id is not None and expected_id != manager.person_id:
        return MANAGER_CHANGED, manager
    return "", manager
