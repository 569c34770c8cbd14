"""Pages: each opens for whom it is meant, the wizard goes its three steps, exports hold what the page shows."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from branch.audit.models import AuditRow
from branch.exports.models import Export
from clients.figures.models import FiguresMonth
from clients.imports.models import ClientMonth, ImportBatch
from clients.products.models import ProductProposal, ProductSale
from clients.registry.models import Client, ConfirmationSlip
from tests.factories.branch import give_role, make_branch, make_person, roster_rows
from tests.factories.clients import book, branch_with, client_row, confirm, csv_file, sale_row, sales_csv

pytestmark = pytest.mark.django_db
NAMES = {row["工号"]: row["姓名"] for row in roster_rows("客户经理")}


def row_of(number, manager, **changes):
    return client_row(number, **{"客户经理工号": manager, "客户经理": NAMES[manager]} | changes)


@pytest.fixture
def people():
    found = branch_with()
    rows = [
        row_of("1001", "600101", 资金账号="302000000001"),
        row_of("1003", "600103"),
        row_of("1004", "600157"),
        row_of("1005", "600157", 客户经理工号="699901"),
    ]
    book(
        found,
        csv_file(rows),
        sales_csv([sale_row(客户风险等级="C1"), sale_row(客户风险等级="C2", 产品风险等级="R3"), sale_row(产品代码="XX9")]),
    )
    confirm(found, "2026-10")
    return found


def page(client, person, name, *args, query=""):
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse(f"clients:{name}", args=args) + query)


def post(client, person, name, /, *args, follow=True, **data):
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client.post(reverse(f"clients:{name}", args=args), data, follow=follow)


ALL = {"600001", "600002", "600005", "600101", "600103"}
LISTS = [
    ("list", (), ALL),
    ("slip-list", (), ALL),
    ("sale-list", (), ALL),
    ("figures-month", ("2026-10",), ALL),
    ("import-list", (), {"600001", "600002"}),
    ("import-new", (), {"600001"}),
    ("import-template", ("clients",), {"600001"}),
    ("exception-list", (), {"600001", "600002"}),
    ("product-list", (), {"600001", "600002"}),
    ("figures-unlock", ("2026-10",), {"600002"}),
]


@pytest.mark.parametrize(("name", "args", "open_to"), LISTS, ids=lambda value: value if isinstance(value, str) else "")
def test_each_page_opens_for_whom_it_is_meant(client, people, name, args, open_to):
    for staff_no in sorted(ALL):
        response = page(client, people[staff_no], name, *args)
        assert response.status_code == (200 if staff_no in open_to else 403), staff_no
    client.logout()
    assert client.get(reverse(f"clients:{name}", args=args)).status_code == 302


@pytest.mark.parametrize(
    ("staff_no", "own", "seen"),
    [("600103", "1003", {"1003"}), ("600101", "1001", {"1001", "1003"}), ("600001", "1004", {"1001", "1003", "1004", "1005"})],
)
def test_a_foreign_client_slip_or_figure_is_not_there(client, people, staff_no, own, seen):
    person = people[staff_no]
    for one in Client.objects.all():
        expected = 200 if one.client_no in seen else 404
        assert page(client, person, "detail", one.pk).status_code == expected, one.client_no
    for slip in ConfirmationSlip.objects.select_related("client"):
        assert page(client, person, "slip-detail", slip.pk).status_code == (200 if slip.client.client_no in seen else 404)
    for number, manager in (("1001", "600101"), ("1003", "600103"), ("1004", "600157")):
        status = page(client, person, "figure-rows", "2026-10", manager).status_code
        assert status == (200 if number in seen else 404), manager
    assert own in page(client, person, "list").content.decode()


def test_a_stranger_from_another_branch_meets_nothing(client, people):
    stranger = make_person("700001", "外人")
    give_role(stranger, "trade_admin", branch=make_branch("0755NS", "深圳南山营业部"))
    batch = ImportBatch.objects.get()
    assert page(client, stranger, "import-detail", batch.pk).status_code == 404
    assert post(client, stranger, "import-confirm", batch.pk).status_code == 404
    assert page(client, stranger, "import-errors", batch.pk, batch.files.first().pk).status_code == 404
    assert page(client, stranger, "detail", Client.objects.first().pk).status_code == 404
    assert page(client, stranger, "sale-clear", ProductSale.objects.first().pk).status_code == 404
    assert "1001" not in page(client, stranger, "exception-list").content.decode()


def upload(client, person, *files):
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    sent = [SimpleUploadedFile(file.name, file.content) for file in files]
    return client.post(reverse("clients:import-new"), {"file": sent}, follow=True)


def test_the_import_goes_its_three_steps(client):
    people = branch_with()
    response = upload(client, people["600001"], csv_file([client_row("1"), client_row("2", 净佣金收入="1.00")], name="十月.csv"))
    batch = ImportBatch.objects.get()
    said = response.content.decode()
    assert "有 1 行被拒收,整批没有入账" in said
    assert "应为 72.99" in said
    file = batch.files.get()
    book_ = openpyxl.load_workbook(io.BytesIO(page(client, people["600001"], "import-errors", batch.pk, file.pk).content))
    rows = list(book_.active.iter_rows(values_only=True))
    assert rows[0][-1] == "错误原因"
    assert not rows[1][-1]
    assert "72.99" in rows[2][-1]
    taken = Export.objects.get()
    assert (taken.owner, taken.rows, taken.kind) == (people["600001"], 2, "import-errors")
    assert taken.details == {"mistakes": 1, "original": file.sha256}
    client.get(f"/api/v1/imports/{batch.pk}/errors/{file.pk}/")
    fetched = AuditRow.objects.filter(act="export.download", actor_id=people["600001"].pk)
    assert [row.details["rows"] for row in fetched] == [2, 2]
    refused = post(client, people["600001"], "import-confirm", batch.pk)
    assert "没有入账" in refused.content.decode()
    assert not ClientMonth.objects.exists()
    done = post(client, people["600001"], "import-confirm", batch.pk, leave_out="CRM 更正单 3 号")
    assert "已入账" in done.content.decode()
    assert ClientMonth.objects.count() == 1
    again = upload(client, people["600001"], csv_file([client_row("1")]))
    assert "无变化" in again.content.decode()


def test_a_file_that_cannot_be_taken_is_told_on_the_page(client):
    people = branch_with()
    response = upload(
        client, people["600001"], csv_file([client_row("1"), client_row("2", 营业部代码="0755NS")], name="别家.csv")
    )
    assert response.status_code == 422
    assert "第 3 行「营业部代码」" in response.content.decode()
    assert not ImportBatch.objects.exists()
    empty = client.post(reverse("clients:import-new"), {})
    assert "请先选择文件" in empty.content.decode()


def test_a_batch_can_be_dropped_or_checked_again(client):
    people = branch_with()
    upload(client, people["600001"], csv_file([client_row("1")]))
    first = ImportBatch.objects.get()
    post(client, people["600001"], "import-recheck", first.pk)
    second = ImportBatch.objects.exclude(pk=first.pk).get()
    assert ImportBatch.objects.get(pk=first.pk).state == "dropped"
    post(client, people["600001"], "import-drop", second.pk)
    assert not ClientMonth.objects.exists()
    assert set(ImportBatch.objects.values_list("state", flat=True)) == {"dropped"}


def test_exceptions_are_cleared_and_the_month_locked_from_pages(client, people):
    admin, finance = people["600001"], people["600002"]
    row, sale = ClientMonth.objects.exclude(exception="").get(), ProductSale.objects.waiting().get()
    told = post(client, admin, "exception-resolve", "2026-10", ids=[row.pk], how="correct", reason="笔误")
    assert "没有工号" in told.content.decode()
    told = post(client, admin, "exception-resolve", "2026-10", how="keep")
    assert "请先勾选" in told.content.decode()
    post(client, admin, "exception-resolve", "2026-10", ids=[row.pk], how="correct", staff_no="600157", reason="笔误")
    post(client, admin, "exception-reopen", row.pk)
    assert ClientMonth.objects.waiting().count() == 1
    post(client, admin, "exception-resolve", "2026-10", ids=[row.pk], how="correct", staff_no="600157", reason="笔误")
    assert "还有" in post(client, finance, "figures-lock", "2026-10").content.decode()
    told = post(client, admin, "product-list", code="XX9", name="新品九号", risk="R2")
    assert "待营业部财务或渠道管理部确认" in told.content.decode()
    (proposal,) = ProductProposal.objects.all()
    assert "确认登记" not in told.content.decode()
    assert "确认登记" in page(client, finance, "product-list").content.decode()
    assert post(client, admin, "product-confirm", proposal.pk, follow=False).status_code == 403
    post(client, finance, "product-confirm", proposal.pk)
    assert not ProductSale.objects.waiting().filter(pk=sale.pk).exists()
    assert "没有变化" in post(client, admin, "exception-review", "2026-10").content.decode()
    told = post(client, finance, "figures-lock", "2026-10")
    assert "已复核锁定" in told.content.decode()
    assert FiguresMonth.objects.get().is_locked
    post(client, finance, "figures-unlock", "2026-10", reason="CRM 更正")
    assert not FiguresMonth.objects.get().is_locked
    assert post(client, admin, "figures-lock", "2026-10", follow=False).status_code == 403


def test_slips_are_confirmed_and_voided_from_pages(client):
    people = branch_with()
    book(people, csv_file([client_row("1"), client_row("2"), client_row("3")]))
    first, *_ = ConfirmationSlip.objects.order_by("number")
    post(client, people["600001"], "slip-confirm", ids=[first.pk])
    assert ConfirmationSlip.objects.filter(state="valid").count() == 1
    post(client, people["600001"], "slip-confirm", month="2026-10", branch="0755FT")
    assert ConfirmationSlip.objects.filter(state="valid").count() == 3
    post(client, people["600001"], "slip-void", first.pk, reason="客户未签字")
    assert "作废" in page(client, people["600001"], "slip-detail", first.pk).content.decode()
    assert post(client, people["600002"], "slip-confirm", month="2026-10").status_code == 403


def test_a_mismatch_is_settled_from_its_page(client, people):
    first, second = ProductSale.objects.filter(suitable=False).order_by("source_row")
    told = post(client, people["600001"], "sale-clear", first.pk, reason="客户坚持")
    assert "不能核销" in told.content.decode()
    post(client, people["600001"], "sale-clear", second.pk, reason="警示书 9 号")
    second.refresh_from_db()
    assert second.clearance == "警示书 9 号"


def test_the_workbook_holds_what_the_person_sees(client, people):
    for staff_no, names in (("600001", 36), ("600103", 1)):
        client.force_login(people[staff_no].user, backend="django.contrib.auth.backends.ModelBackend")
        response = client.post("/exports/new/figures/?branch=0755FT&month=2026-10", follow=True)
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
        rows = [row for row in sheet.iter_rows(values_only=True) if str(row[1] or "").startswith("6001")]
        assert len(rows) == names
    assert "%E6%B7%B1%E5%9C%B3" in response["Content-Disposition"]


def test_a_client_manager_finds_the_own_figures_as_a_card(client, people):
    said = page(client, people["600103"], "figures-month", "2026-10").content.decode()
    assert "72.99" in said
    assert "合计" not in said
    assert "陆晨伟" not in said
    assert page(client, people["600103"], "figures").status_code == 302


def test_an_address_without_such_a_month_is_no_page(client, people):
    client.force_login(people["600001"].user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/clients/figures/2026-13/").status_code == 404
    assert page(client, people["600001"], "figure-rows", "2026-10", "nobody").status_code == 404


@pytest.mark.parametrize("name", ["list", "slip-list", "sale-list", "import-list"])
def test_a_list_asks_as_much_for_one_row_as_for_three(client, django_assert_max_num_queries, name):
    people = branch_with()
    book(people, csv_file([client_row("1")]), sales_csv([sale_row()]))
    counts = []
    for rows in ([client_row("1")], [client_row(n) for n in "123"]):
        book(people, csv_file(rows))
        client.force_login(people["600001"].user, backend="django.contrib.auth.backends.ModelBackend")
        with django_assert_max_num_queries(45) as captured:
            client.get(reverse(f"clients:{name}"))
        counts.append(len(captured))
    assert counts[0] == counts[1]
