"""When a division may begin, and what a proposal must say. Plain values."""

from __future__ import annotations

from decimal import Decimal

from kernel.months import Month
from kernel.refusals import Refusal

MOST = 1000  # clients of one proposal
AHEAD = 12  # months that a division may begin ahead
BACK = 2  # months that a page offers before this one


def percent(part: Decimal) -> str:
    """`70%`, `33.33%`."""
    return f"{part.normalize():f}%"


def require_sum(developer_percent: Decimal, service_percent: Decimal) -> None:
    """The two parts are the whole (art. 5 (二): one developer, one service person). Raises Refusal."""
    whole = developer_percent + service_percent
    if whole != 100:
        raise Refusal(f"开发人和服务人的比例合计为 {percent(whole)},应正好是 100%", code="not_whole")


def require_begin(from_month: Month, today: Month, early_reason: str) -> None:
    """From the next month on; earlier only with a reason that the approvers see. Raises Refusal."""
    if from_month <= today and not early_reason.strip():
        raise Refusal(
            f"分工从下月({today.next.label})起生效;要从{from_month.label}起,请写明提前生效的原因,由审批人决定",
            code="early_without_reason",
        )
    if from_month - today > AHEAD:
        raise Refusal(f"生效月最多提前 {AHEAD} 个月安排,请选 {(today + AHEAD).label}或更早的月份", code="too_far")


def require_reason(reason: str, count: int) -> None:
    """A reason, and a number of clients that somebody can read through. Raises Refusal."""
    if not reason.strip():
        raise Refusal("请写明原因,双方和审批人都会看到", code="reason_missing")
    if not count:
        raise Refusal("请至少选择一位客户", code="no_clients")
    if count > MOST:
        raise Refusal(f"一次最多 {MOST} 户,这里有 {count} 户,请分几次申请", code="too_many")
