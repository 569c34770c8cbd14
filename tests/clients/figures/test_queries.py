"""The figures of three months equal what the pay was reckoned from, and add up to the control totals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from branch.org.models import Team
from branch.parameters.models import ParameterValue
from branch.people.models import Engagement, Person, Posting
from clients.figures import counting
from clients.figures.queries import figures_month, line_of, lines_of, live_values, rows_behind, sales_behind, total_of
from clients.figures.rules import SUMS
from clients.imports import resolving
from clients.imports.actions import import_files
from clients.imports.models import ClientMonth
from clients.products.queries import sales_of
from clients.registry.actions import confirm_relations
from clients.registry.models import ConfirmationSlip, Relation
from kernel.months import Month
from tests.factories.branch import give_role, make_branch, make_person
from tests.factories.clients import (
    TOTALS,
    book,
    branch_with,
    client_file,
    client_row,
    confirm,
    csv_file,
    expected,
    sale_row,
    sales_csv,
    sales_file,
)

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)

COLUMNS = {
    "净佣金": "net_commission",
    "期末客户数": "clients_end",
    "新增有效户": "new_valid_accounts",
    "期末资产": "assets_end",
    "净新增资产": "net_new_assets",
}


def test_three_months_equal_the_expected_figures():
    people = branch_with()
    for text in ("2026-08", "2026-09", "2026-10"):
        month = Month.parse(text)
        book(people, client_file(text), sales_file(text))
        assert {line.net_commission for line in lines_of(people.branch, month)} == {Decimal("0.00")} or text != "2026-08"
        confirm(people, text)
        lines = {line.person.staff_no: line for line in lines_of(people.branch, month)}
        wanted = expected(text)
        assert set(lines) == {row["工号"] for row in wanted}
        for row in wanted:
            found = {label: str(lines[row["工号"]].values[name]) for label, name in COLUMNS.items()}
            assert found == {label: row[label] for label in COLUMNS}, row["工号"]
        _adds_up(people.branch, month, list(lines.values()))
        _large_months_agree(people.branch, month)


def _large_months_agree(branch, month):
    """A month of a great many rows is asked for in another way."""
    as_few = live_values(branch, month)
    with patch.object(counting, "LARGE", 1):
        as_many = live_values(branch, month)
    assert any(values["new_valid_accounts"] for values in as_few.values())
    assert as_many == as_few


def _adds_up(branch, month, lines):
    totals, control = total_of(lines), TOTALS[str(month)]
    assert str(totals["net_commission"]) == control["accepted"]["net_commission"]
    assert str(totals["assets_end"]) == control["accepted"]["end_assets"]
    assert totals["clients_end"] == control["accepted"]["rows"]
    assert totals["new_accounts"] == control["accepted"]["opened"]
    assert str(totals["product_sales_amount"]) == control["sales"]["amount"]
    assert str(totals["unsuitable_sales_amount"]) == control["sales"]["unsuitable_amount"]
    facts = [fact for sales in sales_of(branch, month).values() for fact in sales]
    assert sorted(fact.row for fact in facts if not fact.suitable) == control["sales"]["unsuitable_rows"]
    assert totals["clients_end"] == ClientMonth.objects.filter(branch=branch, month=month).count()
    line = max(lines, key=lambda line: line.new_valid_accounts)
    assert rows_behind(branch, month, line.person.pk, "new_valid_accounts").count() == line.new_valid_accounts
    assert sum(row.net_commission for row in rows_behind(branch, month, line.person.pk)) == line.net_commission
    alone = line_of(line.person, branch, month, figures_month(branch, month))
    assert alone is not None
    assert alone.values == line.values


AMOUNTS = st.integers(-(10**7), 10**9).map(lambda number: Decimal(number) / 100)
MANAGERS = st.sampled_from(["600101", "600102", "600103", "600157", "699901"])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(MANAGERS, AMOUNTS, AMOUNTS, st.booleans()), min_size=1, max_size=25))
def test_what_the_managers_have_adds_up_to_what_the_file_was_accepted_for(rows):
    with transaction.atomic():
        people = branch_with()
        listed = [
            client_row(
                str(number),
                客户经理工号=manager,
                客户经理="",
                佣金收入=f"{net + 7:.2f}",
                经手费="7.00",
                证管费="0.00",
                过户费="0.00",
                投保基金="0.00",
                净佣金收入=f"{net:.2f}",
                期末资产=f"{assets:.2f}",
                是否有效户="是" if valid else "否",
                开户日期="2026-10-02",
            )
            for number, (manager, net, assets, valid) in enumerate(rows, 1)
        ]
        (report,) = book(people, csv_file(listed))
        confirm(people, "2026-10")
        totals = total_of(lines_of(people.branch, Month(2026, 10)))
        accepted = report.totals["accepted"]
        assert str(totals["net_commission"]) == accepted["net_commission"]
        assert str(totals["assets_end"]) == accepted["end_assets"]
        assert totals["clients_end"] == accepted["rows"]
        assert totals["new_valid_accounts"] == sum(valid for manager, _, _, valid in rows if manager != "699901")
        transaction.set_rollback(True)


def test_an_account_is_new_and_valid_once_within_three_months():
    people = branch_with()
    months = {"2026-08": "否", "2026-09": "是", "2026-10": "是", "2026-11": "是"}
    for month, flag in months.items():
        rows = [
            client_row("1", 月份=month, 开户日期="2026-08-03", 是否有效户=flag),
            client_row("2", 月份=month, 开户日期="2026-07-31", 是否有效户=flag),
            client_row("3", 月份=month, 开户日期="2026-08-03", 是否有效户="是" if month == "2026-11" else "否"),
        ]
        book(people, csv_file(rows))
        confirm(people, month)
    counted = {month: total_of(lines_of(people.branch, Month.parse(month)))["new_valid_accounts"] for month in months}
    assert counted == {"2026-08": 0, "2026-09": 1, "2026-10": 0, "2026-11": 0}


@pytest.mark.parametrize(("account", "valid_before", "counted"), [("301", "是", 0), ("301", "否", 1), ("302", "是", 1)])
def test_an_account_that_moves_to_another_branch_is_not_new_again(account, valid_before, counted):
    """It was valid, and paid for, in August there; `counted` 1: it wasn't valid yet, or it is another account."""
    people = branch_with()
    there, (person, hired) = make_branch("0755NS", "南山营业部"), (make_person("700900", "何小南"), date(2024, 1, 1))
    Engagement.objects.create(
        person=person, branch=there, kind="employee", hired_on=hired, contract_from=hired, contract_to=date(2028, 1, 1)
    )
    give_role(make_person("700901", "齐小南"), "trade_admin", branch=there)
    own = {"开户日期": "2026-08-03", "资金账号": "301"}
    before = client_row(
        "1", 月份="2026-08", 营业部代码="0755NS", 客户经理工号="700900", 客户经理="", 是否有效户=valid_before, **own
    )
    import_files(files=[csv_file([before])], branch=there, by=Person.objects.get(staff_no="700901"))
    confirm_relations(branch=there, month=Month(2026, 8), by=Person.objects.get(staff_no="700901"))
    book(people, csv_file([client_row("1", 月份="2026-09", **own | {"资金账号": account})]))
    confirm(people, "2026-09")
    september = Month(2026, 9)
    (line,) = [line for line in lines_of(people.branch, september) if line.values["clients_end"]]
    assert line.values["new_valid_accounts"] == counted
    assert rows_behind(people.branch, september, line.person.pk, "new_valid_accounts").count() == counted
    assert [row.is_fresh for row in rows_behind(people.branch, september, line.person.pk)] == [bool(counted)]


