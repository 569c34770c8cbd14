from __future__ import annotations

from rest_framework import serializers

from branch.rest.fields import BranchCode
from branch.rest.serializers import Given, RowOut, StampGiven
from clients.products.models import Product, ProductProposal, ProductSale
from clients.products.rules import PRODUCT_LEVELS
from kernel.seen import stamp


class ProductOut(RowOut):
    """A product of the list; from `stopped_from` on it is sold no more. `seen` may go back with a change."""

    seen = serializers.SerializerMethodField(label="所见内容的印记")

    class Meta:
        model = Product
        fields = ["id", "code", "name", "risk", "stopped_from", "added_by", "added_at", "seen"]

    def get_seen(self, product: Product) -> str:
        return stamp(product.content)


class ProposalOut(RowOut):
    """A product to list, or a listed one as it is to be, that waits for a second person; or what became of it."""

    class Meta:
        model = ProductProposal
        fields = [
            *("id", "kind", "branch", "code", "name", "risk", "stopped_from", "reason", "state", "proposed_by", "proposed_at"),
            *("decided_by", "decided_at", "note"),
        ]


class ProductGiven(Given):
    """A product to list, and which branch asks for it."""

    branch = BranchCode(required=False, default="")
    code = serializers.CharField(label="产品代码", max_length=20)
    name = serializers.CharField(label="产品名称", max_length=60)
    risk = serializers.ChoiceField([(level, level) for level in PRODUCT_LEVELS], label="风险等级")


class ProductChangeGiven(StampGiven):
    """A listed product as it is to be, whole; and which branch asks for it."""

    branch = BranchCode(required=False, default="")
    name = serializers.CharField(label="产品名称", max_length=60)
    risk = serializers.ChoiceField([(level, level) for level in PRODUCT_LEVELS], label="风险等级")
    stopped_from = serializers.DateField(label="停售日", allow_null=True, help_text="从这一天起不再销售;null 为在售")
    reason = serializers.CharField(label="依据", max_length=200)


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
