"""On PostgreSQL each month's rows lie in a table of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count

import pytest
from django.db import IntegrityError, connection, transaction

from clients.bulk import _PAGE_BY_PAGE
from clients.imports.models import ClientMonth
from clients.imports.partitions import ensure_partition
from clients.imports.standing import _STANDING
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


def plan_of(statement: str, values: list[object], *, settings: Sequence[tuple[str, str]] = ()) -> str:
    """The plan for any values, which a session keeps."""
    with connection.cursor() as cursor:
        for name, value in (*settings, ("plan_cache_mode", "force_generic_plan")):
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        marks = (f"${number}" for number in count(1))
        cursor.execute(f"PREPARE kept AS {re.sub('%s', lambda _: next(marks), statement)}")
        try:
            cursor.execute(f"EXPLAIN EXECUTE kept({', '.join(['%s'] * len(values))})", values)
            return "\n".join(line for (line,) in cursor.fetchall())
        finally:
            cursor.execute("DEALLOCATE kept")


ROWS_OF_A_BRANCH = "SELECT m.manager_id, count(*) FROM clients_clientmonth m WHERE m.branch_id = %s AND m.month = %s GROUP BY 1"


@pytest.mark.parametrize("told", [True, False], ids=["as a month is made", "control: without the hint"])
def test_a_plan_made_while_the_month_held_one_branch_reads_no_other_branch_later(told):
    """The statistics know of one branch; the plan is kept until they are made anew."""
    people = branch_with()
    book(people, csv_file([client_row(str(number)) for number in range(400)]))
    with connection.cursor() as cursor:
        if not told:
            cursor.execute("ALTER TABLE clients_clientmonth_202610 ALTER COLUMN branch_id RESET (n_distinct)")
        cursor.execute("ANALYZE clients_clientmonth")
    plan = plan_of(ROWS_OF_A_BRANCH, [people.branch.pk, 202610], settings=_PAGE_BY_PAGE)
    of_the_branch = "clients_clientmonth_202610_branch_id_month_manager_id_idx"
    assert (of_the_branch in plan) is told, plan


def test_whether_a_branch_has_a_month_is_read_from_an_index_whatever_the_statistics_know():
    people = branch_with()
    book(people, csv_file([client_row(str(number)) for number in range(400)]))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE clients_clientmonth")
    plan = plan_of(_STANDING, [people.branch.pk] * 4)
    assert "Seq Scan on clients_clientmonth_202610" not in plan, plan
