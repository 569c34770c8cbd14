"""Set by set against what is known: the same verdicts whatever the number of rows, and bounded lists."""

from __future__ import annotations

import contextlib
from collections import Counter
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from clients import bulk
from clients.bulk import FEW_ENOUGH, LARGE, by_hashing
from clients.imports import actions, checking, comparing
from clients.imports.models import ClientMonth, ImportProblem, StagedRow
from clients.registry.models import Client, ConfirmationSlip, Relation
from clients.registry.rules import initials
from kernel.months import Month
from kernel.refusals import Refusal
from tests.factories.clients import CLIENT_FILES, book, branch_with, client_row, confirm, csv_file, demo_file, sale_row, sales_csv

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER = Month(2026, 9), Month(2026, 10)


def rows_of(report, kind):
    return [finding.row for finding in report.findings if finding.kind == kind]


def precheck(people, *lines, **options):
    return actions.precheck(files=[csv_file(list(lines))], branch=people.branch, by=people["600001"], **options)


def test_a_duplicate_is_out_of_every_sum_whatever_else_is_wrong_with_it():
    people = branch_with()
    lines = [client_row("1"), client_row("2"), client_row("1", 客户经理工号="999999"), client_row("2", 净佣金收入="0.00")]
    (report,) = book(people, csv_file(lines))
    assert rows_of(report, "duplicate") == [4, 5]
    assert rows_of(report, "unbalanced") == [5]
    assert rows_of(report, "unknown_manager") == []
    assert (report.rows_of("refused"), report.rows_of("exception")) == (2, 0)
    assert report.totals["accepted"]["rows"] == 2


def test_a_row_refused_for_itself_still_names_its_client():
    people = branch_with()
    book(people, csv_file([client_row("1", 月份="2026-09"), client_row("2", 月份="2026-09")]))
    (report,) = book(people, csv_file([client_row("1"), client_row("2", 净佣金收入="0.00")]), dry_run=True)
    assert rows_of(report, "missing_clients") == []
    (report,) = book(people, csv_file([client_row("1")]), dry_run=True)
    assert rows_of(report, "missing_clients") == [0]


def test_what_is_too_much_to_list_is_counted():
    people = branch_with()
    lines = [client_row(str(at), 客户经理工号="999999") for at in range(1, 6)]
    lines += [client_row(str(at), 净佣金收入="0.00") for at in range(6, 10)]
    few = patch.object(checking, "MOST_LISTED", 2), patch.object(comparing, "MOST_LISTED", 2)
    kept = patch.dict(comparing._unconfirmed._plans, clear=True)  # its bound stands in the statement
    with few[0], few[1], kept:
        checked = precheck(people, *lines, client_row("20"), client_row("21"), client_row("22"))
    report, problems = checked.report, ImportProblem.objects.filter(batch=checked.batch)
    assert (report.rows_of("refused"), report.rows_of("exception")) == (4, 5)
    assert (checked.batch.refused, checked.batch.waiting) == (4, 5)
    listed = Counter(problems.values_list("kind", flat=True))
    assert listed == {"unbalanced": 3, "unknown_manager": 3, "unconfirmed_relation": 1}
    assert "另有 2 行" in problems.get(kind="unbalanced", row=0).message
    assert "3 位客户的关系待确认" in problems.get(kind="unconfirmed_relation").message


def test_a_change_of_manager_waits_and_says_whose_client_it_was():
    people = branch_with()
    book(people, csv_file([client_row("1", 月份="2026-09"), client_row("2", 月份="2026-09")]))
    confirm(people, "2026-09")
    checked = precheck(people, client_row("1", 客户经理工号="600102", 客户经理=people["600102"].name), client_row("2"))
    assert rows_of(checked.report, "manager_changed") == [2]
    assert checked.report.totals["accepted"]["rows"] == 1
    changed, same = StagedRow.objects.order_by("source_row")
    assert (changed.exception, changed.expected_id, changed.marks) == ("manager_changed", people["600101"].pk, 0)
    assert (same.exception, same.expected_id) == ("", None)
    actions.confirm(batch_id=checked.batch.pk, by=people["600001"])
    assert ClientMonth.objects.get(month=OCTOBER, exception="manager_changed").expected == people["600101"]


