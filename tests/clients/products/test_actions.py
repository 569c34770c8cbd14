"""Products, and the mismatches that may or may not be settled."""

from __future__ import annotations

import pytest

from clients.products.actions import clear_unsuitable, list_product, seed_products
from clients.products.models import Product, ProductSale
from clients.products.queries import sales_for, sales_of
from clients.products.rules import is_suitable, may_be_cleared
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal
from tests.factories.clients import book, branch_with, client_row, confirm, csv_file, sale_row, sales_csv

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)


@pytest.mark.parametrize(
    ("client", "product", "fits", "clears"),
    [
        ("C1", "R1", True, True),
        ("C1", "R2", False, False),
        ("C1", "R5", False, False),
        ("C2", "R3", False, True),
        ("C5", "R5", True, True),
        ("C4", "R5", False, True),
    ],
)
def test_suitability_and_what_can_never_be_cleared(client, product, fits, clears):
    assert is_suitable(client, product) is fits
    assert may_be_cleared(client, product) is clears


def with_sales(*rows):
    people = branch_with()
    book(people, csv_file([client_row("1", 资金账号="302000000001")]), sales_csv(list(rows)))
    confirm(people, "2026-10")
    return people


def test_a_mismatch_is_listed_and_settled_with_a_reason_but_earns_nothing():
    people = with_sales(sale_row(客户风险等级="C2", 产品风险等级="R3"), sale_row(客户风险等级="C1"), sale_row())
    bad = list(sales_for(people["600001"], suitable="no"))
    assert [sale.source_row for sale in bad] == [2, 3]
    with pytest.raises(Refusal, match="核销依据"):
        clear_unsuitable(sale_id=bad[0].pk, reason="", by=people["600001"])
    with pytest.raises(Forbidden):
        clear_unsuitable(sale_id=bad[0].pk, reason="警示书", by=people["600101"])
    clear_unsuitable(sale_id=bad[0].pk, reason="风险不匹配警示书 12 号", by=people["600001"])
    with pytest.raises(Refusal, match="不能核销"):
        clear_unsuitable(sale_id=bad[1].pk, reason="客户坚持", by=people["600001"])
    assert [sale.source_row for sale in sales_for(people["600001"], suitable="cleared")] == [2]
    facts = sales_of(people.branch, OCTOBER)[people["600101"].pk]
    assert [(fact.row, fact.suitable) for fact in facts] == [(2, False), (3, False), (4, True)]


def test_a_product_listed_frees_the_sales_that_waited_for_it():
    people = with_sales(sale_row(产品代码="XX9"), sale_row(产品代码="XX9", 客户经理工号="699999"))
    assert sales_of(people.branch, OCTOBER) == {}
    product = list_product(code="xx9", name="新品九号", risk="R2", by=people["600001"])
    assert product.code == "XX9"
    assert [fact.row for fact in sales_of(people.branch, OCTOBER)[people["600101"].pk]] == [2]
    assert ProductSale.objects.waiting().get().exception == "unknown_manager"
    with pytest.raises(Refusal, match="已登记"):
        list_product(code="XX9", name="又一个", risk="R2", by=people["600001"])
    with pytest.raises(Forbidden):
        list_product(code="YY1", name="别的", risk="R2", by=people["600002"])


def test_seeding_twice_adds_nothing():
    assert seed_products() == 4
    assert seed_products() == 0
    assert set(Product.objects.values_list("code", flat=True)) == {"HB001", "JRY03", "JRY05", "ZQ018"}
