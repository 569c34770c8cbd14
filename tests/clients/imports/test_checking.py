"""What the pre-check says of single rows and of whole files."""

from __future__ import annotations

import pytest

from clients.imports.actions import import_files
from clients.imports.findings import FilesRefused
from clients.imports.models import ClientMonth, ImportBatch, StagedRow
from clients.imports.sheets import Upload
from kernel.refusals import Refusal
from tests.factories.clients import book, branch_with, client_row, confirm, csv_file, sale_row, sales_csv
from tests.kernel.sheets.malformed import CASES

pytestmark = pytest.mark.django_db


def found(report, kind):
    return [(f.row, f.column, f.value) for f in report.findings if f.kind == kind]


@pytest.mark.parametrize(
    ("changes", "kind", "column"),
    [
        ({"净佣金收入": "73.00"}, "unbalanced", "净佣金收入"),
        ({"净佣金收入": "-72.99"}, "unbalanced", "净佣金收入"),
        ({"开户日期": "2026-11-01"}, "opened_later", "开户日期"),
        ({"佣金收入": "八十元"}, "bad_cell", "佣金收入"),
        ({"佣金收入": ""}, "bad_cell", "佣金收入"),
        ({"客户类型": "团体"}, "bad_cell", "客户类型"),
        ({"关系类型": "介绍"}, "bad_cell", "关系类型"),
        ({"是否有效户": "Y"}, "bad_cell", "是否有效户"),
        ({"开户日期": "2026-02-30"}, "bad_cell", "开户日期"),
        ({"客户号": ""}, "bad_cell", "客户号"),
    ],
)
def test_a_bad_row_is_refused_by_row_and_column_and_nothing_is_booked(changes, kind, column):
    people = branch_with()
    (report,) = book(people, csv_file([client_row("2000000001"), client_row("2000000002", **changes)]))
    assert report.refused
    assert [(row, name) for row, name, _ in found(report, kind)] == [(3, column)]
    assert report.totals["accepted"]["rows"] == 1
    assert report.totals["file"]["rows"] == 2
    assert not ClientMonth.objects.exists()
    assert not ImportBatch.objects.exists()


def test_a_client_twice_counts_once_and_the_first_row_is_named():
    people = branch_with()
    (report,) = book(people, csv_file([client_row("1"), client_row("2"), client_row("1", 期末资产="9.00")]))
    (duplicate,) = [f for f in report.findings if f.kind == "duplicate"]
    assert (duplicate.row, duplicate.value) == (4, "1")
    assert "第 2 行" in duplicate.message


def test_personal_values_are_masked_in_what_is_said():
    people = branch_with()
    (report,) = book(people, csv_file([client_row("1", 资金账号="3010 0012 0000"), client_row("2", 客户姓名="王\x01小明")]))
    assert {(f.column, f.value) for f in report.findings if f.kind == "bad_cell"} == {
        ("资金账号", "3010******0000"),
        ("客户姓名", "王***"),
    }


@pytest.mark.parametrize(("changes", "column"), [({"月份": "2026-09"}, "月份"), ({"营业部代码": "0755NS"}, "营业部代码")])
def test_a_file_of_another_branch_or_with_two_months_is_refused_whole(changes, column):
    people = branch_with()
    with pytest.raises(FilesRefused) as stop:
        book(people, csv_file([client_row("1"), client_row("2", **changes)]))
    assert [(f.row, f.column) for f in stop.value.findings] == [(3, column)]


def test_a_total_row_is_noticed_and_compared():
    people = branch_with()
    total = dict.fromkeys(client_row(), "") | {"月份": "合计", "净佣金收入": "145.98"}
    (report,) = book(people, csv_file([client_row("1"), client_row("2"), total]), dry_run=True)
    assert found(report, "total_row") == [(4, "", "")]
    assert not found(report, "total_differs")
    (report,) = book(people, csv_file([client_row("1"), client_row("2"), total | {"净佣金收入": "145.99"}]), dry_run=True)
    assert [row for row, _, _ in found(report, "total_differs")] == [4]
    assert not report.refused


