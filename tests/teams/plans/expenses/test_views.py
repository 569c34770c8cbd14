"""The pages of expenses, as the leader, the finance and the managers see them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from branch.audit.models import AuditRow
from branch.exports.models import Export
from branch.people.models import RoleHolding
from kernel.months import Month
from teams.plans.expenses import queries, register
from teams.plans.expenses.models import Expense, ExpenseKind, ExpenseNote
from teams.plans.marketing.queries import budgets
from tests.factories.branch import People
from tests.factories.plans import MANAGER, TEAM_LEADER
from tests.teams.plans.expenses.test_actions import FINANCE, PAPER, added, people, team_of  # noqa: F401

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def browser(people: People) -> Callable[[str], Client]:  # noqa: F811
    def sign_in(staff_no: str) -> Client:
        found = Client()
        found.force_login(people[staff_no].user, backend=BACKEND)
        return found

    return sign_in


def form(people: People, **changes: Any) -> dict[str, Any]:  # noqa: F811
    kind = ExpenseKind.objects.get(name="场地")
    paper = SimpleUploadedFile("发票.pdf", PAPER, "application/pdf")
    given = {"team": team_of(people).pk, "day": "2026-10-12", "kind": kind.pk, "amount": "1200.00", "activity": "社区讲座"}
    return given | {"paper": paper} | changes


def test_the_leader_adds_one_and_sees_it_in_the_month(people: People, browser: Callable[[str], Client]) -> None:  # noqa: F811
    leader = browser(TEAM_LEADER)
    answer = leader.post("/plans/expenses/new/", form(people), follow=True)
    page = answer.content.decode()
    assert "已登记营销一队2026-10-12社区讲座费用 1,200.00 元" in page
    assert "发票.pdf" in page
    row = Expense.objects.get()
    paper = leader.get(f"/plans/expenses/{row.pk}/paper/")
    assert paper.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(paper) == PAPER
    taken = AuditRow.objects.get(act="expenses.open")
    assert (taken.actor_id, taken.subject_id, taken.branch_code) == (people[TEAM_LEADER].pk, str(row.pk), "0755FT")
    page = leader.post(f"/plans/expenses/{row.pk}/void/", {"reason": "写错"}, follow=True).content.decode()
    assert "<s>1,200.00</s>" in page
    assert "写错" in page


@pytest.mark.parametrize("address", ["/plans/expenses/", "/plans/progress/", "/plans/logs/"])
def test_the_month_that_is_shown_stands_in_its_field(people: People, browser: Callable[[str], Client], address: str) -> None:  # noqa: F811
    leader, this = browser(TEAM_LEADER), Month.of(timezone.localdate())
    for asked, shown in (("", this), ("2026-04", Month(2026, 4)), ("无", this)):
        page = leader.get(address, {"month": asked}).content.decode()
        assert f'type="month" name="month" value="{shown}"' in page


def test_a_refusal_keeps_what_was_typed(people: People, browser: Callable[[str], Client]) -> None:  # noqa: F811
    answer = browser(TEAM_LEADER).post("/plans/expenses/new/", form(people, activity="客户礼品"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "证监会令第204号" in page
    assert 'value="客户礼品"' in page


def test_another_teams_expense_is_not_there(people: People, browser: Callable[[str], Client]) -> None:  # noqa: F811
    row = added(people)
    stranger = RoleHolding.objects.filter(role="team_leader").exclude(team=row.team).select_related("person").first()
    assert stranger is not None
    away = browser(stranger.person.staff_no)
    assert away.get(f"/plans/expenses/{row.pk}/paper/").status_code == 404
    assert away.post(f"/plans/expenses/{row.pk}/void/", {"reason": "x"}).status_code == 404
    assert row.activity not in away.get("/plans/expenses/?month=2026-10").content.decode()


def test_what_is_left_of_the_budget_stands_beside_the_year(
    people: People,  # noqa: F811
    browser: Callable[[str], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    added(people, "100.00")
    team = team_of(people)
    assert register._budgets == [budgets]
    assert queries.cost_board(people[TEAM_LEADER], team.branch, Month(2026, 10), []).costs[0].left is None
    monkeypatch.setattr(register, "_budgets", [lambda teams, year: dict.fromkeys(teams, Decimal("1000.00"))])
    cost = queries.cost_board(people[TEAM_LEADER], team.branch, Month(2026, 10), []).costs[0]
    assert (cost.budget, cost.left) == (Decimal("1000.00"), Decimal("900.00"))
    assert "900.00" in browser(MANAGER).get("/plans/expenses/?month=2026-10").content.decode()


def test_the_list_may_be_taken_away(people: People, browser: Callable[[str], Client]) -> None:  # noqa: F811
    for number in range(3):
        added(people, f"{number + 1}.00")
    browser(FINANCE).post("/exports/new/expenses/?month=2026-10")
    browser(FINANCE).post("/exports/new/expenses/?month=2026-09")
    assert [export.rows for export in Export.objects.order_by("pk")] == [3, 0]


def test_the_api_adds_and_voids(people: People, browser: Callable[[str], Client]) -> None:  # noqa: F811
    leader, given = browser(TEAM_LEADER), form(people, kind="场地")
    answer = leader.post("/api/v1/plans/expenses/", given)
    assert answer.status_code == 201, answer.content.decode()
    row = answer.json()
    assert (row["amount"], row["kind"], row["paper_name"]) == ("1200.00", "场地", "发票.pdf")
    refused = leader.post("/api/v1/plans/expenses/", form(people, kind="礼品"))
    assert refused.status_code == 409
    assert "可用的有:场地" in refused.content.decode()
    assert leader.get("/api/v1/plans/expenses/costs/?month=2026-10").json()["costs"][0]["spent"] == "1200.00"
    voided = leader.post(f"/api/v1/plans/expenses/{row['id']}/void/", {"reason": "写错"}, content_type="application/json")
    assert voided.json()["void_reason"] == "写错"


def test_the_second_to_answer_a_note_sees_both_answers_and_chooses(people: People, browser: Callable[[str], Client]) -> None:  # noqa: F811
    team = team_of(people)
    given = {"branch": team.branch, "team": team, "month": Month(2026, 10), "asked_on": "2026-11-01"}
    note = ExpenseNote.objects.create(**given, spent="1", income="1", limit="0.3")
    one, other, address = browser(TEAM_LEADER), browser(TEAM_LEADER), note.get_absolute_url()
    seen = one.get(address).content.decode().split('name="seen" value="')[1].split('"', 1)[0]
    assert other.post(address, {"cause": "讲座多", "action": "合并场次", "seen": seen}).status_code == 302
    late = one.post(address, {"cause": "场地贵", "action": "换场地", "seen": seen})
    said = late.content.decode()
    assert late.status_code == 409
    assert "改为“讲座多”,您填写的是“场地贵”" in said
    note.refresh_from_db()
    assert note.cause == "讲座多"
    again = said.split('name="seen" value="')[1].split('"', 1)[0]
    assert one.post(address, {"cause": "场地贵", "action": "换场地", "seen": again}).status_code == 302


def test_a_program_that_answers_brings_the_stamp_of_what_it_read(people: People, browser: Callable[[str], Client]) -> None:  # noqa: F811
    team = team_of(people)
    given = {"branch": team.branch, "team": team, "month": Month(2026, 10), "asked_on": "2026-11-01"}
    note = ExpenseNote.objects.create(**given, spent="1", income="1", limit="0.3")

    def answered(**body: str) -> Any:
        return browser(TEAM_LEADER).post(f"/api/v1/plans/expenses/notes/{note.pk}/", body, content_type="application/json")

    first = answered(cause="讲座多", action="合并场次")
    assert first.status_code == 200, first.content
    blind = answered(cause="场地贵", action="换场地")
    assert (blind.status_code, blind.json()["code"]) == (409, "overtaken"), "without a stamp it is written where none is yet"
    assert answered(cause="场地贵", action="换场地", seen=first.json()["seen"]).json()["cause"] == "场地贵"
