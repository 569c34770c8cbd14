"""社保公积金清单: each employee's items, the own and the company's share side by side. Brokers have none (委托合同)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from kernel.money import ZERO, total
from kernel.sheets.writing import OutColumn
from payroll.outputs.pay import Pay, employees

OWN = ("养老", "医疗", "失业", "公积金")
COMPANY = ("养老", "医疗", "生育", "失业", "工伤", "公积金")
COLUMNS = (
    OutColumn("staff_no", "工号", width=10),
    OutColumn("name", "姓名", width=12),
    OutColumn("team", "团队", width=14),
    OutColumn("base", "申报基数", "money", 14),
    *(
        OutColumn(f"{side}:{item}", f"{item}({side})", "money", 13, total=True)
        for item in COMPANY
        for side in (("个人", "单位") if item in OWN else ("单位",))
    ),
    OutColumn("own", "个人合计", "money", 15, total=True),
    OutColumn("company", "单位合计", "money", 15, total=True),
    OutColumn("both", "合计", "money", 15, total=True),
)


def rows(pays: Iterable[Pay]) -> list[dict[str, Any]]:
    """One row an employee, by staff number; who isn't insured yet in the month has zeros."""
    return [_row(pay) for pay in employees(pays)]


def _row(pay: Pay) -> dict[str, Any]:
    own = {f"个人:{item}": pay[item] for item in OWN}
    company = {f"单位:{item}": pay.employer.get(item, ZERO) for item in COMPANY}
    sums = {"own": total(own.values()), "company": total(company.values())}
    return (
        {"staff_no": pay.staff_no, "name": pay.name, "team": pay.team, "base": pay.declared_base}
        | own
        | company
        | sums
        | {"both": sums["own"] + sums["company"]}
    )


def by_item(pays: Iterable[Pay]) -> list[tuple[str, Decimal, Decimal]]:
    """(item, Σ own, Σ company), for the page."""
    people = employees(pays)
    return [
        (
            item,
            total(pay[item] for pay in people) if item in OWN else ZERO,
            total(pay.employer.get(item, ZERO) for pay in people),
        )
        for item in COMPANY
    ]
