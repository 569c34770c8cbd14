"""Reading expenses: the list, a month's costs by team and kind against income and budget, and what a team has spent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from branch.org.models import Branch, Team
from branch.parameters.queries import ParameterBook
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from kernel.money import ZERO, decimal, total
from kernel.months import Month
from kernel.refusals import Unknown
from teams.plans.expenses import register, rules
from teams.plans.expenses.models import Expense, ExpenseKind, ExpenseNote
from teams.plans.targets.metrics import Level
from teams.plans.targets.progress import Measured
from teams.plans.targets.queries import Unit

LIMIT_CODE = "plans.expense_limit"
LIMIT = Decimal("0.30")  # default of the parameter
WITH = ("branch", "team", "kind", "paper", "made_by", "voided_by")


def expense_limit(day: date) -> Decimal:
    """How much of its income a team may spend, a share; a dated parameter."""
    return limit_in(ParameterBook.load(LIMIT_CODE), day)


def limit_in(book: ParameterBook, day: date) -> Decimal:
    """`expense_limit` of a book that is read already."""
    return decimal(str(book.find(LIMIT_CODE, day, str(LIMIT))))


def spent(team: Team, month: Month) -> Decimal:
    """What the team spent in the month, yuan; voided expenses do not count."""
    return Expense.objects.counting().filter(team=team, month=month).aggregate(total=Sum("amount"))["total"] or ZERO


def net_income(measured: Measured, team: Team, month: Month) -> Decimal | None:
    """The team's net income of the month, yuan, split by day where somebody moved; None while nothing is imported."""
    return measured.actual(Unit(Level.TEAM, measured.branch, team).target(month.year, "net_income"), month)


@dataclass(frozen=True)
class Cost:
    """A team's month: yuan by kind (every kind with its sum), against the income of the month; None: not known.
    `year_rate`: over the months whose income is known."""

    team: Team
    month: Month
    limit: Decimal
    spent: Decimal
    income: Decimal | None
    amounts: list[tuple[str, Decimal]] = field(default_factory=list)
    year_spent: Decimal = ZERO
    year_income: Decimal | None = None
    year_rate: Decimal | None = None
    budget: Decimal | None = None

    @property
    def rate(self) -> Decimal | None:
        return rules.rate(self.spent, self.income)

    @property
    def is_over(self) -> bool:
        return rules.is_over(self.spent, self.income, self.limit)

    @property
    def left(self) -> Decimal | None:
        """What of the year's budget is left; negative where more was spent."""
        return None if self.budget is None else self.budget - self.year_spent


@dataclass(frozen=True)
class CostBoard:
    """A month's costs of a branch's teams as far as one sees them. `course`: the same by month from January, of one team."""

    month: Month
    limit: Decimal
    kinds: list[ExpenseKind]
    costs: list[Cost]
    course: list[Cost]

    @property
    def over(self) -> list[Cost]:
        return [cost for cost in self.costs if cost.is_over]

    def sums(self) -> list[tuple[str, Decimal]]:
        """合计 by kind."""
        columns = zip(*(cost.amounts for cost in self.costs), strict=True)
        return [(column[0][0], total(amount for _, amount in column)) for column in columns]

    @property
    def spent(self) -> Decimal:
        return total(cost.spent for cost in self.costs)


def teams_of(person: Person, power: Power) -> QuerySet[Team]:
    """The teams over which the person holds the power."""
    scope = reach(person, power)
    rows = Team.objects.select_related("branch").order_by("branch__code", "id")
    return rows if scope.company else rows.filter(Q(branch__in=scope.branches) | Q(pk__in=scope.teams))


def _by_kind(teams: Collection[int], first: Month, last: Month) -> dict[tuple[int, Month], dict[int, Decimal]]:
    rows = Expense.objects.counting().filter(team__in=teams, month__gte=first, month__lte=last).order_by()
    found: dict[tuple[int, Month], dict[int, Decimal]] = defaultdict(dict)
    for team, month, kind, amount in rows.values_list("team", "month", "kind").annotate(amount_sum=Sum("amount")):
        found[team, month][kind] = amount
    return found


def cost_board(person: Person, branch: Branch, month: Month, kinds: list[ExpenseKind], team: Team | None = None) -> CostBoard:
    """The costs of the branch's teams (or one of them) that the person sees."""
    rows = teams_of(person, Power.EXPENSE_VIEW).filter(branch=branch)
    teams = [one for one in rows if team is None or one.pk == team.pk]
    measured, limit, ids = Measured(branch, month), expense_limit(month.first), [one.pk for one in teams]
    found, budgets = _by_kind(ids, Month(month.year, 1), month), register.budgets(ids, month.year)
    months = [Month(month.year, number) for number in range(1, month.month + 1)]

    def cost(one: Team, until: Month) -> Cost:
        passed = [each for each in months if each <= until]
        spends = {each: total(found.get((one.pk, each), {}).values()) for each in passed}
        incomes = {each: income for each in passed if (income := net_income(measured, one, each)) is not None}
        year_income, by_kind = total(incomes.values()) if incomes else None, found.get((one.pk, until), {})
        return Cost(
            team=one,
            month=until,
            limit=limit,
            spent=spends[until],
            income=incomes.get(until),
            amounts=[(kind.name, by_kind.get(kind.pk, ZERO)) for kind in kinds],
            year_spent=total(spends.values()),
            year_income=year_income,
            year_rate=rules.rate(total(spends[each] for each in incomes), year_income),
            budget=budgets.get(one.pk),
        )

    course = [cost(teams[0], each) for each in months] if len(teams) == 1 else []
    return CostBoard(month, limit, kinds, [cost(one, month) for one in teams], course)


def expenses_for(
    person: Person,
    *,
    branch: Branch | None = None,
    month: Month | None = None,
    team: Team | None = None,
    kind: ExpenseKind | None = None,
) -> QuerySet[Expense]:
    """The expenses this person may see, voided ones too, newest day first."""
    wanted = {"branch": branch, "month": month, "team": team, "kind": kind}
    rows = Expense.objects.visible_to(person).select_related(*WITH)
    return rows.filter(**{name: value for name, value in wanted.items() if value is not None})


def expense_for(person: Person, expense_id: int) -> Expense:
    """One expense the person may see. Raises Unknown."""
    found = expenses_for(person).filter(pk=expense_id).first()
    if found is None:
        raise Unknown("没有这笔费用,或不在您的查看范围内")
    return found


def notes_for(person: Person) -> QuerySet[ExpenseNote]:
    return ExpenseNote.objects.visible_to(person).select_related("branch", "team", "answered_by")


def note_for(person: Person, note_id: int) -> ExpenseNote:
    """One 费用超限说明 the person may see. Raises Unknown."""
    found = notes_for(person).filter(pk=note_id).first()
    if found is None:
        raise Unknown("没有这份费用超限说明,或不在您的查看范围内")
    return found
