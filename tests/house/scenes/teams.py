"""Before the addresses of the teams' rooms: a move or a leaving on its way, a list to be signed, targets not broken down yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from branch.org.models import Group, Outlet, Team
from branch.people.models import Person
from clients.registry.models import Client as Customer
from clients.registry.models import Division
from kernel.months import Month
from teams.plans.division.models import ProposedClient
from teams.plans.logs.models import LogCheck, LogDraw
from teams.plans.marketing import actions as marketing
from teams.plans.marketing import states as marketing_states
from teams.plans.marketing.models import MarketingPlan
from teams.plans.moves import actions, handing, queries, rules
from teams.plans.moves.actions import Wish
from teams.plans.moves.models import Handover, Leaving, Move
from teams.plans.reports import actions as reports
from teams.plans.reports.models import AnalysisReport
from teams.plans.rulebooks import actions as rulebooks
from teams.plans.rulebooks.models import RuleDocument
from teams.plans.targets import actions as targets
from teams.plans.targets import states as target_states
from teams.plans.targets.metrics import METRICS
from teams.plans.targets.models import IncomePart, IncomePlan, Target, TargetChange
from tests.factories.branch import People
from tests.factories.close import AUGUST
from tests.factories.marketing import content
from tests.factories.moves import agree
from tests.factories.plans import broken_down, root, year
from tests.factories.reports import TEXTS
from tests.house.matrix import COLLEAGUE
from tests.house.matrix_things import OWNER, TARGETS_FILE
from tests.house.scenes.setting import Things, before, newcomer

LEADER, DEPUTY, MANAGER, HR = "600101", "600004", "600005", "100005"
OTHER_TEAM = "营销二队"
MEASURE = "net_income"  # for which the world has no target


def _soon() -> str:
    return (timezone.localdate() + timedelta(5)).isoformat()


# --- moves ------------------------------------------------------------------------------------------------------------
@before("plans:move-new", "plans:leaving-new")
def nobody_goes(people: People) -> Things:
    """Nobody is being moved, nobody leaves."""
    Handover.objects.all().delete()
    Move.objects.all().delete()
    Leaving.objects.all().delete()
    outlet = Outlet.objects.create(branch=people.branch, name="新网点")
    return {"owner_id": people[OWNER].pk, "outlet": outlet.pk, "soon": _soon()}


@before("plans:move-edit", "plans:move-send")
def move_planned(people: People) -> Things:
    """The owner is to work at an outlet; their clients stay theirs."""
    things = nobody_goes(people)
    wish = Wish(timezone.localdate() + timedelta(5), "网点调整", outlet=Outlet.objects.get(pk=things["outlet"]))
    other = Outlet.objects.create(branch=people.branch, name="另一网点")
    return {**things, "move": actions.plan_move(person=people[OWNER], wish=wish, by=people[LEADER]).pk, "outlet": other.pk}


@before("plans:move-accept")
def move_to_another_team(people: People) -> Things:
    """The owner is to go to another team, whose leader has not agreed yet."""
    nobody_goes(people)
    group = Group.objects.filter(team__branch=people.branch, team__name=OTHER_TEAM).first()
    wish = Wish(timezone.localdate() + timedelta(5), "充实二队", group=group)
    return {"move": actions.plan_move(person=people[OWNER], wish=wish, by=people[LEADER]).pk}


@before("plans:move-withdraw")
def move_sent(people: People) -> Things:
    things = move_planned(people)
    actions.send_move_up(move_id=things["move"], by=people[LEADER])
    return things


@before("plans:move-effect")
def move_handed_over(people: People) -> Things:
    """Agreed to, and all have signed the list."""
    things = move_sent(people)
    move = Move.objects.get(pk=things["move"])
    agree(move, people[MANAGER])
    _signed(Handover.objects.get(move=move))
    return things


def _signed(handover: Handover) -> None:
    now = timezone.now()
    signed = {"giver_signed_at": now, "giver_signed_by": handover.giver, "witness_signed_at": now, "completed_at": now}
    Handover.objects.filter(pk=handover.pk).update(**signed)


# --- leavings and lists -----------------------------------------------------------------------------------------------
def _leaving(people: People, who: Person) -> Leaving:
    nobody_goes(people)
    given = {"kind": "resigned", "last_day": timezone.localdate() + timedelta(5), "reason": "个人原因"}
    leaving = actions.file_leaving(person=who, **given, by=people[LEADER])
    return actions.send_leaving_up(leaving_id=leaving.pk, by=people[LEADER])


@before("plans:leaving-withdraw")
def leaving_sent(people: People) -> Things:
    return {"leaving": _leaving(people, people[OWNER]).pk}


@before("plans:leaving-close")
def leaving_handed_over(people: People) -> Things:
    """Somebody without clients leaves: agreed to, and all have signed the list."""
    leaving = _leaving(people, newcomer(people))
    agree(leaving, people[MANAGER], people[HR])
    _signed(Handover.objects.get(leaving=leaving))
    return {"leaving": leaving.pk}


@before("plans:handover-assign", "plans:handover-refresh", "plans:handover-witness", "plans:handover-anew")
def list_made(people: People) -> Things:
    """The owner leaves, and all of their clients are to be handed over."""
    leaving = _leaving(people, people[OWNER])
    agree(leaving, people[MANAGER], people[HR])
    handover = Handover.objects.get(leaving=leaving)
    return {"handover": handover.pk, "colleague_id": people[COLLEAGUE].pk, "deputy_id": people[DEPUTY].pk}


@before("plans:handover-sign", "plans:handover-stand-in")
def list_ready(people: People) -> Things:
    """All go to a colleague: the giver signs first."""
    things = list_made(people)
    handing.assign(handover_id=things["handover"], decision=rules.HAND, receiver=people[COLLEAGUE], by=people[LEADER])
    return {**things, "list_digest": queries.digest_of(Handover.objects.get(pk=things["handover"]))}


# --- who shares a client ----------------------------------------------------------------------------------------------
@before("plans:division-new", "plans:proposal-edit")
def nothing_proposed(people: People) -> Things:
    """Nobody has proposed to share the owner's client."""
    ProposedClient.objects.update(waiting=False)
    return {"next_month": Month.of(timezone.localdate()).next}


