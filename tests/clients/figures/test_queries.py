"""The figures of three months equal what the pay was reckoned from, and add up to the control totals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from branch.parameters.models import ParameterValue
from clients.figures.queries import figures_month, line_of, lines_of, rows_behind, total_of
from clients.imports.models import ClientMonth
from clients.products.queries import sales_of
from kernel.months import Month
from tests.factories.clients import TOTALS, book, branch_with, client_file, client_row, confirm, csv_file, expected, sales_file

pytestmark = pytest.mark.django_db

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
