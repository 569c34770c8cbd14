"""A marketing plan as plain data: what it must have, its sums, and what differs between two of its rounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

from kernel.money import ZERO, grouped, total
from kernel.refusals import Refusal
from teams.plans.targets.metrics import METRICS, Metric
from teams.plans.targets.rules import MONTHS, require_amount, year_figure

PLANNED = ("accounts", "assets", "net_income", "product_sales", "headcount")
"""What a plan names month by month (art. 3): 开户, 资产, 净收入, 产品 and how many people."""
TEXTS = {"market_analysis": "市场分析", "channels": "渠道安排", "work_plan": "工作计划"}
LONGEST = 20_000  # characters of one of the texts
MOST_LINES = 30  # of a budget
WORDS = {
    "bank": "合作银行",
    "agreement_no": "协议编号",
    "signed_on": "签订日期",
    "valid_from": "有效期自",
    "valid_to": "有效期至",
}
STAYS_SIGNED = "合作方案已经签订:签订日期可以更正为另一天,不能删去"
"""What counts of a cooperation agreement, beside its paper."""
LARGEST = Decimal("9999999999.99")
WARN_DAYS = (60, 30)  # before a cooperation agreement ends

Months = list[Decimal]


def require_content(content: Mapping[str, Any]) -> None:
    """Texts not too long, a budget line with a name and an amount, twelve possible figures of each thing. Raises Refusal."""
    for name, label in TEXTS.items():
        if len(content[name]) > LONGEST:
            raise Refusal(f"{label}最多 {LONGEST:,} 字,请精简,详细材料可作附件", code="too_long")
    _require_budget(content["budget"])
    for metric in PLANNED:
        months = figures(content, metric)
        if len(months) != MONTHS:
            raise Refusal(f"{METRICS[metric].label}要有 12 个月的数", code="not_twelve")
        for amount in months:
            require_amount(amount, METRICS[metric], "方案")


def _require_budget(lines: Sequence[Mapping[str, str]]) -> None:
    if len(lines) > MOST_LINES:
        raise Refusal(f"费用预算最多 {MOST_LINES} 行,请合并同类项目", code="too_many")
    for line in lines:
        amount = Decimal(line["amount"])
        if not line["item"].strip():
            raise Refusal(f"费用预算里 {grouped(amount)} 元没有写明项目", code="nameless")
        if not ZERO <= amount <= LARGEST:
            raise Refusal(f"费用预算“{line['item']}”的金额应在 0 到 {grouped(LARGEST)} 元之间", code="bad_amount")


def require_complete(content: Mapping[str, Any], *, is_new_team: bool) -> None:
    """What a plan must have before it is sent up; of a new team the target accounts and a year's work plan (art. 3)."""
    missing = [label for name, label in TEXTS.items() if name != "work_plan" and not content[name].strip()]
    if not content["budget"]:
        missing.append("费用预算")
    if not any(figures(content, "accounts")):
        missing.append("目标开户数")
    if is_new_team and not content["work_plan"].strip():
        missing.append("一年内的工作计划")
    if missing:
        who = "新成立的团队必须列明一年内的工作计划与目标开户数(指引第三条),方案" if is_new_team else "营销方案"
        raise Refusal(f"{who}还缺:{'、'.join(missing)},补齐后再报批", code="incomplete", items=missing)


def figures(content: Mapping[str, Any], metric: str) -> Months:
    """The twelve figures of one thing, January first."""
    return [Decimal(amount) for amount in content["months"].get(metric, ())]


def year_of(content: Mapping[str, Any], metric: str) -> Decimal:
    """What the twelve come to: the sum, or of a level December's."""
    return year_figure(figures(content, metric), METRICS[metric])


def budget_total(content: Mapping[str, Any]) -> Decimal:
    return total(Decimal(line["amount"]) for line in content["budget"])


def shown(amount: Decimal, metric: Metric) -> str:
    return f"{amount:,.0f}" if metric.whole else grouped(amount)


def is_overdue(year: int, today: date, due_day: int) -> bool:
    """After day `due_day` of the year (31: January 31st) a plan that is not approved is overdue."""
    return today > date(year, 1, 1) + timedelta(due_day - 1)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What differs between two rounds as (label, before, after): texts by paragraph, a budget by line, figures by month."""
    for name, label in TEXTS.items():
        for old, new in paragraphs(before.get(name, ""), after.get(name, "")):
            yield label, old, new
    old_lines, new_lines = _lines(before), _lines(after)
    for item in dict.fromkeys([*old_lines, *new_lines]):
        if old_lines.get(item) != new_lines.get(item):
            yield f"费用预算:{item}", old_lines.get(item, "无"), new_lines.get(item, "无")
    for code in PLANNED:
        pairs = zip(figures(before, code), figures(after, code), strict=False)
        for number, (old_amount, new_amount) in enumerate(pairs, 1):
            if old_amount != new_amount:
                metric = METRICS[code]
                yield f"{metric.label} {number}月", shown(old_amount, metric), shown(new_amount, metric)


def paragraphs(before: str, after: str) -> Iterator[tuple[str, str]]:
    """The paragraphs of two texts that differ, side by side; an empty side where one was added or taken out."""
    old, new = split(before), split(after)
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield "\n".join(old[a:b]), "\n".join(new[c:d])


def split(text: str) -> list[str]:
    """A text's paragraphs: its lines that are not blank."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _lines(content: Mapping[str, Any]) -> dict[str, str]:
    """Item → amount as shown; items of one name are added up."""
    sums: dict[str, Decimal] = {}
    for line in content.get("budget", ()):
        sums[line["item"]] = sums.get(line["item"], ZERO) + Decimal(line["amount"])
    return {item: f"{grouped(amount)} 元" for item, amount in sums.items()}


def wordings(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Where two contents of an agreement differ, as (label, before, after)."""
    return [(label, before[name], after[name]) for name, label in WORDS.items() if before[name] != after[name]]
