"""The demonstration's reports: September's of the first team on its way to the manager, the second team's still written."""

from __future__ import annotations

from datetime import date

from branch.people.queries import branch_by_code, leader_on, person_for
from config import demo
from kernel.months import Month
from teams.plans.reports import actions
from teams.plans.reports.models import AnalysisReport

MANAGER = "600005"
MONTH, DAY = Month(2026, 9), date(2026, 9, 1)
TEXTS = {
    "analysis": "九月新开户与八月持平,主要来自银行网点驻点和转介绍。\n净佣金随市场成交回落,两融息差稳定。",
    "issues": (
        "建行网点人流下降约一成,驻点产出减少。\n"
        "措施:第3组每周三、周五改到社区办讲座,小组长负责,十月起执行。\n"
        "本月没有投诉与合规事件。"
    ),
    "next_plan": "国庆后两场社区投教活动;对八、九月新开户逐户回访,目标有效户转化六成。",
}


def reports() -> None:
    """September of two teams, from the locked month."""
    branch, manager = branch_by_code(demo.BRANCH_CODE), person_for(MANAGER)
    if AnalysisReport.objects.filter(branch=branch).exists():
        return
    for at, team in enumerate(branch.teams.all()[:2]):
        leader = leader_on(team.pk, DAY) or manager
        report = actions.draft_report(team=team, kind="month", month=MONTH, by=leader)
        texts = TEXTS if at == 0 else {**TEXTS, "next_plan": ""}
        actions.write(report_id=report.pk, texts=texts, by=leader)
        if at == 0:
            actions.hand_in(report_id=report.pk, by=leader)