def test_the_first_opening_day_is_a_parameter():
    people = branch_with()
    book(people, csv_file([client_row("1", 开户日期="2026-08-15")]))
    confirm(people, "2026-10")
    assert total_of(lines_of(people.branch, Month(2026, 10)))["new_valid_accounts"] == 1
    ParameterValue.objects.create(
        code="figures.opened_from",
        name="新增有效户起算开户日",
        value="2026-09-01",
        effective_from=date(2026, 1, 1),
        source="测试",
        state="confirmed",
    )
    assert total_of(lines_of(people.branch, Month(2026, 10)))["new_valid_accounts"] == 0


def mixed():
    """September's two clients; in October one waits, one is new, one is settled to another, one has no slip yet; two sales."""
    people = branch_with()
    sold = sales_csv([sale_row(资金账号="302000000001"), sale_row(产品代码="XX9", 资金账号="302000000001")])
    book(people, csv_file([client_row("1", 月份="2026-09", 资金账号="302000000001"), client_row("2", 月份="2026-09")]))
    confirm(people, "2026-09")
    moved = {"客户经理工号": "600102", "客户经理": "夏娜芳", "期初资产": "1500.00"}
    listed = [
        client_row("1", 资金账号="302000000001"),
        client_row("2", **moved),
        client_row("3", 客户经理工号="699901"),
        client_row("4", 开户日期="2026-10-09"),
    ]
    book(people, csv_file(listed), sold)
    confirm(people, "2026-10")
    book(people, csv_file([*listed, client_row("5")]))
    rows = ClientMonth.objects.filter(month=OCTOBER, client__client_no="3").values_list("pk", flat=True)
    given = {"branch": people.branch, "month": OCTOBER, "by": people["600001"]}
    resolving.resolve_rows(ids=rows, how="correct", staff_no="600103", reason="笔误", **given)
    Relation.objects.create(  # a span that overlaps the first one: the row counts once all the same
        client=ClientMonth.objects.get(month=OCTOBER, client__client_no="1").client,
        manager=people["600101"],
        kind="开发",
        from_month=Month(2026, 7),
        to_month=OCTOBER,
        slip=_another_slip(people),
    )
    return people


