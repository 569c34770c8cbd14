from __future__ import annotations

from rest_framework import serializers

from branch.rest.fields import BranchCode
from branch.rest.serializers import Given, RowOut
from clients.products.models import Product, ProductProposal, ProductSale
from clients.products.rules import PRODUCT_LEVELS


class ProductOut(RowOut):
    """A product that may be sold."""

    class Meta:
        model = Product
        fields = ["id", "code", "name", "risk", "added_by", "added_at"]


class ProposalOut(RowOut):
    """A product that waits for a second person, or what became of it."""

    class Meta:
        model = ProductProposal
        fields = [
            *("id", "branch", "code", "name", "risk", "state", "proposed_by", "proposed_at", "decided_by", "decided_at", "note"),
        ]


class ProductGiven(Given):
    """A product to list, and which branch asks for it."""

    branch = BranchCode(required=False, default="")
    code = serializers.CharField(label="产品代码", max_length=20)
    name = serializers.CharField(label="产品名称", max_length=60)
    risk = serializers.ChoiceField([(level, level) for level in PRODUCT_LEVELS], label="风险等级")


class SaleOut(RowOut):
    """One sale of a month's file; the account masked."""

    masked_account = serializers.CharField(read_only=True, label="资金账号(掩码)")
    client = serializers.IntegerField(source="client_id", read_only=True, allow_null=True, label="客户编号")
    clearable = serializers.BooleanField(read_only=True, label="可核销")

    class Meta:
        model = ProductSale
        fields = [
            *("id", "month", "source_row", "traded_on", "product_code", "product_name", "product_level", "masked_account"),
            *("client", "client_name", "client_level", "manager_no", "manager_name", "manager", "amount", "suitable"),
            *("exception", "resolution", "settled_to", "reason", "cleared_by", "cleared_at", "clearance", "clearable"),
        ]
