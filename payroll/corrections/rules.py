"""What may be put right in a paid month, how it is written, and the differences that follow. Plain values, no Django."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from branch.roster.rules import DEDUCTIONS
from kernel.money import ZERO, grouped, total
from kernel.refusals import Refusal
from payroll.reckoning.adjustments import ADDITIONAL, COMPANY, OWN
from payroll.reckoning.facts import INPUT_COLUMNS, MonthInput, PersonFacts
from payroll.reckoning.lines import EARLIER

MANUAL = "manual"
INPUT, FIGURE, ROSTER = "核算输入", "业务数据", "名册"
_YES_NO = {"是": True, "否": False}


def _number(text: str) -> Decimal:
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise ValueError("应填数字") from None
    if not value.is_finite():
        raise ValueError("应填数字")
    return value


def _amount(text: str) -> Decimal:
    """A number in yuan, at most 分."""
    value = _number(text)
    if value != value.quantize(Decimal("0.01")):
        raise ValueError("最多两位小数")
    return value.quantize(Decimal("0.01"))


def _whole(text: str) -> int:
    value = _number(text)
    if value != int(value) or value < 0:
        raise ValueError("应填不小于 0 的整数")
    return int(value)


def _flag(text: str) -> bool:
    if text not in _YES_NO:
        raise ValueError("应填“是”或“否”")
    return _YES_NO[text]


def _tier(text: str) -> int:
    tiers = {"一档": 1, "二档": 2}
    if text not in tiers:
        raise ValueError("应填“一档”或“二档”")
    return tiers[text]


@dataclass(frozen=True)
class Additional:
    """专项附加 of a month, by item where the items were written (yuan); a plain total has none."""

    total: Decimal
    items: Mapping[str, Decimal]

    def __str__(self) -> str:
        return "、".join(f"{item} {amount:f}" for item, amount in self.items.items()) or f"{self.total:f}"


def _additional(text: str) -> Additional:
    """`2000`, or by item as in `子女教育 2000、赡养老人 1000`."""
    try:
        return Additional(_amount(text), {})
    except ValueError:
        items: dict[str, Decimal] = {}
        for part in re.split(r"[、;;]", text):
            item, _, amount = part.strip().partition(" ")
            if item not in DEDUCTIONS or item in items:
                raise ValueError(f"应填合计,或逐项填写,如“子女教育 2000、赡养老人 1000”;各项为{'、'.join(DEDUCTIONS)}") from None
            items[item] = _amount(amount.strip())
        return Additional(total(items.values()), items)


def itemised(value: Additional, facts: PersonFacts) -> Additional:
    """A plain total as the items it stands for: none, or the only one there is. Raises Refusal where several have to be named."""
    now = {item: amount for item, amount in facts.additional.items() if amount}
    if value.items or not now or not value.total:
        return value
    if len(now) > 1:
        said = Additional(ZERO, now)
        raise Refusal(f"{facts.who}:专项附加有多项,请逐项写明应为多少;现为“{said}”", code="bad_value")
    return Additional(value.total, dict.fromkeys(now, value.total))


@dataclass(frozen=True)
class Field:
    """Something of a person's month that may be corrected: its Chinese name, where it belongs, and how it is read."""

    code: str
    label: str
    group: str
    read: Callable[[str], Any]


_INPUT_READERS: dict[str, Callable[[str], Any]] = {"complaints": _whole, "serious_violation": _flag}
_FIELDS = (
    *(Field(code, label, INPUT, _INPUT_READERS.get(code, _amount)) for code, label in INPUT_COLUMNS.items()),
    Field("net_commission", "净佣金", FIGURE, _amount),
    Field("gross_commission", "交易佣金收入", FIGURE, _amount),
    Field("clients_end", "期末客户数", FIGURE, _whole),
    Field("assets_end", "期末资产", FIGURE, _amount),
    Field("net_new_assets", "资产转入减转出", FIGURE, _amount),
    Field("new_valid_accounts", "新增有效户", FIGURE, _whole),
    Field("grade", "职级", ROSTER, str),
    Field("post", "岗位", ROSTER, str),
    Field("team", "团队", ROSTER, str),
    Field("contribution_base", "社保基数", ROSTER, _amount),
    Field("housing_fund_rate", "公积金比例(如 0.05)", ROSTER, _number),
    Field("medical_tier", "医疗档", ROSTER, _tier),
    Field("additional_total", "专项附加(合计,或逐项)", ROSTER, _additional),
)
FIELDS: Mapping[str, Field] = {field.code: field for field in _FIELDS}
MANUAL_LABEL = "手工补发补扣(应发金额)"


