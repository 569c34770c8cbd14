"""The figures of three months equal what the pay was reckoned from, and add up to the control totals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clients.figures.queries import counted_rows, lines_of, rows_behind, total_of
from clients.imports.models import ClientMonth
from clients.products.queries import sales_of
from kernel.months import Month
from tests.factories.clients import TOTALS, book, branch_with, client_file, confirm, expected, sales_file

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
    assert counted_rows(branch, month).count() == ClientMonth.objects.filter(branch=branch, month=month).count()
    line = max(lines, key=lambda line: line.new_valid_accounts)
    assert rows_behind(branch, month, line.person.pk, "new_valid_accounts").count() == line.new_valid_accounts
    assert sum(row.net_commission for row in rows_behind(branch, month, line.person.pk)) == line.net_commission
