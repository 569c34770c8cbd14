"""What came too late for a signed month: its inputs have changed since, and the money has not gone out yet."""

from __future__ import annotations

from dataclasses import dataclass, field

from kernel.refusals import Refusal
from payroll.runs.checks import unlike_today
from payroll.runs.inputs import MonthFrozen, freeze
from payroll.runs.models import PayRun
from payroll.runs.register import corrected_after

LATE = "late_change"


@dataclass(frozen=True)
class Late:
    """Who would be paid differently today; or, where the month can't be reckoned any more, what stands in the way."""

    names: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.names or self.problems)

    @property
    def sentence(self) -> str:
        if self.names:
            return f"核算以后名册或其他输入有变化,{len(self.names)} 人现在算出来与已批准的不同"
        return f"核算以后名册或其他输入有变化,这个月现在有 {len(self.problems)} 项待处理" if self.problems else ""


def late_changes(run: PayRun, frozen: MonthFrozen | None = None) -> Late:
    """Compare a signed month with today's sources (`frozen`, where they have been read).

    Whom an approved correction has put right is left out: what they began the month with has changed by it, and the difference is
    already on its way.
    """
    try:
        changed = unlike_today(run, frozen or freeze(run.branch, run.month, pay_month=run.pay_month))
    except Refusal as refusal:
        return Late(problems=refusal.items or [refusal.sentence])
    if not changed:
        return Late()
    slips = dict(run.slips.filter(staff_no__in=list(changed)).values_list("pk", "staff_no"))
    corrected = {slips[slip] for slip in corrected_after(list(slips))}
    return Late([f"{staff_no} {name}" for staff_no, name in changed.items() if staff_no not in corrected])


def require_aware(late: Late, *, aware: bool) -> None:
    """Paying out what today's inputs no longer give is a decision of somebody who has seen it."""
    if late and not aware:
        raise Refusal(
            f"{late.sentence}。应当计入这个月的,请先申请冲销,重新核算;照已批准的数发放也可以,请勾选“已知悉”再登记",
            code=LATE,
            items=late.names or late.problems,
        )
