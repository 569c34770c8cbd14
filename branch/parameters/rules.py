"""How a dated value is written by a person and shown to one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from kernel.refusals import Refusal

GROUPS = (
    ("iit.", "个人所得税"),
    ("vat.", "增值税及附加"),
    ("surtax.", "增值税及附加"),
    ("wage.", "工资与工时"),
    ("si.", "社会保险与公积金"),
    ("pay.", "核算口径"),
    ("scheme.", "核算口径"),
    ("figures.", "核算口径"),
    ("plans.", "计划和目标"),
    ("office.", "办公时间"),
)
OTHER = "其他"
KEYS = {"employee": "个人比例", "employer": "单位比例", "floor": "基数下限", "cap": "基数上限"}
WORDS = {"manual": "手工录入", "per_transaction": "按次", "per_month": "按月", "exempt": "免征"}
TABLE_HEAD = ("累计应纳税所得额不超过(元)", "税率", "速算扣除数(元)")


@dataclass(frozen=True)
class Shown:
    """A value for a page: one line of `text`, or a small table of `rows` under `head`."""

    text: str = ""
    head: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = field(default_factory=list)


def group_of(code: str) -> str:
    return next((label for prefix, label in GROUPS if code.startswith(prefix)), OTHER)


def group_order(label: str) -> int:
    """The groups as GROUPS has them, 其他 last."""
    labels = [known for _, known in GROUPS]
    return labels.index(label) if label in labels else len(labels)


def shown(value: Any, unit: str) -> Shown:
    """0.03 as 3%, 2700 with its unit, a tax table as a table, an insurance item as its four figures."""
    if isinstance(value, dict):
        pairs = [
            f"{KEYS.get(key, key)} {_rate(part) if key in ('employee', 'employer') else _amount(part)}"
            for key, part in value.items()
        ]
        return Shown(";".join(pairs))
    if isinstance(value, list) and value and isinstance(value[0], list):
        rows: list[tuple[str, ...]] = [
            ("以上全部" if row[0] is None else _amount(row[0]), _rate(row[1]), _amount(row[2])) for row in value
        ]
        return Shown(head=TABLE_HEAD, rows=rows)
    if isinstance(value, list):
        return Shown(" / ".join(_rate(part) if unit == "比例" else _amount(part) for part in value) + f"({unit})")
    return Shown(_one(value, unit))


def _one(value: Any, unit: str) -> str:
    """A single value: a yes or no, a rate, a word, a date, or an amount with its unit."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if unit == "比例":
        return _rate(value)
    if not _is_number(value):
        return WORDS.get(str(value), str(value))
    return f"{_amount(value)} {unit}".rstrip()


def _is_number(value: Any) -> bool:
    try:
        return Decimal(str(value)).is_finite()
    except InvalidOperation:
        return False


def _rate(value: Any) -> str:
    return f"{(Decimal(str(value)) * 100).normalize():f}%"


def _amount(value: Any) -> str:
    if value is None:
        return "不设"
    number = Decimal(str(value))
    return f"{number.normalize():,f}"


def written(value: Any) -> str:
    """The value as the form shows it for editing."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def read_value(text: str, like: Any) -> Any:
    """What a person typed, in the shape of the value before. Raises Refusal when the shape differs."""
    typed = text.strip()
    if isinstance(like, str):
        return _number_or_word(typed, like)
    try:
        value = json.loads(typed, parse_float=str)
    except json.JSONDecodeError as error:
        raise Refusal(f"数值写法不对(第 {error.lineno} 行第 {error.colno} 个字符附近),请照原值的格式填写") from error
    _same_shape(value, like, "数值")
    return value


def _number_or_word(typed: str, like: str) -> str:
    try:
        Decimal(like)
    except InvalidOperation:
        if not typed:
            raise Refusal("请填写数值") from None
        return typed
    try:
        number = Decimal(typed.replace(",", ""))
    except InvalidOperation:
        raise Refusal(f"“{typed}”不是数字,比例请写小数(3% 写 0.03)") from None
    if not number.is_finite() or number < 0:
        raise Refusal("数值不能为负数")
    return str(number)


def _same_shape(value: Any, like: Any, where: str) -> None:
    if isinstance(like, dict):
        if not isinstance(value, dict) or set(value) != set(like):
            raise Refusal(f"{where}应包含 {'、'.join(like)} 这几项")
        for key in like:
            _same_shape(value[key], like[key], f"{where}的 {KEYS.get(key, key)}")
    elif isinstance(like, list):
        if not isinstance(value, list) or not value or (not isinstance(like[0], list) and len(value) != len(like)):
            raise Refusal(f"{where}应是与原值同样格式的列表")
        for place, part in enumerate(value, 1):
            _same_shape(part, like[0] if isinstance(like[0], list) else like[place - 1], f"{where}第 {place} 项")
    elif isinstance(like, bool):
        if not isinstance(value, bool):
            raise Refusal(f"{where}应为 true 或 false")
    elif value is not None:
        _number_or_word(str(value), "0")
