"""Pages of products and sales."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branch.org.models import Branch
from branch.overtaken import confront
from branch.paging import page_of
from branch.people.access import holds
from branch.people.choices import branches_of
from branch.people.doors import PersonRequest, door
from branch.people.models import Person
from branch.people.roles import Power
from clients.bulk import exact
from clients.pages import chosen_branch
from clients.products import actions
from clients.products.access import PRODUCTS, require_may_confirm, speaks_for_the_company
from clients.products.forms import ProductChangeForm, ProductForm, SaleFilter
from clients.products.models import Product
from clients.products.queries import (
    being_changed,
    differences,
    in_one_line,
    product_for,
    proposal_for,
    proposals_for,
    sale_for,
    sale_months,
)
from clients.registry.forms import ReasonForm
from kernel.money import ZERO
from kernel.refusals import Refusal, allows
from kernel.seen import Overtaken


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
@door(*PRODUCTS)
def product_list(request: PersonRequest) -> HttpResponse:
    """The products that may be sold, and what waits for a second person; who may proposes a new one below the list."""
    branches = branches_of(request.person, Power.EXCEPTION_RESOLVE)
    branch = chosen_branch(request, branches) if branches or request.method == "POST" else None
    form = ProductForm(request.POST or None)
    if branch is not None and request.method == "POST" and form.is_valid():
        proposal = actions.propose_product(branch=branch, by=request.person, **form.cleaned_data)
        messages.success(request, f"已提交登记产品 {proposal},待营业部财务或渠道管理部确认")
        return redirect(_list_url(branch))
    products = list(Product.objects.select_related("added_by"))
    context = {
        "title": "产品名单",
        "crumbs": [("客户", ""), ("产品名单", "")],
        "products": products,
        "today": timezone.localdate(),
        "proposals": _shown(request.person, products),
        "changing": being_changed(),
        "branches": branches,
        "branch": branch,
        "form": form,
    }
    return render(request, "clients/products/product_list.html", context)


def _shown(person: Person, products: list[Product]) -> list[dict[str, Any]]:
    """What waits, each with what the person may do about it, and what a change would change."""
    listed = {product.code: product for product in products}
    return [
        {
            "row": proposal,
            "own": proposal.proposed_by_id == person.pk,
            "may_confirm": allows(require_may_confirm, person, proposal),
            "differences": (changes := differences(proposal, listed)),
            "said": f"{proposal}:{in_one_line(changes)}" if changes else str(proposal),
        }
        for proposal in proposals_for(person)
    ]


def _list_url(branch: Branch | None) -> str:
    return reverse("clients:product-list") + (f"?branch={branch.code}" if branch else "")


@require_http_methods(["GET", "POST"])
@door(Power.EXCEPTION_RESOLVE)
def product_change(request: PersonRequest, product_id: int) -> HttpResponse:
    """Propose that a listed product is written otherwise, stopped or sold again; of two the second sees what the first did."""
    product, branches = product_for(product_id), branches_of(request.person, Power.EXCEPTION_RESOLVE)
    branch = chosen_branch(request, branches)
    form = ProductChangeForm(request.POST or None, product=product)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            proposal = actions.propose_change(branch=branch, code=product.code, by=request.person, **form.cleaned_data)
        except Overtaken as overtaken:
            present = ProductChangeForm(product=product_for(product_id))
            refusal = confront(overtaken, form, present, subject=product._meta.label, subject_id=str(product.pk))
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, f"已提交变更产品 {proposal},待渠道管理部确认")
            return redirect(_list_url(branch))
    context = {
        "title": f"变更产品 {product.code}",
        "crumbs": [("客户", ""), ("产品名单", _list_url(branch)), ("变更", "")],
        "product": product,
        "branches": branches,
        "branch": branch,
        "back": _list_url(branch),
        "form": form,
        "refusal": refusal,
    }
    return render(request, "clients/products/product_change.html", context, status=409 if refusal else 200)


@require_POST
@door(Power.PRODUCT_CONFIRM)
def product_confirm(request: PersonRequest, proposal_id: int) -> HttpResponse:
    """The second person."""
    proposal = proposal_for(request.person, proposal_id)
    product = actions.confirm_product(proposal_id=proposal.pk, by=request.person)
    whose = "各营业部" if speaks_for_the_company(request.person) else proposal.branch.name
    if proposal.kind == proposal.Kind.CHANGE:
        messages.success(request, f"已变更产品 {product},未锁定月份的销售随之等待或计入")
    else:
        messages.success(request, f"已登记产品 {product},{whose}等待它的销售随之计入")
    return redirect("clients:product-list")


@require_http_methods(["GET", "POST"])
@door(*PRODUCTS)
def product_decline(request: PersonRequest, proposal_id: int) -> HttpResponse:
    """Say no, or withdraw the own one, with a reason."""
    proposal, form = proposal_for(request.person, proposal_id), ReasonForm(request.POST or None)
    own, what = proposal.proposed_by_id == request.person.pk, proposal.get_kind_display()
    back = _list_url(proposal.branch if own else None)
    if not own:
        require_may_confirm(request.person, proposal)
    if request.method == "POST" and form.is_valid():
        actions.decline_product(proposal_id=proposal.pk, reason=form.cleaned_data["reason"], by=request.person)
        messages.success(request, f"产品 {proposal} 的{what}已{'撤回' if own else '不采纳'}")
        return redirect(back)
    title = f"{'撤回' if own else '不采纳'}产品{what}"
    context = {
        "title": title,
        "crumbs": [("客户", ""), ("产品名单", back), (title, "")],
        "proposal": proposal,
        "own": own,
        "back": back,
        "form": form,
    }
    return render(request, "clients/products/product_decline.html", context)
