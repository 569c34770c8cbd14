"""Expenses are added and voided, never edited; a month that cost too much is explained."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from branch.audit.models import AuditRow
from branch.calendar import actions as calendar
from branch.files.actions import read
from branch.notices.models import Notice
from branch.org.models import Team
from branch.parameters.models import ParameterValue
from branch.workbench.register import todos_for
from clients.figures.models import FiguresMonth
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal
from teams.plans.expenses import actions, queries
from teams.plans.expenses.models import Expense, ExpenseKind, ExpenseNote
from tests.factories.branch import People, load_roster_people
from tests.factories.plans import GROUP_LEADER, MANAGER, TEAM_LEADER, TRADE, imported, manager_rows

pytestmark = pytest.mark.django_db
FINANCE, OTHER_LEADER, OWNER = "600002", "600116", "600103"
OCTOBER = Month(2026, 10)
PAPER = b"%PDF-1.7 invoice"


@pytest.fixture
def people() -> People:
    calendar.take_reference([])
    actions.seed_kinds()
    return load_roster_people()


def team_of(people: People) -> Team:
    return Team.objects.select_related("branch").get(branch=people.branch, name="营销一队")


def added(people: People, amount: str = "120.50", by: str = TEAM_LEADER, **changes: Any) -> Expense:
    given = {"day": date(2026, 10, 12), "activity": "莲花社区讲座", "paper": PAPER, "paper_name": "发票.pdf"}
    kind = changes.pop("kind", "场地")
    given |= {"kind": ExpenseKind.objects.get(name=kind), "team": team_of(people), **changes}
    return actions.record_expense(amount=Decimal(amount), by=people[by], **given)


def test_leader_and_finance_add_with_the_paper_and_nobody_else(people: People) -> None:
    row = added(people)
    assert (row.month, read(row.paper), row.paper.content_type) == (OCTOBER, PAPER, "application/pdf")
    added(people, "80.00", FINANCE, kind="交通")
    assert queries.spent(team_of(people), OCTOBER) == Decimal("200.50")
    assert queries.spent(team_of(people), Month(2026, 9)) == 0
    for staff_no in (GROUP_LEADER, OWNER, TRADE, MANAGER):
        with pytest.raises(Forbidden, match="团队负责人或营业部财务"):
            added(people, by=staff_no)
    assert AuditRow.objects.filter(act="expenses.record").count() == 2


def test_the_paper_is_judged_by_its_content_and_gifts_are_refused(people: People) -> None:
    with pytest.raises(Refusal, match="费用凭据请用 PDF"):
        added(people, paper=b"<html>", paper_name="发票.pdf")
    with pytest.raises(Refusal, match="礼品"):
        added(people, activity="客户礼品")
    with pytest.raises(Refusal, match="礼品"):
        actions.add_kind(name="礼品", position=9)
    assert not Expense.objects.exists()


def test_the_same_paper_twice_is_refused_until_the_first_is_voided(people: People) -> None:
    row = added(people)
    with pytest.raises(Refusal, match="已经登记过"):
        added(people)
    added(people, "120.51")  # another amount on the same paper: an invoice of two lines
    actions.void_expense(expense_id=row.pk, reason="记错团队", by=people[FINANCE])
    added(people)


def test_a_wrong_one_is_voided_with_a_reason_and_stays(people: People) -> None:
    row = added(people)
    with pytest.raises(Refusal, match="写明作废的原因"):
        actions.void_expense(expense_id=row.pk, reason="  ", by=people[TEAM_LEADER])
    with pytest.raises(Forbidden):
        actions.void_expense(expense_id=row.pk, reason="x", by=people[MANAGER])
    voided = actions.void_expense(expense_id=row.pk, reason="金额写错", by=people[TEAM_LEADER])
    assert (voided.amount, voided.void_reason) == (Decimal("120.50"), "金额写错")
    assert queries.spent(team_of(people), OCTOBER) == 0
    with pytest.raises(Refusal, match="已经作废"):
        actions.void_expense(expense_id=row.pk, reason="x", by=people[TEAM_LEADER])
    assert AuditRow.objects.filter(act="expenses.void").count() == 1


def test_a_closed_month_takes_no_more_but_one_may_still_be_voided(people: People) -> None:
    row = added(people)
    FiguresMonth.objects.create(branch=people.branch, month=OCTOBER, state="locked", locked_by=people[FINANCE], digest="x")
    with pytest.raises(Refusal, match="2026年10月已月结"):
        added(people, "1.00")
    assert actions.void_expense(expense_id=row.pk, reason="重复报销", by=people[FINANCE]).voided


def earned(people: People) -> Decimal:
    """October's income of the team, by the figures."""
    imported(people, manager_rows(people, OWNER, (9, 12)), "2026-10-31 17:00")
    board = queries.cost_board(people[MANAGER], people.branch, OCTOBER, list(ExpenseKind.objects.all()), team_of(people))
    income = board.costs[0].income
    assert income is not None
    return income


