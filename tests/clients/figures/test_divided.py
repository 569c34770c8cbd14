"""A divided client: income is shared to the 分, clients and assets stay with whoever the row counts for."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from branch.people.signing_in import BACKEND
from clients.figures.actions import lock
from clients.figures.counting import count
from clients.figures.models import ManagerFigure
from clients.figures.queries import figures_month, line_of, lines_of, locked_figures, opened_from, part_of, rows_behind, total_of
from clients.figures.rules import DIVIDED, FIGURES, SUMS
from clients.figures.serializers import FigureRowOut
from clients.imports.models import ClientMonth
from clients.registry.dividing import Shares, divide
from clients.registry.models import Client, Division
from kernel.months import Month
from tests.factories.clients import book, branch_with, client_row, confirm, csv_file

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)
DEVELOPER, SERVICE = "600101", "600102"


def a_branch(*nets: str):
    """A branch whose first manager has a client for each net commission."""
    people = branch_with()
    rows = [
        client_row(
            str(number),
            佣金收入=f"{Decimal(net) + 7:.2f}",
            经手费="7.00",
            证管费="0.00",
            过户费="0.00",
            投保基金="0.00",
            净佣金收入=net,
            两融息差收入="10.01",
        )
        for number, net in enumerate(nets, 1)
    ]
    book(people, csv_file(rows))
    confirm(people, "2026-10")
    return people


def divided(people, *numbers, percent="70", since=OCTOBER, until=None, pair=(DEVELOPER, SERVICE)):
    clients = list(Client.objects.filter(client_no__in=numbers))
    shares = Shares(people[pair[0]], people[pair[1]], Decimal(percent), since, until)
    return divide(branch=people.branch, clients=clients, shares=shares, paper="SP-1", by=people["600005"])


def lines(people):
    return {line.person.staff_no: line.values for line in lines_of(people.branch, OCTOBER)}


def test_seventy_to_thirty_and_the_pennies_sum_to_the_total():
    people = a_branch("1234.56", "100.00")
    before = lines(people)
    divided(people, "1")
    after = lines(people)
    assert after[DEVELOPER]["net_commission"] == Decimal("864.19") + 100
    assert after[SERVICE]["net_commission"] == Decimal("370.37")
    assert after[DEVELOPER]["other_net_income"] + after[SERVICE]["other_net_income"] == Decimal("20.02")
    for name in FIGURES:
        assert sum(values[name] for values in after.values()) == sum(values[name] for values in before.values()), name
        if name not in DIVIDED:
            assert after[DEVELOPER][name] == before[DEVELOPER][name], f"{name} stays with the manager"


def test_a_divided_rows_cells_stand_under_their_heads(client):
    people = a_branch("1234.56", "100.00")
    divided(people, "1")
    client.force_login(people["600001"].user, backend=BACKEND)
    page = client.get(f"/clients/figures/2026-10/people/{DEVELOPER}/").content.decode()
    table = page[page.index('aria-label="客户明细"') :]
    heads = re.findall(r"<th[^>]*>([^<]*)</th>", table)
    rows = [re.findall(r'<td[^>]*data-label="([^"]*)"', row) for row in re.findall(r"<tr><td.*?</tr>", table, re.DOTALL)]
    assert rows == [heads, heads], "one divided, one whole"
    assert "864.19" in table
    assert "70% × 1,234.56" in table


def test_the_manager_may_be_the_one_who_serves():
    people = a_branch("1234.56")
    divided(people, "1", pair=(SERVICE, DEVELOPER))
    after = lines(people)
    assert after[SERVICE]["net_commission"] == Decimal("864.19"), "the developer, although not the manager"
    assert after[SERVICE]["clients_end"] == 0
    assert after[DEVELOPER]["net_commission"] == Decimal("370.37")
    assert after[DEVELOPER]["clients_end"] == 1


@pytest.mark.parametrize(("since", "until"), [(Month(2026, 11), None), (OCTOBER, OCTOBER)])
def test_only_its_own_months_are_shared(since, until):
    people = a_branch("1234.56")
    (one,) = divided(people, "1", since=since, until=until)
    shared_now = since == OCTOBER
    assert (lines(people)[SERVICE]["net_commission"] != 0) is shared_now
    Division.objects.filter(pk=one.pk).update(void=True)
    assert lines(people)[SERVICE]["net_commission"] == 0


@pytest.mark.parametrize(("settled", "shares"), [(SERVICE, True), ("600103", False), (None, False)])
def test_a_settled_row_is_shared_only_between_the_two(settled, shares):
    people = a_branch("1000.00")
    divided(people, "1")
    row = ClientMonth.objects.get()
    settled_to = people[settled] if settled else None
    ClientMonth.objects.filter(pk=row.pk).update(exception="manager_changed", resolution="keep", settled_to=settled_to)
    after = lines(people)
    assert [after[who]["net_commission"] for who in (DEVELOPER, SERVICE)] == ([700, 300] if shares else [0, 0])
    if settled:
        assert after[settled]["clients_end"] == 1


def test_an_unconfirmed_row_is_shared_with_nobody():
    people = a_branch("1000.00")
    divided(people, "1")
    ClientMonth.objects.update(manager=people["600103"])
    assert {values["net_commission"] for values in lines(people).values()} == {0}


def test_each_of_the_two_alone_and_row_by_row():
    people = a_branch("1234.56", "0.05", "-77.77")
    divided(people, "1", "2", "3", percent="33.33")
    row = figures_month(people.branch, OCTOBER)
    for staff_no, values in lines(people).items():
        alone = line_of(people[staff_no], people.branch, OCTOBER, row)
        assert alone is not None
        assert alone.values == values
    for staff_no in (DEVELOPER, SERVICE):
        for name in DIVIDED:
            rows = list(rows_behind(people.branch, OCTOBER, people[staff_no].pk, name))
            parts = [getattr(part_of(one) or one, SUMS[name]) for one in rows]
            assert sum(parts) == lines(people)[staff_no][name]
        assert len(rows_behind(people.branch, OCTOBER, people[staff_no].pk)) == 3
    assert not rows_behind(people.branch, OCTOBER, people[SERVICE].pk, "assets_end").exists()
    assert [part_of(one).earns for one in rows_behind(people.branch, OCTOBER, people[SERVICE].pk)] == [False] * 3


def test_the_api_says_what_a_partner_has_of_a_row():
    people = a_branch("1234.56")
    divided(people, "1")
    rows = rows_behind(people.branch, OCTOBER, people[SERVICE].pk, "net_commission")
    (row,) = FigureRowOut(rows, many=True).data
    assert row["net_commission"] == "1234.56"
    assert (row["part"]["percent"], row["part"]["net_commission"], row["part"]["earns"]) == ("30.00", "370.37", False)


def test_what_is_locked_is_what_was_live():
    people = a_branch("1234.56")
    divided(people, "1")
    live = lines(people)
    lock(branch=people.branch, month=OCTOBER, by=people["600002"])
    assert lines(people) == live
    assert locked_figures(people.branch, OCTOBER)[people[SERVICE].pk].net_commission == Decimal("370.37")
    assert ManagerFigure.objects.get(person=people[DEVELOPER]).clients_end == 1


def test_it_takes_no_statement_of_its_own():
    people = a_branch("1234.56")
    asked = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            count(people.branch, OCTOBER, opened_from(OCTOBER))
        asked.append(len(captured))
        if not Division.objects.exists():
            divided(people, "1")
    assert asked[0] == asked[1]


AMOUNTS = st.integers(-(10**7), 10**9).map(lambda number: f"{Decimal(number).scaleb(-2):.2f}")
PERCENTS = st.integers(0, 10_000).map(lambda number: str(Decimal(number).scaleb(-2)))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(AMOUNTS, PERCENTS, st.booleans()), min_size=1, max_size=6))
def test_whatever_is_divided_the_branch_has_the_same(rows):
    with transaction.atomic():
        people = a_branch(*(net for net, _, _ in rows))
        before = total_of(lines_of(people.branch, OCTOBER))
        for number, (_, percent, turned) in enumerate(rows, 1):
            divided(people, str(number), percent=percent, pair=(SERVICE, DEVELOPER) if turned else (DEVELOPER, SERVICE))
        assert total_of(lines_of(people.branch, OCTOBER)) == before
        transaction.set_rollback(True)