def _another_slip(people):
    slip = ConfirmationSlip.objects.filter(client__client_no="1").get()
    slip.pk, slip.number, slip.serial = None, 9_001, "X-9001"
    slip.save()
    return slip


def test_the_sums_are_those_of_the_rows_behind_them():
    people = mixed()
    branch, values = people.branch, live_values(people.branch, OCTOBER)
    counted = {}
    for staff_no in ("600101", "600102", "600103"):
        person = people[staff_no]
        rows = list(rows_behind(branch, OCTOBER, person.pk))
        own = values[person.pk]
        counted[staff_no] = [row.client.client_no for row in rows]
        assert own["clients_end"] == len(rows)
        assert own["new_valid_accounts"] == sum(row.is_fresh for row in rows)
        assert own["new_accounts"] == sum(row.opened_on >= OCTOBER.first for row in rows)
        for figure, column in SUMS.items():
            assert own[figure] == sum(getattr(row, column) for row in rows)
        assert own["net_new_assets_raw"] == sum(row.assets_in - row.assets_out for row in rows)
        assert own["product_sales_amount"] == sum(sale.amount for sale in sales_behind(branch, OCTOBER, person.pk))
        assert live_values(branch, OCTOBER, person.pk) == {person.pk: own}
    assert counted == {"600101": ["1", "4"], "600102": [], "600103": ["3"]}
    assert values[people["600101"].pk]["product_sales_amount"] == Decimal("50000.00")
    assert {str(value) for value in values[people["600102"].pk].values()} == {"0", "0.00"}


def test_figures_take_four_statements_whatever_the_month_holds(django_assert_num_queries):
    people = mixed()
    for month in (OCTOBER, Month(2026, 9)):
        with django_assert_num_queries(4):
            live_values(people.branch, month)
    with django_assert_num_queries(3):
        live_values(people.branch, OCTOBER, people["600101"].pk)


def test_who_left_in_the_month_is_shown_in_the_team_of_the_last_day():
    people = branch_with("2026-10")
    month, leaver = Month(2026, 10), people["600101"]
    team = leaver.postings.get().team.name
    leaver.postings.update(effective_to=date(2026, 10, 12))
    leaver.engagements.update(ended_on=date(2026, 10, 12))
    line = next(line for line in lines_of(people.branch, month) if line.person == leaver)
    assert line.team == team
    assert line_of(leaver, people.branch, month, figures_month(people.branch, month)).team == team


def test_who_changes_teams_in_the_month_is_shown_in_the_later_one():
    people = branch_with("2026-10")
    month, mover = Month(2026, 10), people["600101"]
    other = Team.objects.create(branch=people.branch, name="调入队")
    mover.postings.update(effective_to=date(2026, 10, 12))
    Posting.objects.create(person=mover, branch=people.branch, post="客户经理", team=other, effective_from=date(2026, 10, 13))
    assert next(line for line in lines_of(people.branch, month) if line.person == mover).team == "调入队"
