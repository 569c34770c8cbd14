from __future__ import annotations

from django import forms
from django.db.models import QuerySet

from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.filters import MonthChoice
from branch.rest.places import branch_within
from branch.rest.requests import ApiRequest
from branch.rest.serializers import ReasonGiven
from clients.products import actions
from clients.products.access import PRODUCTS
from clients.products.forms import SaleFilter
from clients.products.models import Product, ProductProposal, ProductSale, SaleQuerySet
from clients.products.queries import product_for, proposal_for, proposals_for, sale_for
from clients.products.serializers import ProductChangeGiven, ProductGiven, ProductOut, ProposalOut, SaleOut


class SaleQuery(SaleFilter):
    """The page's filter; any month may be asked for."""

    month: forms.Field = MonthChoice()  # type: ignore[assignment]


@get(ProductOut, *PRODUCTS, many=True, order=("code",))
def product_list(request: ApiRequest) -> QuerySet[Product]:
    """产品名单"""
    return Product.objects.select_related("added_by")


@post(ProductGiven, ProposalOut, Power.EXCEPTION_RESOLVE, status=201)
def product_add(request: ApiRequest) -> ProductProposal:
    """提交登记产品:由营业部财务或渠道管理部确认后进入名单"""
    given = dict(request.given)
    branch = branch_within(request.person, given.pop("branch"), Power.EXCEPTION_RESOLVE)
    return actions.propose_product(branch=branch, by=request.person, **given)


@post(ProductChangeGiven, ProposalOut, Power.EXCEPTION_RESOLVE, status=201)
def product_change(request: ApiRequest, product_id: int) -> ProductProposal:
    """提交变更已登记的产品:更正名称、风险等级,停售(停售日)或恢复销售(停售日为 null);由渠道管理部确认后生效"""
    given, product = dict(request.given), product_for(product_id)
    branch = branch_within(request.person, given.pop("branch"), Power.EXCEPTION_RESOLVE)
    return actions.propose_change(branch=branch, code=product.code, by=request.person, **given)


@get(ProposalOut, *PRODUCTS, many=True)
def product_proposals(request: ApiRequest) -> QuerySet[ProductProposal]:
    """等待第二人确认的产品登记和变更"""
    return proposals_for(request.person)


@post(None, ProductOut, Power.PRODUCT_CONFIRM)
def product_confirm(request: ApiRequest, proposal_id: int) -> Product:
    """确认登记:本营业部等待它的销售随之计入;渠道管理部确认的,各营业部的都计入。变更由渠道管理部确认,未锁定月份的销售随停售日等待或计入"""
    return actions.confirm_product(proposal_id=proposal_for(request.person, proposal_id).pk, by=request.person)


@post(ReasonGiven, ProposalOut, *PRODUCTS)
def product_decline(request: ApiRequest, proposal_id: int) -> ProductProposal:
    """不采纳,或撤回本人提交的"""
    proposal = proposal_for(request.person, proposal_id)
    return actions.decline_product(proposal_id=proposal.pk, reason=request.given["reason"], by=request.person)


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
