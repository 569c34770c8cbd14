"""Where a plan and an agreement stand on a day, in the guideline's words and the house's colours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from approvals.requests.models import Stage
from teams.plans.marketing import rules, states
from teams.plans.marketing.models import CooperationAgreement, MarketingPlan

COLOURS = {
    states.DRAFT: "grey",
    states.APPROVING: "blue",
    states.RETURNED: "orange",
    states.REJECTED: "red",
    states.APPROVED: "green",
    states.SUMMARISED: "green",
}
COUNTERSIGN = "countersign"  # the code of the 会签 stage in the guideline's route


@dataclass(frozen=True)
class Standing:
    said: str
    colour: str


def standing_of(plan: MarketingPlan, today: date, *, countersigning: bool = False) -> Standing:
    """The plan's state; 会签 while that stage of its request is open, 执行 while its year runs."""
    said = plan.get_state_display()
    if plan.state == states.APPROVING and countersigning:
        said = "会签"
    elif plan.state == states.APPROVED and today >= date(plan.year, 1, 1):
        said = "执行"
    return Standing(said, COLOURS[plan.state])


def countersigning(plans: list[MarketingPlan]) -> set[int]:
    """Of these plans, the requests whose 会签 is open; one statement."""
    asked = [plan.approval_id for plan in plans if plan.state == states.APPROVING]
    rows = Stage.objects.filter(request__in=asked, code=COUNTERSIGN, state="open")
    return set(rows.values_list("request_id", flat=True))


def agreement_standing(row: CooperationAgreement, today: date) -> Standing:
    """拟定 until it is signed, 未到期 before its first day, 到期 after its last; said how many days are left."""
    if row.signed_on is None:
        return Standing("拟定", "grey")
    if today > row.valid_to:
        return Standing("到期", "red")
    if today < row.valid_from:
        return Standing("已签,未开始", "blue")
    left = (row.valid_to - today).days
    return Standing(f"还有 {left} 天到期", "orange") if left <= rules.WARN_DAYS[0] else Standing("已签", "green")