@before("plans:division-end")
def shared(people: People) -> Things:
    """The owner's client is shared with the leader."""
    nothing_proposed(people)
    client = Customer.objects.filter(relations__manager=people[OWNER]).first()
    two = {"developer": people[OWNER], "service_person": people[LEADER], "developer_percent": 70}
    Division.objects.create(
        branch=people.branch, client=client, **two, from_month=AUGUST, paper="FG-1", decided_by=people[MANAGER]
    )
    return {}


# --- plans, reports, rules --------------------------------------------------------------------------------------------
@before("plans:plan-send")
def plan_written(people: People) -> Things:
    plan = MarketingPlan.objects.get()
    MarketingPlan.objects.filter(pk=plan.pk).update(**content())
    return {"plan": plan.pk}


@before("plans:plan-withdraw")
def plan_sent(people: People) -> Things:
    things = plan_written(people)
    marketing.send_up(plan_id=things["plan"], by=people[LEADER])
    return things


@before("plans:plan-summarise")
def plan_of_a_year_ago(people: People) -> Things:
    """Approved, and its year is over."""
    things = plan_sent(people)
    over = {"year": timezone.localdate().year - 1, "state": marketing_states.APPROVED, "approved_at": timezone.now()}
    MarketingPlan.objects.filter(pk=things["plan"]).update(**over)
    return things


@before("plans:report-send")
def report_written(people: People) -> Things:
    report = AnalysisReport.objects.get()
    reports.write(report_id=report.pk, texts=TEXTS, by=people[LEADER])
    return {}


@before("plans:report-withdraw")
def report_sent(people: People) -> Things:
    report_written(people)
    reports.hand_in(report_id=AnalysisReport.objects.get().pk, by=people[LEADER])
    return {}


def _rule(people: People) -> RuleDocument:
    return RuleDocument.objects.get(team__branch=people.branch, version=1)


@before("plans:rule-send")
def rule_written(people: People) -> Things:
    RuleDocument.objects.filter(pk=_rule(people).pk).update(text="第一条 本细则适用于营销一队。")
    return {}


@before("plans:rule-withdraw")
def rule_sent(people: People) -> Things:
    rule_written(people)
    rulebooks.send_up(document_id=_rule(people).pk, by=people[LEADER])
    return {}


# --- targets and logs -------------------------------------------------------------------------------------------------
@before("plans:target-root")
def root_not_put(people: People) -> Things:
    """The branch's own target is a draft."""
    Target.objects.filter(parent=None).update(state=target_states.DRAFT)
    return {}


@before("plans:target-change")
def target_unchanged(people: People) -> Things:
    """Nobody wants other months for the owner's target."""
    TargetChange.objects.all().delete()
    return {"target_year": f"person-{people[OWNER].pk}:0"}


def _to_group(people: People, monthly: int = 1000) -> Target:
    """A target in force as far as the owner's group, with nobody in it."""
    whole: Sequence[Decimal] = year(monthly)
    found = root(people, MEASURE, whole)
    for name in ("营销一队", "第3组"):
        found = broken_down(found, {name: whole}, people[MANAGER])[name]
    return found


@before("plans:target-parts")
def group_not_broken_down(people: People) -> Things:
    return {"target_above": _to_group(people).pk}


@before("plans:target-put", "plans:target-put-parts")
def parts_not_put(people: People) -> Things:
    """The owner's part of their group's is a draft."""
    group, who = _to_group(people), str(people[OWNER])
    part = broken_down(group, {who: year(10)}, people[MANAGER], put=False)[who]
    return {"target_above": group.pk, "target": part.pk}


@before("plans:sheet-book")
def sheet_checked(people: People) -> Things:
    """A file with the owner's part of their group's waits for its confirmation."""
    _to_group(people)
    row = ",".join([OWNER, people[OWNER].name, METRICS[MEASURE].label, *["10"] * 12])
    given = {"name": "目标.csv", "branch": people.branch, "team": Team.objects.get(branch=people.branch, name="营销一队")}
    sheet = targets.check_sheet(content=f"{TARGETS_FILE}{row}\n".encode(), year=2026, **given, by=people[LEADER])
    assert not sheet.refused, sheet.refused
    return {"target_sheet": sheet.pk}


@before("plans:income-put")
def income_whole(people: People) -> Things:
    """The draft's only part is its total."""
    IncomePart.objects.create(plan=IncomePlan.objects.get(), department="经纪", amount="1")
    return {}


@before("plans:log-draw")
def not_drawn(people: People) -> Things:
    """The week of the owner's log."""
    LogCheck.objects.all().delete()
    LogDraw.objects.all().delete()
    return {}
