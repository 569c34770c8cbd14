"""The demo branch with head office, and a team's marketing plan on the guideline's route: how a test walks it."""

from __future__ import annotations

from typing import Any

from approvals.requests import actions as approvals
from approvals.requests.models import Request
from approvals.routes.actions import seed_routes
from branch.org.models import Department, Group, Team
from branch.people.models import Leadership, Person, Posting
from teams.plans.marketing import actions, rules
from teams.plans.marketing.models import MarketingPlan
from tests.factories.branch import LONG_AGO, People, give_role, load_roster_people, make_person
from tests.factories.kept import kept

LEADER, MANAGER = "600101", "600005"
YEAR = 2027
OFFICE = {"office": "brokerage_office", "channel": "channel_department", "vice": "executive"}
DEPARTMENTS = {"compliance": "合规部", "legal": "法律部", "risk": "风险管理部", "finance_department": "财务部"}


def head_office(people: People) -> dict[str, Person]:
    """综合室, 渠道管理部, 主管副总裁, and four departments with somebody each; the routes as shipped."""
    seed_routes()
    found = {key: make_person(f"1{number:05d}", key) for number, key in enumerate([*OFFICE, *DEPARTMENTS])}
    for key, role in OFFICE.items():
        give_role(found[key], role)
    for role, name in DEPARTMENTS.items():
        department, _ = Department.objects.get_or_create(code=role, defaults={"name": name})
        give_role(found[role], role, department=department)
    return found


@kept
def plan_world() -> tuple[People, dict[str, Person]]:
    people = load_roster_people()
    return people, head_office(people)


def first_team() -> Team:
    return Team.objects.get(name="营销一队")


def preparing_team(people: People, name: str = "营销四队") -> tuple[Team, Person]:
    """A team 筹办中 with nobody but its leader-to-be."""
    team = Team.objects.create(branch=people.branch, name=name, opened_on=LONG_AGO, begun_on=None)
    group, leader = Group.objects.create(team=team, name="第1组"), make_person("600901", "筹建人")
    give_role(leader, "team_leader", team=team)
    where = {"person": leader, "effective_from": LONG_AGO}
    Posting.objects.create(branch=people.branch, team=team, group=group, post="团队负责人", **where)
    Leadership.objects.create(team=team, **where)
    return team, leader


def months(**monthly: int | str) -> dict[str, list[str]]:
    """The same figure every month of each thing named; nought of the others."""
    return {code: [f"{monthly.get(code, 0)}.00"] * 12 for code in rules.PLANNED}


def content(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "is_new_team": False,
        "market_analysis": "福田区存量客户以中老年为主。\n银行网点人流下降。",
        "channels": "建设银行三个网点驻点。\n社区讲座每月两场。",
        "work_plan": "",
        "budget": [{"item": "宣传用品", "amount": "20000.00"}, {"item": "社区活动", "amount": "36000.00"}],
        "months": months(accounts=40, net_income=120000, assets=90000000, product_sales=300000, headcount=13),
    }
    return {**given, **changes}


def drafted(people: People, **changes: Any) -> MarketingPlan:
    return actions.draft_plan(team=first_team(), year=YEAR, content=content(**changes), by=people[LEADER])


def sign(plan: MarketingPlan, who: Person, act: str = "agree", opinion: str = "", **more: Any) -> Request:
    """One signature on what the plan's request is now."""
    request = Request.objects.get(pk=MarketingPlan.objects.get(pk=plan.pk).approval_id)
    given = {"seen_digest": request.content_digest, "opinion": opinion or ("" if act == "agree" else "请改正"), **more}
    return approvals.decide(request_id=request.pk, act=act, by=who, **given)


def chosen(*roles: str) -> dict[str, list[str]]:
    """渠道管理部 names these departments."""
    return {"countersign": [f"department:{role}" for role in roles]}


def until_countersign(plan: MarketingPlan, people: People, office: dict[str, Person], *roles: str) -> None:
    """Sent up, signed out, received, and the departments named."""
    actions.send_up(plan_id=plan.pk, by=people[LEADER])
    sign(plan, people[MANAGER])
    sign(plan, office["office"])
    sign(plan, office["channel"], opinion="注明会签部门", chosen=chosen(*roles))


def approved(people: People, office: dict[str, Person], **changes: Any) -> MarketingPlan:
    """A plan that walked the whole route, no department being needed."""
    return walked(drafted(people, **changes), people, office, by=people[LEADER])


def walked(plan: MarketingPlan, people: People, office: dict[str, Person], *, by: Person) -> MarketingPlan:
    """A draft sent up by `by` and approved, no department being needed."""
    actions.send_up(plan_id=plan.pk, by=by)
    sign(plan, people[MANAGER])
    sign(plan, office["office"])
    sign(plan, office["channel"], opinion="内容常规,无须会签", chosen=chosen())
    finish(plan, office)
    return MarketingPlan.objects.get(pk=plan.pk)


def finish(plan: MarketingPlan, office: dict[str, Person]) -> None:
    """From 汇总 to the end."""
    sign(plan, office["office"])
    sign(plan, office["vice"], opinion="同意")
    sign(plan, office["office"], data={"summary": "各部门同意"})