def test_last_month_is_compared_with_this_one():
    people = branch_with()
    september = {"月份": "2026-09"}
    book(people, csv_file([client_row("1", **september), client_row("2", **september), client_row("3", **september)]))
    confirm(people, "2026-09")
    rows = [
        client_row("1", 期初资产="1500.00"),
        client_row("2", 期初资产="1499.99", 客户姓名="王大明"),
        client_row("4", 期初资产="5.00"),
        client_row("5", 期初资产="0.00", 开户日期="2026-10-09"),
    ]
    (report,) = book(people, csv_file(rows))
    assert not report.refused
    assert [row for row, _, _ in found(report, "opening_gap")] == [3]
    assert [row for row, _, _ in found(report, "client_changed")] == [3]
    assert [row for row, _, _ in found(report, "opening_not_zero")] == [4]
    assert len(found(report, "missing_clients")) == 1
    assert [row for row, _, _ in found(report, "unconfirmed_relation")] == [4, 5]


def test_a_skipped_month_is_told_and_an_earlier_first_month_refused():
    people = branch_with()
    book(people, csv_file([client_row("1", 月份="2026-08", 开户日期="2024-01-01")]))
    confirm(people, "2026-08")
    (report,) = book(people, csv_file([client_row("1")]))
    assert found(report, "missing_month")
    with pytest.raises(Refusal, match="不能再导入更早"):
        book(people, csv_file([client_row("1", 月份="2026-07")]))


def test_sales_are_checked_row_by_row():
    people = branch_with()
    book(people, csv_file([client_row("000000001", 资金账号="302000000001")]))
    rows = [
        sale_row(),
        sale_row(客户风险等级="C1", 产品风险等级="R2"),
        sale_row(成交日期="2026-10-10"),
        sale_row(产品代码="XX999"),
        sale_row(客户经理工号="699999"),
        sale_row(客户经理="夏娜芳"),
        sale_row(资金账号="999"),
        sale_row(),
    ]
    (report,) = book(people, sales_csv(rows))
    assert not report.refused
    assert report.totals["sales"] == {
        "rows": 8,
        "amount": "400000.00",
        "unsuitable_rows": [3],
        "unsuitable_amount": "50000.00",
    }
    assert [row for row, _, _ in found(report, "not_trading_day")] == [4]
    assert [row for row, _, _ in found(report, "unknown_product")] == [5]
    assert [row for row, _, _ in found(report, "unknown_manager")] == [6]
    assert [row for row, _, _ in found(report, "name_mismatch")] == [7]
    assert found(report, "unknown_client") == [(8, "资金账号", "***")]
    assert [row for row, _, _ in found(report, "repeated_sale")] == [9]
    (report,) = book(people, sales_csv([sale_row(成交日期="2026-09-30")]))
    assert [row for row, _, _ in found(report, "outside_month")] == [2]


def test_two_files_of_one_kind_or_of_two_months_do_not_go_together():
    people = branch_with()
    with pytest.raises(Refusal, match="一次只能导入一份"):
        book(people, csv_file([client_row("1")], name="a.csv"), csv_file([client_row("2")], name="b.csv"))


GENERAL = [case for case in CASES if case.general]


@pytest.mark.parametrize("case", GENERAL, ids=lambda case: case.name)
def test_an_odd_file_is_read_right_or_refused_and_never_half(case):
    people = branch_with()
    names = list(client_row())
    rows = [names] + [list(client_row(f"300000000{n}", 资金账号=f"30300000000{n}").values()) for n in range(1, 4)]
    upload = Upload.of(case.filename, case.make(rows))
    readable = not case.refused and case.name != "bomb_with_a_lying_size"
    if case.sheet is not None:
        readable = True  # the importer looks for the sheet by its header
    if readable:
        (report,) = import_files(files=[upload], branch=people.branch, by=people["600001"])
        assert not report.refused
        assert report.totals["accepted"]["net_commission"] == "218.97"
        assert ClientMonth.objects.count() == 3
    else:
        with pytest.raises(Refusal):
            import_files(files=[upload], branch=people.branch, by=people["600001"])
        assert not ClientMonth.objects.exists()
    assert not StagedRow.objects.exists()
