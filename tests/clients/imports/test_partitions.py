"""On PostgreSQL each month's rows lie in a table of their own."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from clients.imports.models import ClientMonth
from clients.imports.partitions import ensure_partition
from kernel.months import Month
from tests.factories.clients import book, branch_with, client_row, csv_file

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]


def tables() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text, count(*) FROM clients_clientmonth GROUP BY 1")
        return dict(cursor.fetchall())


def test_a_booked_month_lies_in_its_own_partition_and_nowhere_else():
    people = branch_with()
    book(people, csv_file([client_row("1", 月份="2026-09"), client_row("2", 月份="2026-09")]))
    book(people, csv_file([client_row("1")]))
    assert tables() == {"clients_clientmonth_202609": 2, "clients_clientmonth_202610": 1}


def test_a_partition_is_made_once_and_a_row_without_one_is_kept_all_the_same():
    people = branch_with()
    book(people, csv_file([client_row("1")]))
    ensure_partition(Month(2026, 10))
    row = ClientMonth.objects.get()
    row.pk, row.month = None, Month(2031, 1)
    row.save()
    ensure_partition(Month(2031, 1))
    assert tables() == {"clients_clientmonth_202610": 1, "clients_clientmonth_rest": 1}


def test_one_month_is_read_from_one_table_alone():
    people = branch_with()
    book(people, csv_file([client_row("1")]))
    plan = ClientMonth.objects.filter(branch=people.branch, month=Month(2026, 10)).order_by().explain()
    assert "clients_clientmonth_202610" in plan
    assert "clients_clientmonth_rest" not in plan


def test_a_client_still_has_one_row_a_month():
    people = branch_with()
    book(people, csv_file([client_row("1")]))
    row = ClientMonth.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_no_month_makes_no_table():
    with pytest.raises(Exception, match="no month"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT clients_month_partition(7)")
