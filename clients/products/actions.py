"""Every write about products, and the settling of unsuitable sales."""

from __future__ import annotations

import json
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils import timezone

from branch.audit.actions import record
from branch.org.models import Branch
from branch.people.models import Person
from clients.products.access import require_may_clear, require_may_list_product
from clients.products.models import Product, ProductSale
from clients.products.rules import PRODUCT_LEVELS, UNKNOWN_PRODUCT
from clients.registry import register
from kernel.refusals import Refusal, Unknown

REFERENCE = Path(__file__).with_name("reference.json")


@transaction.atomic
def seed_products() -> int:
    """The products the first scheme pays for; those already listed stay as they are. Returns how many are new."""
    before = Product.objects.count()
    Product.objects.bulk_create((Product(**row) for row in json.loads(REFERENCE.read_text())), ignore_conflicts=True)
    return Product.objects.count() - before


@transaction.atomic
def list_product(*, code: str, name: str, risk: str, by: Person) -> Product:
    """Add a product to the list; sales that waited for it then count."""
    require_may_list_product(by)
    if risk not in PRODUCT_LEVELS:
        raise Refusal(f"产品风险等级只能是{'、'.join(PRODUCT_LEVELS)}", code="bad_level")
    try:
        with transaction.atomic():
            product = Product.objects.create(code=code.strip().upper(), name=name.strip(), risk=risk, added_by=by)
    except IntegrityError:
        raise Refusal(f"产品代码 {code} 已登记,不需要重复登记", code="product_exists") from None
    freed = _free_waiting(product.code, by)
    record(
        by=by,
        act="products.list_product",
        subject=product,
        summary=f"登记产品 {product.code} {product.name}({risk}),{freed} 笔等待的销售随之计入",
        freed=freed,
    )
    return product


def _free_waiting(code: str, by: Person) -> int:
    """Sales of open months that waited for this product alone."""
    waiting = ProductSale.objects.waiting().filter(exception=UNKNOWN_PRODUCT, product_code=code)
    for branch_id, month in list(waiting.order_by().values_list("branch", "month").distinct()):
        register.require_open(Branch.objects.get(pk=branch_id), month)
    return waiting.update(exception="")


@transaction.atomic
def clear_unsuitable(*, sale_id: int, reason: str, by: Person) -> ProductSale:
    """Note that a mismatch is settled by the client's written confirmation. It still earns nothing; C1 above R1 never clears."""
    sale = ProductSale.objects.select_for_update().select_related("branch").filter(pk=sale_id).first()
    if sale is None:
        raise Unknown("没有这笔销售")
    require_may_clear(by, sale.branch)
    if sale.suitable or sale.cleared_at is not None:
        raise Refusal("这笔销售没有待核销的适当性不符", code="nothing_to_clear")
    if not sale.clearable:
        raise Refusal(
            f"C1 客户购买 {sale.product_level} 产品不能核销:风险承受能力最低类别的客户不得购买高于 R1 的产品,请按合规要求处理",
            code="never_cleared",
        )
    if not reason.strip():
        raise Refusal("请写明核销依据,例如客户签署的风险不匹配警示书编号", code="reason_missing")
    sale.cleared_by, sale.cleared_at, sale.clearance = by, timezone.now(), reason.strip()[:200]
    sale.save(update_fields=["cleared_by", "cleared_at", "clearance"])
    record(
        by=by,
        act="products.clear_unsuitable",
        subject=sale,
        summary=f"核销适当性不符:{sale}",
        branch_code=sale.branch.code,
        reason=sale.clearance,
    )
    return sale