def label_of(code: str) -> str:
    return MANUAL_LABEL if code == MANUAL else FIELDS[code].label


def read_value(code: str, text: str) -> Any:
    """The value as the reckoning takes it. Raises Refusal naming the field."""
    text = text.strip()
    try:
        if not text:
            raise ValueError("不能为空")
        return _amount(text) if code == MANUAL else FIELDS[code].read(text)
    except ValueError as error:
        raise Refusal(f"“{label_of(code)}”填的是“{text}”:{error}", code="bad_value") from None


def written(value: Any) -> str:
    """A value as a line keeps and shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


_MONEY = {
    *("target", "vat", "other_allowance", "other_deduction", "damages_balance"),
    *("net_commission", "gross_commission", "assets_end", "net_new_assets", "contribution_base", MANUAL),
}


def shown_value(code: str, text: str) -> str:
    """A kept value as a page writes it: yuan grouped, with two places; what is no such amount as it is."""
    try:
        if text and code in _MONEY:
            return grouped(_amount(text))
        if text and code == "additional_total":
            value = _additional(text)
            return "、".join(f"{item} {grouped(amount)}" for item, amount in value.items.items()) or grouped(value.total)
    except ValueError:
        pass
    return text


def shown_tier(code: str, value: Any) -> str:
    return {1: "一档", 2: "二档"}.get(value, "") if code == "medical_tier" else written(value)


def value_in(facts: PersonFacts, code: str) -> str:
    """The field as the facts have it, in words."""
    if FIELDS[code].group == INPUT:
        return written(getattr(facts.inputs, code))
    if code == "additional_total" and facts.additional_total is not None:
        items = {item: amount for item, amount in facts.additional.items() if amount}
        return str(Additional(facts.additional_total, items))
    return shown_tier(code, getattr(facts, code))


def corrected(facts: PersonFacts, changes: Mapping[str, Any]) -> PersonFacts:
    """The facts with the fields put right."""
    cells = {code: value for code, value in changes.items() if FIELDS[code].group == INPUT}
    if cells:
        facts = replace(facts, inputs=replace(facts.inputs or MonthInput(), **cells))
    others = {code: value for code, value in changes.items() if code not in cells}
    additional = others.pop("additional_total", None)
    if additional is not None:
        right = itemised(additional, facts)
        others |= {"additional_total": right.total, "additional": right.items}
    return replace(facts, **others) if others else facts


Figures = Mapping[str, Decimal]
Parts = dict[str, dict[str, Decimal]]
_SPECIAL = ("养老", "医疗", "失业", "公积金")
_AFTER_TAX = ("其他扣款", "风险金")


def differences(before: Figures, after: Figures, additional: Decimal, *, vat_follows: bool = False) -> dict[str, Decimal]:
    """The amounts of an adjustment. 应发 is compared without 补发补扣: what earlier corrections brought is settled on its own.

    Income tax is none of them: it follows from the cumulative sums in the month that pays the difference. So do VAT and surtaxes
    where they are reckoned on each payment (`vat_follows`): the month that pays the difference reckons them on it.
    """

    def moved(names: Iterable[str]) -> Decimal:
        return sum((after[name] - before[name] for name in names), ZERO)

    return {
        "gross": (after["应发"] - after.get(EARLIER, ZERO)) - (before["应发"] - before.get(EARLIER, ZERO)),
        "special": moved(_SPECIAL),
        "additional": additional,
        "vat": ZERO if vat_follows else moved(("增值税",)),
        "surtax": ZERO if vat_follows else moved(("附加",)),
        "after_tax": moved(_AFTER_TAX),
    }


def parts(
    before: Figures,
    after: Figures,
    employer: tuple[Figures, Figures],
    additional: tuple[Figures | None, Figures | None],
) -> Parts:
    """What of the difference belongs to which item: 三险一金 of person and company, 专项附加 where its items are known.

    Each pair is before and after; items that don't differ are left out.
    """
    own = ({name: figures[name] for name in _SPECIAL} for figures in (before, after))
    then, now = additional
    named = {} if then is None or now is None else _moved(then, now)
    found = {OWN: _moved(*own), COMPANY: _moved(*employer), ADDITIONAL: named}
    return {side: items for side, items in found.items() if items}


def _moved(before: Figures, after: Figures) -> dict[str, Decimal]:
    names = dict.fromkeys((*before, *after))
    moved = {name: after.get(name, ZERO) - before.get(name, ZERO) for name in names}
    return {name: amount for name, amount in moved.items() if amount}
