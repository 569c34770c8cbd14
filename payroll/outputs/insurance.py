"""社保公积金清单: each employee's items, the own and the company's share side by side. Brokers have none (委托合同)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from kernel.money import ZERO, total
from kernel.sheets.writing import OutColumn
from payroll.outputs.pay import Backdated, Pay

Amounts = Mapping[str, Decimal]
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
    OutColumn("note", "说明", width=36),
)


def rows(pays: Iterable[Pay]) -> list[dict[str, Any]]:
    """One row an employee, by staff number, and one for each corrected earlier month (补缴, 退) of anybody; who isn't insured yet
    in the month has zeros."""
    found: list[dict[str, Any]] = []
    for pay in pays:
        if not pay.is_broker:
            found.append(_row(pay, pay.declared_base, "", {item: pay[item] for item in OWN}, company_of_month(pay)))
        found += [
            _row(pay, None, f"{_word(one)} {one.month.label}({one.number})", one.own, one.company)
            for one in pay.backdated
            if one.own or one.company
        ]
    return found


def company_of_month(pay: Pay) -> dict[str, Decimal]:
    """The company's side of the month itself, without that of corrected earlier months."""
    before = {item: total(one.company.get(item, ZERO) for one in pay.backdated) for item in COMPANY}
    return {item: pay.employer.get(item, ZERO) - before[item] for item in COMPANY}


def _word(one: Backdated) -> str:
    return "补缴" if total((*one.own.values(), *one.company.values())) >= 0 else "退"


def _row(pay: Pay, base: Decimal | None, note: str, own: Amounts, company: Amounts) -> dict[str, Any]:
    sums = {"own": total(own.values()), "company": total(company.values())}
    return (
        {"staff_no": pay.staff_no, "name": pay.name, "team": pay.team, "base": base}
        | {f"个人:{item}": own.get(item, ZERO) for item in OWN}
        | {f"单位:{item}": company.get(item, ZERO) for item in COMPANY}
        | sums
        | {"both": sums["own"] + sums["company"], "note": note}
    )


def by_item(pays: Iterable[Pay]) -> list[tuple[str, Decimal, Decimal]]:
    """(item, Σ own, Σ company) of all rows, for the page."""
    found = rows(pays)
    return [
        (
            item,
            total(row[f"个人:{item}"] for row in found) if item in OWN else ZERO,
            total(row[f"单位:{item}"] for row in found),
        )
        for item in COMPANY
    ]
