"""人员工资薪酬合计, as a team's business report borrows it: approved months alone, and only the team's own people."""

from __future__ import annotations

from decimal import Decimal

from branch.org.models import Team
from payroll.runs.lending import pay_cost
from payroll.runs.models import PaySlip
from teams.plans.reports import register
from tests.factories.branch import People
from tests.factories.runs import AUGUST, SEPTEMBER, approved_run, sent_up_run


def test_an_unapproved_month_is_not_lent(people: People) -> None:
    sent_up_run(people, AUGUST)
    assert pay_cost(Team.objects.get(), [AUGUST]) == {}


def test_an_approved_month_is_lent_whole_and_by_team(people: People) -> None:
    run = approved_run(people, AUGUST)
    team = Team.objects.get()
    other = Team.objects.create(branch=people.branch, name="营销二部")
    assert pay_cost(team, [AUGUST, SEPTEMBER]) == {AUGUST: run.gross_total}
    moved = people["600103"].postings.get()
    moved.team, moved.group = other, None
    moved.save()
    his = PaySlip.objects.get(run=run, person=people["600103"]).gross_pay
    assert his > 0
    assert pay_cost(team, [AUGUST]) == {AUGUST: run.gross_total - his}
    assert pay_cost(other, [AUGUST]) == {AUGUST: his}
    assert pay_cost(Team.objects.create(branch=people.branch, name="营销三部"), [AUGUST]) == {AUGUST: Decimal("0.00")}


def test_pay_is_the_lender_of_pay() -> None:
    found = register.lender_of(register.PAY)
    assert found is not None
    assert found.amounts is pay_cost
