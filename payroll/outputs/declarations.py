"""The two import layouts of 自然人电子税务局(扣缴端), by month of payment: 正常工资薪金 and 证券经纪人佣金收入.

What is declared is what the tax chain grew by (总局公告2018年第61号; 财税〔2018〕164号第三条), so declaration and withholding
are one figure. Identity numbers come in from outside: they are opened only to write the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from kernel import identifiers
from kernel.money import ZERO, total
from kernel.sheets.writing import OutColumn
from payroll.outputs.pay import Pay, brokers, employees
from payroll.reckoning.facts import FROM_JANUARY, LUMP

BROKER_ITEM = "证券经纪人佣金收入"
# 专项附加扣除 by the roster's words → the layout's cumulative columns.
ADDITIONAL = {
    "子女教育": "累计子女教育",
    "继续教育": "累计继续教育",
    "住房贷款利息": "累计住房贷款利息",
    "住房租金": "累计住房租金",
    "赡养老人": "累计赡养老人",
    "婴幼儿照护": "累计3岁以下婴幼儿照护",
}
_WHO = (("工号", 10), ("*姓名", 12), ("*证件类型", 16), ("*证件号码", 22))


def _columns(*money: str, item: bool = False) -> tuple[OutColumn, ...]:
    head = [OutColumn(label, label, width=width) for label, width in _WHO]
    head += [OutColumn("*所得项目", "*所得项目", width=20)] if item else []
    return (*head, *(OutColumn(label, label, "money", 14) for label in money), OutColumn("备注", "备注", width=36))


WAGE_COLUMNS = _columns(
    "本期收入",
    "本期免税收入",
    "基本养老保险费",
    "基本医疗保险费",
    "失业保险费",
    "住房公积金",
    *ADDITIONAL.values(),
    "累计个人养老金",
    "企业(职业)年金",
    "商业健康保险",
    "税延养老保险",
    "公务交通费用",
    "通讯费用",
    "律师办案费用",
    "西藏附加减除费用",
    "其他",
    "准予扣除的捐赠额",
    "减免税额",
    "协定减免",
)
BROKER_COLUMNS = _columns(
    "本期收入",
    "本期免税收入",
    "累计个人养老金",
    "商业健康保险",
    "税延养老保险",
    "其他",
    "允许扣除的税费",
    "减免税额",
    item=True,
)
CHECK_COLUMNS = (
    OutColumn("工号", "工号", width=10),
    OutColumn("姓名", "姓名", width=12),
    *(
        OutColumn(label, label, "money", 16, total=label == "本期应预扣税额")
        for label in (
            "累计收入",
            "累计减除费用",
            "累计专项扣除",
            "累计专项附加扣除",
            "累计其他扣除",
            "累计应纳税所得额",
            "累计已预扣税额",
            "本期应预扣税额",
        )
    ),
)


@dataclass(frozen=True)
class Identity:
    """A person's document: its kind in the layout's words, and the full number."""

    kind: str
    number: str


def identity(number: str, today: date) -> Identity | None:
    """The document behind a number; None where it is no valid one: the client would refuse the row."""
    if identifiers.hkmo_tw_residence_permit(number, today).word == identifiers.VALID:
        return Identity("台湾居民居住证" if number.startswith("83") else "港澳居民居住证", number)
    if identifiers.resident_id(number, today).word == identifiers.INVALID:
        return None
    return Identity("居民身份证", number)


def wage_rows(pays: Iterable[Pay], documents: Mapping[int, Identity] | None = None) -> list[dict[str, Any]]:
    """正常工资薪金: one row an employee. Without `documents` the figures alone, for the control."""
    return [_wage_row(pay, (documents or {}).get(pay.person_id)) for pay in employees(pays)]


def _wage_row(pay: Pay, document: Identity | None) -> dict[str, Any]:
    nothing = dict.fromkeys((column.key for column in WAGE_COLUMNS if column.kind == "money"), ZERO)
    return (
        nothing
        | _who(pay, document)
        | {
            "本期收入": pay.grown("income"),
            "本期免税收入": pay.grown("exempt"),
            "基本养老保险费": pay.own_insurance("养老"),
            "基本医疗保险费": pay.own_insurance("医疗"),
            "失业保险费": pay.own_insurance("失业"),
            "住房公积金": pay.own_insurance("公积金"),
            "其他": pay.grown("other"),
            "减免税额": pay.grown("relief"),
            "备注": _wage_note(pay),
        }
        | {label: pay.additional.get(item, ZERO) for item, label in ADDITIONAL.items()}
    )


def _wage_note(pay: Pay) -> str:
    words = {LUMP: "公告2020年第19号:累计减除费用按 60000 元", FROM_JANUARY: "公告2020年第13号:减除费用自 1 月起计"}
    notes = [pay.note] if pay.note else []
    notes += [words[pay.tax_mode]] if pay.tax_mode in words else []
    if pay.undivided:
        notes.append(f"专项扣除另含前期更正差额 {pay.undivided} 元(未分险种),请在扣缴端并入相应险种")
    unnamed = undivided(pay)
    if unnamed:
        notes.append(f"专项附加扣除另有累计 {unnamed} 元没有分项,请在扣缴端补填")
    return ";".join(notes)


def undivided(pay: Pay) -> Decimal:
    """专项附加扣除 of the chain that no item of the roster names."""
    return pay.cumulative("additional") - total(pay.additional.get(item, ZERO) for item in ADDITIONAL)


def broker_rows(pays: Iterable[Pay], documents: Mapping[int, Identity] | None = None) -> list[dict[str, Any]]:
    """证券经纪人: one row a broker, also without income (the client then warns and skips)."""
    found = []
    for pay in brokers(pays):
        income = pay.grown("net_income")
        nothing = dict.fromkeys((column.key for column in BROKER_COLUMNS if column.kind == "money"), ZERO)
        found.append(
            nothing
            | _who(pay, (documents or {}).get(pay.person_id))
            | {
                "*所得项目": BROKER_ITEM,
                "本期收入": income,
                "其他": pay.grown("other"),
                "允许扣除的税费": pay.grown("surtax"),
                "减免税额": pay.grown("relief"),
                "备注": ";".join(note for note in (pay.note, _broker_note(income)) if note),
            }
        )
    return found


def _broker_note(income: Decimal) -> str:
    if income > 0:
        return ""
    return "本期没有收入" if income == 0 else "本期收入为负,请在扣缴端按更正申报处理"


def _who(pay: Pay, document: Identity | None) -> dict[str, Any]:
    return {
        "工号": pay.staff_no,
        "*姓名": pay.name,
        "*证件类型": document.kind if document else "",
        "*证件号码": document.number if document else "",
    }


def check_rows(pays: Iterable[Pay]) -> list[dict[str, Any]]:
    """What the tax client must come to, person by person: for comparing, not for importing."""
    return [
        {
            "工号": pay.staff_no,
            "姓名": pay.name,
            "累计收入": pay.cumulative("income_amount" if pay.is_broker else "income"),
            "累计减除费用": pay.cumulative("basic"),
            "累计专项扣除": pay.cumulative("special"),
            "累计专项附加扣除": pay.cumulative("additional"),
            "累计其他扣除": _other(pay),
            "累计应纳税所得额": pay["累计应纳税所得额"],
            "累计已预扣税额": pay.cumulative("withheld"),
            "本期应预扣税额": pay.grown("withheld"),
        }
        for pay in pays
    ]


def _other(pay: Pay) -> Decimal:
    """Of a broker also 展业成本 and the surtaxes, of an employee the exempt income."""
    names = ("other", "development_cost", "surtax") if pay.is_broker else ("other", "exempt")
    return total(pay.cumulative(name) for name in names)
