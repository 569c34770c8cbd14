from __future__ import annotations

from django import forms
from django.db.models import QuerySet

from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.filters import MonthChoice
from branch.rest.requests import ApiRequest
from branch.rest.serializers import ReasonGiven
from clients.products import actions
from clients.products.forms import SaleFilter
from clients.products.models import Product, ProductSale, SaleQuerySet
from clients.products.queries import sale_for
from clients.products.serializers import ProductGiven, ProductOut, SaleOut


class SaleQuery(SaleFilter):
    """The page's filter; any month may be asked for."""

    month: forms.Field = MonthChoice()  # type: ignore[assignment]


@get(ProductOut, Power.EXCEPTION_RESOLVE, many=True, order=("code",))
def product_list(request: ApiRequest) -> QuerySet[Product]:
    """产品名单"""
    return Product.objects.select_related("added_by")


@post(ProductGiven, ProductOut, Power.EXCEPTION_RESOLVE, status=201)
def product_add(request: ApiRequest) -> Product:
    """登记产品;等待它的销售随之计入"""
    return actions.list_product(by=request.person, **request.given)


@get(SaleOut, many=True, order=("-month", "source_row", "id"), query=SaleQuery)
def sale_list(request: ApiRequest) -> SaleQuerySet:
    """可见的产品销售"""
    found: SaleQuerySet = request.form.rows(request.person)
    return found


@post(ReasonGiven, SaleOut, Power.EXCEPTION_RESOLVE)
def sale_clear(request: ApiRequest, sale_id: int) -> ProductSale:
    """核销一笔适当性不符"""
    sale = sale_for(request.person, sale_id)
    return actions.clear_unsuitable(sale_id=sale.pk, reason=request.given["reason"], by=request.person)
