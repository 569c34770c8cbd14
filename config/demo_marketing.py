"""The demonstration's annual plans: one on its way to 渠道管理部, one a draft; and the banks' agreements of the outlets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from approvals.requests.actions import decide
from branch.org.models import Outlet
from branch.people.queries import branch_by_code, leader_on, person_for
from config import demo
from teams.plans.marketing import actions, rules
from teams.plans.marketing.models import CooperationAgreement, MarketingPlan

MANAGER, OFFICE = "600005", "100001"
YEAR, DAY = 2027, date(2026, 9, 1)
OUTLETS = (("建设银行福田支行", "中国建设银行深圳福田支行", "建福〔2026〕合作 3 号"), ("招商银行车公庙支行", "", ""))
BUDGET = (("银行网点驻点宣传用品", 36000), ("社区投教活动(24 场)", 48000), ("客户回访与资料", 12000))


def content(scale: int) -> dict[str, Any]:
    """A plan of so many people."""
    monthly = {"accounts": 3, "assets": 60_000_000, "net_income": 40_000, "product_sales": 90_000, "headcount": 1}
    return {
        "market_analysis": "福田中心区存量客户多,新开户主要来自银行网点和转介绍。\n同业在建行网点驻点增加,人流下降约一成。",
        "channels": "银行网点:三个网点每日驻点,晨会后到岗。\n社区:每月两场投教讲座。\n转介绍:对有效户逐户回访。",
        "work_plan": "一季度补齐驻点人员,二季度铺开社区讲座,三、四季度以回访和产品配置为主。",
        "budget": [{"item": item, "amount": f"{Decimal(amount):.2f}"} for item, amount in BUDGET],
        "months": {code: [f"{Decimal(monthly[code] * scale):.2f}"] * 12 for code in rules.PLANNED},
    }


def plans() -> None:
    """The first team's plan signed out and received, the second's still written; one outlet has an agreement, one none."""
    branch, manager = branch_by_code(demo.BRANCH_CODE), person_for(MANAGER)
    if MarketingPlan.objects.filter(branch=branch).exists():
        return
    for at, team in enumerate(branch.teams.all()[:2]):
        leader = leader_on(team.pk, DAY) or manager
        plan = actions.draft_plan(team=team, year=YEAR, content=content(12 - at), by=leader)
        if at == 0:
            sent = actions.send_up(plan_id=plan.pk, by=leader)
            assert sent.approval is not None
            for signer in (MANAGER, OFFICE):
                given: dict[str, Any] = {
                    "request_id": sent.approval.pk,
                    "act": "agree",
                    "opinion": "",
                    "seen_digest": plan.digest,
                }
                decide(**given, by=person_for(signer))
    if not CooperationAgreement.objects.filter(branch=branch).exists():
        _agreements()


def _agreements() -> None:
    branch, manager, year = branch_by_code(demo.BRANCH_CODE), person_for(MANAGER), timezone.localdate().year
    for name, bank, number in OUTLETS:
        outlet, _ = Outlet.objects.get_or_create(branch=branch, name=name)
        if bank:
            span: dict[str, Any] = {"signed_on": date(year, 1, 5), "valid_from": date(year, 1, 1), "valid_to": date(year, 12, 31)}
            actions.enter_agreement(outlet=outlet, bank=bank, agreement_no=number, **span, by=manager)