def waiting(people: People, staff_no: str) -> dict[str, Any]:
    people[staff_no].__dict__.pop("_holdings", None)
    return {todo.label: todo.count for todo in todos_for(people[staff_no])}


def test_s23_a_team_over_the_limit_is_marked_against_its_net_income(people: People) -> None:
    income = earned(people)
    assert income == Decimal("145.98")
    added(people, "43.79")
    board = queries.cost_board(people[MANAGER], people.branch, OCTOBER, list(ExpenseKind.objects.all()))
    costs = {cost.team.name: cost for cost in board.costs}
    assert (costs["营销一队"].rate, costs["营销一队"].is_over) == (Decimal("0.3000"), False)
    added(people, "0.01", kind="物料")
    board = queries.cost_board(people[MANAGER], people.branch, OCTOBER, list(ExpenseKind.objects.all()))
    assert [cost.team.name for cost in board.over] == ["营销一队"]
    assert dict(board.sums()) == dict.fromkeys([kind.name for kind in board.kinds], Decimal(0)) | {
        "场地": Decimal("43.79"),
        "物料": Decimal("0.01"),
    }


def test_once_the_month_is_over_the_leader_is_asked_why_and_answers(
    people: People, django_capture_on_commit_callbacks: Any
) -> None:
    earned(people)
    with django_capture_on_commit_callbacks(execute=True):
        added(people, "100.00")
    team, label = team_of(people), "费用超过限额,待说明"
    assert actions.judge_month(team=team, month=OCTOBER, today=date(2026, 10, 31)) is None
    note = actions.judge_month(team=team, month=OCTOBER, today=date(2026, 11, 1))
    assert note is not None
    assert (note.spent, note.income, note.state) == (Decimal("100.00"), Decimal("145.98"), "asked")
    assert waiting(people, TEAM_LEADER)[label] == 1
    assert label not in waiting(people, MANAGER)
    assert Notice.objects.filter(person=people[TEAM_LEADER], text__contains="请写明原因和压缩措施").count() == 1
    with pytest.raises(Forbidden):
        actions.answer_note(note_id=note.pk, cause="x", action="x", by=people[FINANCE])
    with pytest.raises(Refusal, match="都要写"):
        actions.answer_note(note_id=note.pk, cause="讲座多", action=" ", by=people[TEAM_LEADER])
    actions.answer_note(note_id=note.pk, cause="讲座多", action="下月合并场次", by=people[TEAM_LEADER])
    assert label not in waiting(people, TEAM_LEADER)


def test_who_is_no_longer_over_is_let_off_and_asked_again_if_it_comes_to_that(people: People) -> None:
    earned(people)
    row = added(people, "100.00")
    team, day = team_of(people), date(2026, 11, 2)
    actions.judge_month(team=team, month=OCTOBER, today=day)
    actions.void_expense(expense_id=row.pk, reason="重复", by=people[FINANCE])
    assert actions.judge_month(team=team, month=OCTOBER, today=day).state == "lapsed"  # type: ignore[union-attr]
    added(people, "90.00")
    assert actions.judge_month(team=team, month=OCTOBER, today=day).state == "asked"  # type: ignore[union-attr]
    assert ExpenseNote.objects.count() == 1


def test_measured_figures_let_the_teams_be_judged(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    added(people, "100.00")
    heard: list[Month] = []
    monkeypatch.setattr(actions, "judge_month", lambda *, team, month: heard.append(month))
    earned(people)
    assert heard == [OCTOBER]


def test_the_limit_is_a_dated_parameter(people: People) -> None:
    given = {"code": "plans.expense_limit", "name": "x", "unit": "比例", "source": "x", "state": "confirmed"}
    ParameterValue.objects.create(value="0.10", effective_from=date(2026, 10, 1), proposed_by=people[MANAGER], **given)
    assert queries.expense_limit(date(2026, 9, 30)) == Decimal("0.30")
    assert queries.expense_limit(date(2026, 10, 1)) == Decimal("0.10")