@pytest.mark.parametrize("few", [1, 10**6], ids=["hashed", "looked up"])
def test_a_relation_counts_though_its_manager_was_never_engaged_here(few):
    """The branch's relations are sought by its roster first: whoever isn't in it is found by the client."""
    people = branch_with()
    book(people, csv_file([client_row("1", 月份="2026-09"), client_row("2", 月份="2026-09")]))
    confirm(people, "2026-09")
    elsewhere = people["600001"]
    assert not elsewhere.engagements.exists()
    Relation.objects.filter(client__client_no="1").update(manager=elsewhere)
    with patch.object(comparing, "FEW_ENOUGH", few):
        checked = precheck(people, client_row("1"), client_row("2"), client_row("3"))
    assert rows_of(checked.report, "manager_changed") == [2]
    assert rows_of(checked.report, "unconfirmed_relation") == [4]
    assert StagedRow.objects.get(source_row=2).expected_id == elsewhere.pk


def test_new_clients_get_their_search_letters_and_changed_ones_new_ones():
    people = branch_with()
    book(
        people,
        csv_file([client_row("1", 月份="2026-09", 客户姓名="谢辉俊"), client_row("2", 月份="2026-09", 客户姓名="A·朱 y1%")]),
    )
    assert dict(Client.objects.values_list("client_no", "initials")) == {"1": "xhj", "2": initials("A·朱 y1%")}
    book(people, csv_file([client_row("1", 客户姓名="王小明"), client_row("2", 客户姓名="A·朱 y1%")]))
    assert Client.objects.get(client_no="1").initials == "wxm"


@pytest.mark.parametrize("manager", ["600101", "699901"])
def test_staging_that_is_gone_asks_for_another_check(manager):
    """Also where every row waits for a manager."""
    people = branch_with()
    checked = precheck(people, client_row("1", 客户经理工号=manager))
    StagedRow.objects.all().delete()
    with pytest.raises(Refusal, match="重新预检"):
        actions.confirm(batch_id=checked.batch.pk, by=people["600001"])


def test_nothing_is_missed_where_no_client_row_was_staged():
    people = branch_with()
    sales = sales_csv([sale_row(产品代码="XX9"), sale_row(成交日期="2026-09-01")])
    refused = csv_file([client_row("1", 净佣金收入="0.00")])
    checked = actions.precheck(files=[refused, sales], branch=people.branch, by=people["600001"])
    actions.confirm(batch_id=checked.batch.pk, by=people["600001"], leave_out="CRM 更正中")
    assert not StagedRow.objects.exists()


@pytest.mark.slow
@pytest.mark.parametrize("large", [0, 10**6])
def test_slips_are_the_same_looked_up_and_hashed(large):
    people = branch_with("2026-08")
    with patch.object(bulk, "LARGE", large), patch.object(comparing, "LARGE", large):
        book(people, demo_file(CLIENT_FILES["2026-09"]))
    assert ConfirmationSlip.objects.filter(month=SEPTEMBER, basis="new", state="proposed").count() == 92
    numbers = list(ConfirmationSlip.objects.filter(month=SEPTEMBER).order_by("number").values_list("number", "serial"))
    assert numbers == [(at, f"202609-0755FT-{at:04d}") for at in range(1, len(numbers) + 1)]


@pytest.mark.postgres
def test_the_planners_habits_come_back_after_a_large_set():

    def habit():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('enable_nestloop'), current_setting('enable_mergejoin')")
            return set(cursor.fetchone())

    def page_by_page():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('enable_indexscan')")
            return cursor.fetchone()[0] == "off"

    with by_hashing(rows=LARGE):
        assert habit() == {"off"}
        assert not page_by_page()
    with by_hashing(rows=FEW_ENOUGH, least=FEW_ENOUGH):
        assert habit() == {"off"}
        assert page_by_page()
    assert habit() == {"on"}
    assert not page_by_page()
    with by_hashing(rows=LARGE - 1):
        assert habit() == {"on"}
    with by_hashing(rows=LARGE):
        with by_hashing(rows=FEW_ENOUGH, least=FEW_ENOUGH):
            assert habit() == {"off"}
        assert habit() == {"off"}
    assert habit() == {"on"}
    with contextlib.suppress(ZeroDivisionError), transaction.atomic(), by_hashing(rows=LARGE):
        raise ZeroDivisionError
    assert habit() == {"on"}
    with by_hashing(rows=LARGE):
        assert habit() == {"off"}


def test_a_later_month_asks_the_same_few_statements_whatever_its_rows():
    people = branch_with("2026-08")
    with CaptureQueriesContext(connection) as asked:
        book(people, demo_file(CLIENT_FILES["2026-09"]))
    assert len(asked) <= 60, "\n".join(one["sql"][:90] for one in asked.captured_queries)


def test_a_file_of_refused_rows_alone_is_not_called_unchanged():
    people = branch_with()
    checked = precheck(people, client_row("1", 净佣金收入="0.00"))
    assert not checked.report.unchanged
    assert checked.batch.refused == 1
