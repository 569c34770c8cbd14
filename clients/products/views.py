"""Pages of products and sales."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from branch.paging import page_of
from branch.people.access import holds
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from clients.bulk import exact
from clients.products import actions
from clients.products.forms import ProductForm, SaleFilter
from clients.products.models import Product
from clients.products.queries import sale_for, sale_months
from clients.registry.forms import ReasonForm
from kernel.money import ZERO


@require_GET
@door()
def sale_list(request: PersonRequest) -> HttpResponse:
    """Sales the person may see, with the unsuitable ones marked."""
    form = SaleFilter(request.GET or None, months=sale_months(request.person))
    rows = form.rows(request.person)
    context = {
        "title": "产品销售",
        "crumbs": [("客户", ""), ("产品销售", "")],
        "filters": form,
        "page": page_of(request, rows, size=50),
        "total": rows.aggregate(total=exact("amount"))["total"] or ZERO,
        "may_clear": holds(request.person, Power.EXCEPTION_RESOLVE),
    }
    return render(request, "clients/products/sale_list.html", context)


@require_http_methods(["GET", "POST"])
@door(Power.EXCEPTION_RESOLVE)
def sale_clear(request: PersonRequest, sale_id: int) -> HttpResponse:
    """Note what settles a mismatch."""
    sale = sale_for(request.person, sale_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.clear_unsuitable(sale_id=sale.pk, reason=form.cleaned_data["reason"], by=request.person)
        messages.success(request, "已登记核销依据;这笔销售仍不计产品奖励")
        return redirect(f"{reverse('clients:sale-list')}?suitable=no")
    context = {
        "title": "核销适当性不符",
        "crumbs": [("客户", ""), ("产品销售", reverse("clients:sale-list")), ("核销", "")],
        "sale": sale,
        "form": form,
    }
    return render(request, "clients/products/sale_clear.html", context)


@require_http_methods(["GET", "POST"])
@door(Power.EXCEPTION_RESOLVE)
def product_list(request: PersonRequest) -> HttpResponse:
    """The products that may be sold; a new one is added below the list."""
    form = ProductForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        product = actions.list_product(by=request.person, **form.cleaned_data)
        messages.success(request, f"已登记产品 {product}")
        return redirect("clients:product-list")
    context = {
        "title": "产品名单",
        "crumbs": [("客户", ""), ("产品名单", "")],
        "products": Product.objects.select_related("added_by"),
        "form": form,
    }
    return render(request, "clients/products/product_list.html", context)
