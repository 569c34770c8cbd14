"""A listed product written otherwise, stopped, sold again: by two people, and never against what a locked month counted."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from branch.audit.models import AuditRow
from branch.notices.models import Notice
from clients.figures.actions import lock, unlock
from clients.imports.actions import confirm as confirm_batch
from clients.imports.actions import import_files, precheck
from clients.imports.resolving import resolve_sales, review_waiting
from clients.products.actions import clear_unsuitable, confirm_product, decline_product, propose_change, propose_product
from clients.products.models import Product, ProductProposal, ProductSale
from clients.products.queries import sales_of, to_confirm
from clients.products.rules import off_the_list
from clients.workbench import waiting_products
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal, Unknown
from kernel.seen import Overtaken, stamp
from tests.factories.branch import People, give_role, make_person
from tests.factories.clients import book, branch_with, client_row, confirm, csv_file, sale_row, sales_csv
from tests.factories.neighbours import two_offices

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)
CODE, STOP = "ZQ018", date(2026, 10, 12)
SALES = [sale_row(成交日期="2026-10-09"), sale_row(成交日期="2026-10-12"), sale_row(成交日期="2026-10-13")]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.mark.parametrize(
    ("code", "day", "why"),
    [
        ("A", 11, ""),
        ("A", 12, "product_stopped"),
        ("A", 13, "product_stopped"),
        ("B", 13, ""),
        ("C", 1, "unknown_product"),
    ],
)
def test_the_day_of_the_stop_is_the_first_without_sales(code, day, why):
    assert off_the_list(code, date(2026, 10, day), {"A": STOP, "B": None}) == why


@pytest.fixture
def people() -> People:
    """October with three sales of ZQ018, on the 9th, 12th and 13th; 800900 is of 渠道管理部."""
    found = branch_with()
    book(found, csv_file([client_row("1", 资金账号="302000000001")]), sales_csv(SALES))
    confirm(found, "2026-10")
    return found


@pytest.fixture
def head():
    return give_role(make_person("800900", "齐渠道"), "channel_department").person


def propose(people, *, by="600001", **changes):
    product = Product.objects.get(code=CODE)
    given = product.content | {"reason": "停售通知 3 号"} | changes
    return propose_change(branch=people.branch, code=CODE, by=people[by], **given)


def counted(people):
    """The rows of the file that count for the manager."""
    return [fact.row for fact in sales_of(people.branch, OCTOBER).get(people["600101"].pk, [])]


def test_a_stop_confirmed_by_head_office_holds_the_sales_from_its_day_on(people, head):
    proposal = propose(people, stopped_from=STOP)
    assert (proposal.kind, proposal.state) == ("change", "proposed")
    assert "在售 → 2026-10-12 起停售" in Notice.objects.get(person=head, key=f"products.propose:{proposal.pk}").text
    assert counted(people) == [2, 3, 4]
    product = confirm_product(proposal_id=proposal.pk, by=head)
    assert (product.stopped_from, product.name) == (STOP, "稳健债券18")
    assert counted(people) == [2]
    assert set(ProductSale.objects.waiting().values_list("source_row", "exception")) == {
        (3, "product_stopped"),
        (4, "product_stopped"),
    }
    told = AuditRow.objects.get(act="products.confirm_change")
    assert (told.details["held"], told.details["freed"]) == ({"0755FT": 2}, {})
    assert (told.details["before"]["stopped_from"], told.details["after"]["stopped_from"]) == ("", "2026-10-12")
    assert "2 笔停售以后的销售转为等待" in Notice.objects.get(key=f"products.changed:{proposal.pk}:{people.branch.pk}").text
    with pytest.raises(Refusal, match="2 笔销售异常未处理"):
        lock(branch=people.branch, month=OCTOBER, by=people["600002"])


def test_what_waits_for_a_stop_is_set_aside_or_counts_once_the_day_is_mended(people, head):
    confirm_product(proposal_id=propose(people, stopped_from=STOP).pk, by=head)
    third, fourth = ProductSale.objects.waiting().order_by("source_row")
    settle = {"branch": people.branch, "month": OCTOBER, "by": people["600001"]}
    with pytest.raises(Refusal, match="在成交日已停售"):
        resolve_sales(ids=[third.pk], how="keep", **settle)
    resolve_sales(ids=[fourth.pk], how="exclude", reason="停售后误录", **settle)
    assert review_waiting(**settle).freed == 0
    confirm_product(proposal_id=propose(people, stopped_from=date(2026, 10, 13)).pk, by=head)
    assert counted(people) == [2, 3]
    confirm_product(proposal_id=propose(people, stopped_from=None).pk, by=head)
    assert counted(people) == [2, 3], "what somebody decided stays decided"


def test_a_locked_month_goes_on_counting_and_an_import_after_its_unlocking_looks_anew(people, head):
    frozen = lock(branch=people.branch, month=OCTOBER, by=people["600002"])
    digest = frozen.digest
    confirm_product(proposal_id=propose(people, stopped_from=STOP).pk, by=head)
    assert counted(people) == [2, 3, 4]
    assert AuditRow.objects.get(act="products.confirm_change").details["held"] == {}
    unlock(branch=people.branch, month=OCTOBER, reason="核对", by=people["600002"])
    assert lock(branch=people.branch, month=OCTOBER, by=people["600002"]).digest == digest
    unlock(branch=people.branch, month=OCTOBER, reason="更正", by=people["600002"])
    (report,) = book(people, sales_csv([*SALES, sale_row(成交日期="2026-10-14")]))
    assert [one.row for one in report.findings if one.kind == "product_stopped"] == [3, 4, 5]
    assert counted(people) == [2]


def test_a_stop_to_come_lets_the_sales_before_it_count(people, head):
    confirm_product(proposal_id=propose(people, stopped_from=date(2026, 11, 1)).pk, by=head)
    assert counted(people) == [2, 3, 4]
    assert not ProductSale.objects.waiting().exists()


def test_a_name_or_level_is_mended_and_moves_no_sale(people, head):
    proposal = propose(people, name="稳健债券18号", risk="R3", reason="产品合同")
    product = confirm_product(proposal_id=proposal.pk, by=head)
    assert (product.name, product.risk, product.stopped_from) == ("稳健债券18号", "R3", None)
    assert counted(people) == [2, 3, 4]
    assert "产品名称 稳健债券18 → 稳健债券18号;风险等级 R2 → R3" in AuditRow.objects.get(act="products.confirm_change").summary
    (report,) = book(people, sales_csv(SALES[:2]))
    assert [one.row for one in report.findings if one.kind == "product_level"] == [2, 3]


def test_nobody_changes_the_list_alone_and_no_branch_changes_it(people, head):
    proposal = propose(people, stopped_from=STOP)
    for staff_no in ("600002", "600001", "600005"):
        with pytest.raises(Forbidden):
            confirm_product(proposal_id=proposal.pk, by=people[staff_no])
    with pytest.raises(Forbidden, match="渠道管理部"):
        decline_product(proposal_id=proposal.pk, reason="不对", by=people["600002"])
    with pytest.raises(Forbidden):
        propose(people, by="600002", stopped_from=None, name="别的")
    assert not to_confirm(people["600002"]).exists()
    assert list(to_confirm(head)) == [proposal]
    assert waiting_products(head).get() == proposal
    give_role(people["600001"], "channel_department")
    mine = type(people["600001"]).objects.get(pk=people["600001"].pk)
    with pytest.raises(Refusal, match="不能是同一人"):
        confirm_product(proposal_id=proposal.pk, by=mine)
    assert Product.objects.get(code=CODE).stopped_from is None


def test_what_is_refused_when_a_change_is_asked_for(people, head):
    for changes, words in (
        ({}, "没有要变更"),
        ({"name": " "}, "产品名称"),
        ({"risk": "R9"}, "风险等级只能是"),
        ({"stopped_from": STOP, "reason": " "}, "依据"),
    ):
        with pytest.raises(Refusal, match=words):
            propose(people, **changes)
    with pytest.raises(Unknown):
        propose_change(branch=people.branch, code="XX9", name="x", risk="R1", stopped_from=None, reason="x", by=people["600001"])
    first = propose(people, stopped_from=STOP)
    with pytest.raises(Refusal, match="已有一项变更在等待"):
        propose(people, name="别的")
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductProposal.objects.create(kind="change", branch=people.branch, code=CODE, name="x", risk="R1", proposed_by=head)
    decline_product(proposal_id=first.pk, reason="通知未下", by=head)
    assert "未采纳" in Notice.objects.get(person=people["600001"], key=f"products.decline:{first.pk}").text
    own = propose(people, stopped_from=STOP)
    assert decline_product(proposal_id=own.pk, reason="另行核对", by=people["600001"]).decided_by is None
    with pytest.raises(Refusal, match="不能再处理"):
        confirm_product(proposal_id=own.pk, by=head)


def test_who_asks_on_top_of_what_another_changed_is_told(people, head):
    seen = stamp(Product.objects.get(code=CODE).content)
    confirm_product(proposal_id=propose(people, name="稳健债券18号").pk, by=head)
    with pytest.raises(Overtaken):
        propose(people, stopped_from=STOP, seen=seen)
    propose(people, stopped_from=STOP, seen=stamp(Product.objects.get(code=CODE).content))


def test_a_pre_check_made_before_the_change_is_looked_at_again(people, head):
    batch = precheck(files=[sales_csv(SALES[:2])], branch=people.branch, by=people["600001"]).batch
    confirm_product(proposal_id=propose(people, stopped_from=STOP).pk, by=head)
    with pytest.raises(Refusal, match="重新预检"):
        confirm_batch(batch_id=batch.pk, by=people["600001"])


def test_a_cleared_sale_that_comes_again_waits_as_the_list_says_now(people, head):
    book(people, sales_csv([sale_row(客户风险等级="C2", 产品风险等级="R3")]))
    clear_unsuitable(sale_id=ProductSale.objects.get().pk, reason="警示书 1 号", by=people["600001"])
    lock(branch=people.branch, month=OCTOBER, by=people["600002"])
    confirm_product(proposal_id=propose(people, stopped_from=STOP).pk, by=head)
    unlock(branch=people.branch, month=OCTOBER, reason="更正", by=people["600002"])
    book(people, sales_csv([sale_row(客户风险等级="C2", 产品风险等级="R3"), sale_row(成交日期="2026-10-09")]))
    sale = ProductSale.objects.get(source_row=2)
    assert (sale.exception, sale.clearance) == ("product_stopped", "警示书 1 号")


def test_a_stop_holds_the_sales_of_every_branch_and_tells_each():
    here, there = two_offices()
    head = give_role(make_person("800900", "齐渠道"), "channel_department").person
    listing = propose_product(branch=here.branch, code="XX9", name="新品九号", risk="R2", by=here.importer)
    confirm_product(proposal_id=listing.pk, by=head)
    for office in (here, there):
        row = office.row(f"{office.branch.code}-1")
        sale = sale_row(产品代码="XX9", 资金账号=row["资金账号"], 客户经理工号=row["客户经理工号"], 客户经理=row["客户经理"])
        import_files(files=[csv_file([row]), sales_csv([sale])], branch=office.branch, by=office.importer)
    asked = propose_change(
        branch=here.branch, code="XX9", name="新品九号", risk="R2", stopped_from=STOP, reason="停售", by=here.importer
    )
    with pytest.raises(Forbidden, match="渠道管理部"):
        confirm_product(proposal_id=asked.pk, by=here.finance)
    confirm_product(proposal_id=asked.pk, by=head)
    assert ProductSale.objects.waiting().filter(exception="product_stopped").count() == 2
    for office in (here, there):
        assert Notice.objects.filter(person=office.importer, key=f"products.changed:{asked.pk}:{office.branch.pk}").exists()


def test_a_change_goes_by_its_pages(client, people, head):
    product = Product.objects.get(code=CODE)
    address, seen = f"/clients/products/{product.pk}/change/", stamp(product.content)
    client.force_login(people["600001"].user, backend=BACKEND)
    assert address in client.get("/clients/products/").content.decode()
    assert seen in client.get(address).content.decode()
    form = {"name": product.name, "risk": "R2", "stopped_from": "2026-10-12", "reason": "停售通知 3 号", "seen": seen}
    told = client.post(address, form | {"reason": ""})
    assert not ProductProposal.objects.exists(), told.content.decode()
    assert "没有要变更" in client.post(address, form | {"stopped_from": ""}).content.decode()
    assert "待渠道管理部确认" in client.post(address, form, follow=True).content.decode()
    assert address not in client.get("/clients/products/").content.decode(), "no second change while one waits"
    proposal = ProductProposal.objects.get()
    client.force_login(people["600002"].user, backend=BACKEND)
    assert client.get(address).status_code == 403
    shown = client.get("/clients/products/").content.decode()
    assert "2026-10-12 起停售" in shown
    assert "确认变更" not in shown
    assert client.post(f"/clients/products/{proposal.pk}/confirm/").status_code == 403
    client.force_login(head.user, backend=BACKEND)
    shown = client.get("/clients/products/").content.decode()
    assert "确认变更" in shown
    assert re.search(r'data-confirm-title="[^"]*在售 → 2026-10-12 起停售', shown), "who confirms is asked about what changes"
    done = client.post(f"/clients/products/{proposal.pk}/confirm/", follow=True).content.decode()
    assert "已变更产品" in done
    client.force_login(people["600001"].user, backend=BACKEND)
    late = client.post(address, form | {"name": "稳健债券十八", "stopped_from": "2026-11-01"})
    assert late.status_code == 409
    assert "2026-10-12" in late.content.decode()
    assert late.content.decode().count("note note-error") == 1
    again = late.content.decode().split('name="seen" value="')[1].split('"')[0]
    client.post(address, form | {"name": "稳健债券十八", "stopped_from": "2026-11-01", "seen": again})
    assert ProductProposal.objects.filter(name="稳健债券十八", state="proposed").exists()
    assert "成交日在停售日或以后" in client.get("/clients/exceptions/?month=2026-10").content.decode()


def test_a_change_goes_by_the_api(client, people, head):
    client.force_login(people["600001"].user, backend=BACKEND)
    listed = next(one for one in client.get("/api/v1/products/").json()["items"] if one["code"] == CODE)
    assert listed["stopped_from"] is None
    body = {"name": "稳健债券18", "risk": "R2", "stopped_from": "2026-10-12", "reason": "停售通知", "seen": listed["seen"]}
    address = f"/api/v1/products/{listed['id']}/change/"
    assert client.post(address, {"name": "x"}, content_type="application/json").status_code == 400
    made = client.post(address, body, content_type="application/json")
    assert (made.status_code, made.json()["kind"], made.json()["stopped_from"]) == (201, "change", "2026-10-12")
    client.force_login(head.user, backend=BACKEND)
    confirmed = client.post(f"/api/v1/products/proposals/{made.json()['id']}/confirm/", content_type="application/json")
    assert confirmed.json()["stopped_from"] == "2026-10-12"
    client.force_login(people["600001"].user, backend=BACKEND)
    late = client.post(address, body | {"stopped_from": None}, content_type="application/json")
    assert (late.status_code, late.json()["code"]) == (409, "overtaken")
