"""How a target is split and what of it is left over: plain functions of plain values. A year is twelve amounts, January first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from kernel.money import CENT, ZERO, allocate, total, yuan
from kernel.refusals import Refusal
from teams.plans.targets.metrics import Metric

MONTHS = 12
LARGEST = Decimal("999999999999.99")  # 一万亿元以内: anything above is a slip of the pen


@dataclass(frozen=True)
class Split:
    """The parts, in order, and what did not divide: it was handed on unit by unit (户 or 分), so that the parts sum exactly."""

    parts: tuple[Decimal, ...]
    remainder: Decimal


def share_out(amount: Decimal, weights: Sequence[Decimal], metric: Metric) -> Split:
    """Split by weights to the metric's smallest unit. Raises Refusal when there is nothing to go by."""
    if total(weights) <= 0:
        raise Refusal("没有可参照的上年数,请改用平均分或逐月填写", code="no_shape")
    unit = Decimal(1) if metric.whole else CENT
    parts = tuple(part / CENT * unit for part in allocate(amount * CENT / unit, weights))
    parts = tuple(part.quantize(CENT) for part in parts)
    exact = (amount * weight / total(weights) for weight in weights)
    return Split(parts, amount - total((one / unit).to_integral_value(ROUND_DOWN) * unit for one in exact))


def evenly(amount: Decimal, metric: Metric, count: int = MONTHS) -> Split:
    """A year's figure over its months: the same each month, the first ones carry what does not divide. A level stays level."""
    if metric.stock:
        return Split((amount,) * count, ZERO)
    return share_out(amount, [Decimal(1)] * count, metric)


def by_shape(amount: Decimal, last_year: Sequence[Decimal], metric: Metric) -> Split:
    """A year's figure in last year's shape. A level keeps last year's course and ends at the figure."""
    if not metric.stock:
        return share_out(amount, [max(one, ZERO) for one in last_year], metric)
    if last_year[-1] <= 0:
        raise Refusal("没有可参照的上年数,请改用平均分或逐月填写", code="no_shape")
    course = [amount * one / last_year[-1] for one in last_year]
    return Split(tuple((yuan(one.to_integral_value()) if metric.whole else yuan(one)) for one in course), ZERO)


def year_figure(months: Sequence[Decimal], metric: Metric) -> Decimal:
    """What a year's months come to: their sum, or for a level the last one."""
    return months[-1] if metric.stock else total(months)


def gaps(whole: Sequence[Decimal], parts: Iterable[Sequence[Decimal]]) -> list[Decimal]:
    """未分解 month by month: what no part carries yet; negative where the parts are more than the whole."""
    left = list(whole)
    for part in parts:
        left = [one - share for one, share in zip(left, part, strict=True)]
    return left


def require_amount(amount: Decimal, metric: Metric, whose: str) -> None:
    """A target is no less than nought, and of a count a whole number."""
    if amount < 0:
        raise Refusal(f"{whose}的{metric.label}目标不能为负数({amount:,})", code="negative")
    if metric.whole and amount != amount.to_integral_value():
        raise Refusal(f"{whose}的{metric.label}目标以{metric.unit}为单位,请填整数({amount:,})", code="not_whole")
    if amount > LARGEST:
        raise Refusal(f"{whose}的{metric.label}目标大得不合常理({amount:,}),请核对单位", code="too_large")


def require_within(
    whole: Sequence[Decimal], parts: Mapping[str, Sequence[Decimal]], metric: Metric, *, of: str, may: str = "请减少"
) -> None:
    """Parts may be less than the whole (the gap is shown), never more: refused with every month that is over."""
    over = [
        f"{month} 月:上级目标 {shown(whole[month - 1], metric)},已分解 {shown(whole[month - 1] - left, metric)},"
        f"多出 {shown(-left, metric)}"
        for month, left in enumerate(gaps(whole, parts.values()), 1)
        if left < 0
    ]
    if over:
        raise Refusal(f"分解超过了{of}的目标,{may}多出的部分或先调高上级目标", code="beyond_parent", items=over)


def shown(amount: Decimal, metric: Metric) -> str:
    """A figure as people write it: `120 户`, `1,234.50 元`."""
    return f"{amount:,.0f} {metric.unit}" if metric.whole else f"{amount:,.2f} {metric.unit}"


def income_gap(whole: Decimal, parts: Iterable[Decimal]) -> Decimal:
    """What the departments' parts leave of the total; negative where they are more."""
    return whole - total(parts)


def require_parts_equal(whole: Decimal, parts: Sequence[Decimal]) -> None:
    """S22: a plan takes effect only when its parts are the total, to the 分."""
    left = income_gap(whole, parts)
    if left:
        word = f"还差 {left:,.2f} 元没有分到部门" if left > 0 else f"各部门合计多出 {-left:,.2f} 元"
        raise Refusal(f"各部门收入目标之和须等于总目标 {whole:,.2f} 元:{word},改好后才能生效", code="parts_differ")
