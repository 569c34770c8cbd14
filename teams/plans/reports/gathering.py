"""From closed data to a report's figures, as plain values. Nobody types any of them: a report keeps what this gave on the day it
was taken. A half-year and a year are added up from their months (`rules.sum_up`), so the same closed June is in all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models.functions import Coalesce

from branch.org.models import Branch, Team
from branch.people.queries import holders
from clients.bulk import exact
from clients.figures.models import FiguresMonth, ManagerFigure
from clients.figures.queries import opened_and_moved
from clients.imports.queries import first_booked_month
from clients.products.models import ProductSale
from kernel.digests import plain
from kernel.money import ZERO
from kernel.months import Month, months_between
from kernel.refusals import Refusal
from teams.plans.marketing.models import CooperationAgreement
from teams.plans.reports import register, rules
from teams.plans.reports.placing import IN, JOINED, LEFT, OUT, Places
from teams.plans.targets import states as targets
from teams.plans.targets.metrics import METRICS, Level
from teams.plans.targets.models import IncomePlan, Target
from teams.plans.targets.queries import months_of

INSTITUTION = "机构"
COLUMNS = (
    *("clients_end", "new_accounts", "new_valid_accounts", "turnover", "net_commission", "other_net_income"),
    *("assets_end", "net_new_assets_raw", "product_sales_amount"),
)
COUNTED = {  # metric of a target: what of a period's figures it counts
    "accounts": "accounts",
    "valid_accounts": "valid",
    "assets": "assets_end",
    "net_income": "net_income",
    "product_sales": "product_sales",
    "headcount": "heads_end",
}


Goals = dict[tuple[str, int, str], Decimal]
"""(level, unit's id, metric) → what is to be reached."""


@dataclass(frozen=True)
class Taken:
    """A report's figures, and of each month the digest of what they rest on."""

    figures: dict[str, Any]
    sources: dict[str, str]


def closed_months(team: Team, kind: str, last: Month) -> tuple[dict[Month, str], list[Month]]:
    """The period's months with the digest of each, and those before the branch was kept here. Raises Refusal where one is open,
    naming who locks it."""
    branch, period = team.branch, rules.months_of(kind, last)
    first = first_booked_month(branch)
    if first is None or first > last:
        raise Refusal(f"{branch.name}{rules.period_label(kind, last)}还没有业务数据,不能编制报告", code="no_figures")
    locked = digests(branch, period)
    wanted = [month for month in period if month >= first]
    open_months = [month.label for month in wanted if month not in locked]
    if open_months:
        who = "、".join(person.name for person in holders("branch_finance", branch=branch)) or "尚未指定"
        sentence = (
            f"{branch.name}{'、'.join(open_months)}的业务数据还没有复核锁定,请营业部财务({who})先在「客户 › 业务数据」复核锁定"
        )
        raise Refusal(sentence, code="figures_open")
    return {month: locked[month] for month in wanted}, [month for month in period if month < first]


def digests(branch: Branch, months: list[Month]) -> dict[Month, str]:
    """Of these months the locked ones, with what their lock covers."""
    rows = FiguresMonth.objects.filter(branch=branch, month__in=months).only("month", "state", "digest")
    return {row.month: row.digest for row in rows if row.is_locked}


def gather(team: Team, kind: str, last: Month) -> Taken:
    """Everything a report of the period says in numbers. Raises Refusal while a month of it is open."""
    sources, before = closed_months(team, kind, last)
    months = list(sources)
    places = Places(team.branch)
    closed = _Closed(team, months, places)
    total, goals = closed.total, _goals(team, months)
    movements = places.movements(team, months[0].first, months[-1].last)
    counts = {word: sum(line.word == word for line in movements) for word in (JOINED, LEFT, IN, OUT)}
    figures = {
        "months": [{"month": str(month), **closed.by_month[month]} for month in months],
        "total": total,
        "heads": {"begin": closed.heads[months[0]][0], "end": closed.heads[months[-1]][1], **counts},
        "movements": [vars(line) for line in movements],
        "targets": _completions(team, goals, total),
        "products": _products(team, months, places),
        "outlets": closed.outlets(),
        "groups": closed.groups(goals),
        "trend": _trend(team, last, places),
        "income_plan": _income_plan(team.branch, kind, last),
        "lent": {slot: _lent(slot, team, months) for slot in register.SLOTS},
        "before": [str(month) for month in before],
    }
    return Taken(plain(figures), {str(month): digest for month, digest in sources.items()})


class _Closed:
    """The team's locked rows, month by month, and what hangs on them."""

    def __init__(self, team: Team, months: list[Month], places: Places) -> None:
        self.team, self.months, self._places = team, months, places
        self._rows = list(_rows_of(team, months, places))
        self._parts = opened_and_moved(team.branch, months)
        self.heads = {
            month: (len(places.members(team, month.previous.last)), len(places.members(team, month.last))) for month in months
        }
        self.by_month = {month: self._month(month) for month in months}
        self.total = rules.sum_up(list(self.by_month.values()))
        self.total |= {"net_income": _net(self.total), "heads_end": self.heads[months[-1]][1]}

    def _month(self, month: Month) -> dict[str, Any]:
        own = [row for row in self._rows if row.month == month]
        people = {row.person_id for row in own}
        parts = [part for part in self._parts if part.month == month and part.person_id in people]
        found = {
            "accounts": sum(row.new_accounts for row in own),
            "accounts_institution": sum(part.accounts for part in parts if part.client_kind == INSTITUTION),
            "valid": sum(row.new_valid_accounts for row in own),
            "clients": sum(row.clients_end for row in own),
            "assets_in": sum((part.assets_in for part in parts), ZERO),
            "assets_out": sum((part.assets_out for part in parts), ZERO),
            "assets_net": sum((row.net_new_assets_raw for row in own), ZERO),
            "assets_end": sum((row.assets_end for row in own), ZERO),
            "turnover": sum((row.turnover for row in own), ZERO),
            "net_commission": sum((row.net_commission for row in own), ZERO),
            "other_income": sum((row.other_net_income for row in own), ZERO),
            "product_sales": sum((row.product_sales_amount for row in own), ZERO),
        }
        begin, end = self.heads[month]
        return {**found, "net_income": _net(found), "heads_begin": begin, "heads_end": end}

    def _split(self, unit: str) -> dict[int, list[ManagerFigure]]:
        """The rows by the group or outlet in which each month counts; who is in none is left out."""
        found: dict[int, list[ManagerFigure]] = defaultdict(list)
        for row in self._rows:
            posting = self._places.in_month(row.person_id, row.month)
            key = getattr(posting, f"{unit}_id")
            if key is not None:
                found[key].append(row)
        return found

    def _unit(self, rows: list[ManagerFigure]) -> dict[str, Any]:
        last = [row for row in rows if row.month == self.months[-1]]
        return {
            "accounts": sum(row.new_accounts for row in rows),
            "assets_end": sum((row.assets_end for row in last), ZERO),
            "net_income": sum((row.net_commission + row.other_net_income for row in rows), ZERO),
        }

    def groups(self, goals: Goals) -> list[dict[str, Any]]:
        """Every group of the team that was there, the highest net income first."""
        at_end = self._places.members(self.team, self.months[-1].last)
        named, rows = {group.pk: group.name for group in self.team.groups.all()}, self._split("group")
        found = []
        for key, name in named.items():
            heads = sum(posting.group_id == key for posting in at_end)
            if not heads and key not in rows:
                continue
            unit, goal = self._unit(rows.get(key, [])), goals.get((Level.GROUP, key, "net_income"))
            rate = None if goal is None else rules.completion(unit["net_income"], goal)
            found.append({"name": name, "heads": heads, **unit, "completion": rate})
        return sorted(found, key=lambda line: (-line["net_income"], line["name"]))

    def outlets(self) -> list[dict[str, Any]]:
        """Every outlet where somebody of the team stood, with the agreement that covered the period's last day."""
        last = self.months[-1].last
        at_end, rows = self._places.members(self.team, last), self._split("outlet")
        agreements = {row.outlet_id: row for row in CooperationAgreement.objects.filter(branch=self.team.branch).covering(last)}
        found = []
        for outlet in self.team.branch.outlets.all():
            heads = sum(posting.outlet_id == outlet.pk for posting in at_end)
            if not heads and outlet.pk not in rows:
                continue
            agreement = agreements.get(outlet.pk)
            until = f"{agreement.agreement_no}(至 {agreement.valid_to})" if agreement is not None else ""
            found.append({"name": outlet.name, "heads": heads, **self._unit(rows.get(outlet.pk, [])), "agreement": until})
        return found


def _rows_of(team: Team, months: list[Month], places: Places) -> Iterator[ManagerFigure]:
    """The locked rows that count for the team."""
    rows = ManagerFigure.objects.filter(branch=team.branch, month__in=months).only("month", "person", *COLUMNS)
    for row in rows.order_by("month"):
        posting = places.in_month(row.person_id, row.month)
        if posting is not None and posting.team_id == team.pk:
            yield row


def _net(found: Mapping[str, Any]) -> Decimal:
    """净收入: commission and other income."""
    return found["net_commission"] + found["other_income"]


def _goals(team: Team, months: list[Month]) -> Goals:
    """What the targets in force of the team and its groups ask of these months: Σ, or of a level the last month's."""
    rows = Target.objects.filter(team=team, level__in=(Level.TEAM, Level.GROUP), year=months[-1].year, state=targets.IN_FORCE)
    found = list(rows)
    amounts = months_of(target.pk for target in found)
    goals = {}
    for target in found:
        own = [amounts[target.pk][month.month - 1] for month in months]
        unit = getattr(target, f"{target.level}_id")
        goals[target.level, unit, target.metric] = own[-1] if target.kind.stock else sum(own, ZERO)
    return goals


def _completions(team: Team, goals: Goals, total: Mapping[str, Any]) -> list[dict[str, Any]]:
    """目标完成率 of every metric that has a target."""
    return [
        {"metric": code, "goal": goal, "actual": total[COUNTED[code]], "completion": rules.completion(total[COUNTED[code]], goal)}
        for code in METRICS
        if (goal := goals.get((Level.TEAM, team.pk, code))) is not None
    ]


def _products(team: Team, months: list[Month], places: Places) -> list[dict[str, Any]]:
    """What was sold, by product, the most first; the same sales as the figures count."""
    rows = ProductSale.objects.filter(branch=team.branch, month__in=months).counting().order_by()
    sums = rows.annotate(earner=Coalesce("settled_to", "manager")).values("month", "earner", "product_code", "product_name")
    found: dict[str, dict[str, Any]] = {}
    for month, who, code, name, amount in sums.annotate(sold=exact("amount")).values_list(
        "month", "earner", "product_code", "product_name", "sold"
    ):
        posting = places.in_month(who, month) if who is not None else None
        if posting is not None and posting.team_id == team.pk:
            line = found.setdefault(code, {"code": code, "name": name, "amount": ZERO})
            line["amount"] += amount
    return sorted(found.values(), key=lambda line: (-line["amount"], line["code"]))


def _trend(team: Team, last: Month, places: Places) -> list[dict[str, Any]]:
    """Up to twelve locked months that end with the period."""
    months = list(months_between(last + (1 - rules.TREND), last))
    locked = sorted(digests(team.branch, months))
    found = {month: {"month": str(month), "accounts": 0, "net_income": ZERO, "assets_end": ZERO} for month in locked}
    for row in _rows_of(team, locked, places):
        line: dict[str, Any] = found[row.month]
        line["accounts"] += row.new_accounts
        line["net_income"] += row.net_commission + row.other_net_income
        line["assets_end"] += row.assets_end
    return list(found.values())


def _income_plan(branch: Branch, kind: str, last: Month) -> list[dict[str, Any]]:
    """部门收入目标 of a half-year or year, as far as one is in force (S22)."""
    period = {rules.HALF: "h1" if last.month == 6 else "h2", rules.YEAR: "year"}.get(kind)
    if period is None:
        return []
    plans = IncomePlan.objects.filter(branch=branch, year=last.year, period=period, state="in_force")
    return [{"name": part.department, "amount": part.amount} for plan in plans for part in plan.parts.all()]


def _lent(slot: str, team: Team, months: list[Month]) -> dict[str, Any]:
    """A lent amount of the whole period; None with a note where nobody lends it or a month is not settled."""
    lender = register.lender_of(slot)
    if lender is None:
        return {"amount": None, "note": "本系统还没有这项数据"}
    amounts = lender.amounts(team, months)
    missing = [month.label for month in months if month not in amounts]
    if missing:
        return {"amount": None, "note": f"{'、'.join(missing)}{lender.missing}"}
    return {"amount": sum(amounts.values(), ZERO), "note": ""}
