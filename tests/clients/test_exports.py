"""What is taken away from a list is what the list shows, under the same filters, to the same person."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.http import QueryDict

from branch.exports import actions, register
from branch.exports.models import Export
from clients.imports.actions import precheck
from clients.imports.models import ClientMonth
from clients.products.models import ProductSale
from clients.registry.models import Client, ConfirmationSlip
from kernel.refusals import Forbidden, Refusal, Unknown
from tests.clients.test_views import people  # noqa: F401
from tests.factories.branch import give_role, make_branch, make_person
from tests.factories.clients import branch_with, client_row, csv_file

pytestmark = pytest.mark.django_db
HEAD = 2


def table(people, who, kind, query=""):  # noqa: F811
    person = people[who]
    person.__dict__.pop("_holdings", None)
    export = actions.ask(kind=kind, query=QueryDict(query), by=person)
    content, _, _ = actions.download(export_id=export.pk, by=person)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    rows = [row for row in sheet.iter_rows(min_row=HEAD, values_only=True) if row[1] is not None]
    heads = [head for head in rows[0] if head]
    found = [dict(zip(heads, row, strict=False)) for row in rows[1:] if row[0] not in ("合计", None)]
    assert len(found) == export.rows
    return found


def test_clients_are_the_lists(people):  # noqa: F811
    everybody = table(people, "600001", "clients")
    assert {row["客户号"] for row in everybody} == set(Client.objects.values_list("client_no", flat=True))
    assert {row["资金账号(掩码)"] for row in everybody if row["客户号"] == "C1001"} <= {"3020****0001"}
    own = table(people, "600103", "clients")
    assert 0 < len(own) < len(everybody)
    assert {row["客户经理工号"] for row in own} == {"600103"}
    assert table(people, "600001", "clients", "relation=none") == [row for row in everybody if row["关系状态"] != "有效"]


def test_slips_and_sales_and_exceptions_follow_their_filters(people):  # noqa: F811
    slips = table(people, "600001", "slips")
    assert len(slips) == ConfirmationSlip.objects.count() > 0
    assert len(table(people, "600001", "slips", "state=valid")) == ConfirmationSlip.objects.filter(state="valid").count()
    assert len(table(people, "600001", "slips", "state=void")) == 0
    sales = table(people, "600001", "sales", "suitable=no")
    assert len(sales) == ProductSale.objects.filter(suitable=False, cleared_at=None).count() == 2
    waiting = table(people, "600001", "exceptions", "branch=0755FT&month=2026-10&kind=unknown_manager")
    assert len(waiting) == ClientMonth.objects.filter(exception="unknown_manager").count() == 1


BAD = [
    ("clients", "kind=x", "客户类型"),
    ("clients", "relation=x&q=王", "关系"),
    ("slips", "month=2020-01", "编号月份"),
    ("slips", "state=x", "状态"),
    ("sales", "suitable=x", "适当性"),
    ("sales", "manager=" + "6" * 21, "客户经理工号"),
    ("exceptions", "branch=0755FT&month=2026-10&kind=x", "类别"),
    ("exceptions", "branch=0755FT&month=2026-10&show=x", "显示"),
]


@pytest.mark.parametrize(("kind", "query", "field"), BAD)
def test_a_filter_that_cannot_be_used_takes_nothing_instead_of_everything(people, client, kind, query, field):  # noqa: F811
    with pytest.raises(Refusal, match="筛选条件不能用") as refused:
        actions.ask(kind=kind, query=QueryDict(query), by=people["600001"])
    assert [item.split(":")[0] for item in refused.value.items] == [field]
    client.force_login(people["600001"].user, backend="django.contrib.auth.backends.ModelBackend")
    assert "筛选条件不能用" in client.post(f"/exports/new/{kind}/?{query}", follow=True).content.decode()
    assert not Export.objects.exists()


def test_another_branch_takes_nothing_of_this_one(people):  # noqa: F811
    other = make_branch("0755LH", "深圳罗湖营业部")
    stranger = make_person("700001", "罗湖交易")
    give_role(stranger, "trade_admin", branch=other)
    for kind in ("clients", "slips", "sales"):
        export = actions.ask(kind=kind, query=QueryDict(""), by=stranger)
        assert export.rows == 0
    with pytest.raises(Forbidden):
        actions.ask(kind="exceptions", query=QueryDict(""), by=people["600103"])


def test_no_list_carries_a_full_account(people):  # noqa: F811
    numbers = set(Client.objects.values_list("fund_account", flat=True))
    for kind in ("clients", "sales"):
        shown = {str(value) for row in table(people, "600001", kind) for value in row.values()}
        assert not shown & numbers
    assert not register.kind_of("clients").secret


def test_figures_of_no_month_are_no_export(people, client):  # noqa: F811
    client.force_login(people["600001"].user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/exports/new/figures/?month=x").status_code == 404


def test_a_file_of_too_many_rows_makes_no_sheet_of_mistakes_and_says_what_to_do(settings):
    office = branch_with()
    rows = [client_row("1"), client_row("2", 净佣金收入="1.00")]
    checked = precheck(files=[csv_file(rows)], branch=office.branch, by=office["600001"])
    file = checked.batch.files.get()
    settings.EXPORT_MOST_ROWS = 1
    with pytest.raises(Refusal, match="请按导入页面列出的行更正"):
        actions.take(kind="import-errors", filters={"batch": str(checked.batch.pk), "file": str(file.pk)}, by=office["600001"])
    settings.EXPORT_MOST_ROWS = 2
    content, name, _ = actions.take(
        kind="import-errors", filters={"batch": str(checked.batch.pk), "file": str(file.pk)}, by=office["600001"]
    )
    assert (content[:2], name) == (b"PK", "明细_错误清单.xlsx")
    for filters in ({}, {"batch": "x", "file": "1"}, {"batch": str(checked.batch.pk), "file": "9999999999999999999999"}):
        with pytest.raises(Unknown):
            actions.take(kind="import-errors", filters=filters, by=office["600001"])
