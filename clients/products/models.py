from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from branch.fields import MonthField
from branch.org.models import Branch
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from clients.products.rules import CLIENT_LEVELS, PRODUCT_LEVELS, may_be_cleared
from clients.registry.models import Client, within
from kernel import masks

CHANGEABLE = ("name", "risk", "stopped_from")


class Product(models.Model):
    """A product that may be sold; a sale of one that is not listed waits as an exception.

    `stopped_from` (停售日): sales traded on that day or later wait as well; empty: it is sold.
    """

    code = models.CharField("产品代码", max_length=20, unique=True)
    name = models.CharField("产品名称", max_length=60)
    risk = models.CharField("风险等级", max_length=2, choices=[(level, level) for level in PRODUCT_LEVELS])
    stopped_from = models.DateField("停售日", null=True, blank=True)
    added_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="登记人")
    added_at = models.DateTimeField("登记时间", auto_now_add=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.name}({self.code})"

    @property
    def content(self) -> dict[str, Any]:
        """What a change may change."""
        return {name: getattr(self, name) for name in CHANGEABLE}


class ProposalQuerySet(models.QuerySet["ProductProposal"]):
    def visible_to(self, person: Person) -> ProposalQuerySet:
        """Those of the branches where the person proposes or confirms; 渠道管理部 sees all."""
        propose, confirm = (reach(person, power).branch_rows() for power in (Power.EXCEPTION_RESOLVE, Power.PRODUCT_CONFIRM))
        return self.filter(propose | confirm)

    def waiting(self) -> ProposalQuerySet:
        return self.filter(state=ProductProposal.State.PROPOSED)


class ProductProposal(models.Model):
    """What one of a branch wants of the company's list: a new product on it (登记), or a listed one written otherwise, stopped or
    sold again (变更). It counts for nothing until somebody else confirms it; a change names the product's whole content.
    """

    class Kind(models.TextChoices):
        LISTING = "listing", "登记"
        CHANGE = "change", "变更"

    class State(models.TextChoices):
        PROPOSED = "proposed", "待确认"
        LISTED = "listed", "已登记"
        DECLINED = "declined", "未采纳"

    kind = models.CharField("事项", max_length=10, choices=Kind.choices, default=Kind.LISTING)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="product_proposals", verbose_name="营业部")
    code = models.CharField("产品代码", max_length=20)
    name = models.CharField("产品名称", max_length=60)
    risk = models.CharField("风险等级", max_length=2, choices=[(level, level) for level in PRODUCT_LEVELS])
    stopped_from = models.DateField("停售日", null=True, blank=True)
    reason = models.CharField("依据", max_length=200, blank=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="提交人")
    proposed_at = models.DateTimeField("提交时间", auto_now_add=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确认人")
    decided_at = models.DateTimeField("确认时间", null=True, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "code"], condition=Q(state="proposed"), name="product_proposed_once"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(state="proposed", kind="change"), name="product_change_proposed_once"
            ),
            models.CheckConstraint(condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="product_by_two_persons"),
        ]

    def __str__(self) -> str:
        return f"{self.name}({self.code})"


class SaleQuerySet(models.QuerySet["ProductSale"]):
    def visible_to(self, person: Person) -> SaleQuerySet:
        return self.filter(within(person, Power.CLIENT_VIEW, branch_path="branch", manager_path="manager"))

    def waiting(self) -> SaleQuerySet:
        """Exceptions nobody has resolved: they count for nobody."""
        return self.exclude(exception="").filter(resolution="")

    def unsettled(self) -> SaleQuerySet:
        """Sales that count as they came, without anybody's decision."""
        return self.filter(exception="", resolution="")

    def counting(self) -> SaleQuerySet:
        """Sales that count for somebody: without an exception for `manager`, resolved ones for `settled_to`."""
        return self.filter(Q(exception="", resolution="") | Q(settled_to__isnull=False))


class ProductSale(models.Model):
    """One sale of the month's file. `exception` empty: it counts for `manager`; resolved: for `settled_to`, or nobody."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="sales", verbose_name="营业部")
    month = MonthField("月份")
    source_row = models.PositiveIntegerField("文件行号")
    traded_on = models.DateField("成交日期")
    product_code = models.CharField("产品代码", max_length=20)
    product_name = models.CharField("产品名称", max_length=60)
    product_level = models.CharField("产品风险等级", max_length=2, choices=[(level, level) for level in PRODUCT_LEVELS])
    fund_account = models.CharField("资金账号", max_length=40)
    client = models.ForeignKey(Client, models.PROTECT, null=True, blank=True, related_name="sales", verbose_name="客户")
    client_name = models.CharField("客户姓名", max_length=80)
    client_level = models.CharField("客户风险等级", max_length=2, choices=[(level, level) for level in CLIENT_LEVELS])
    manager_no = models.CharField("客户经理工号", max_length=20)
    manager_name = models.CharField("客户经理", max_length=40)
    manager = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="sales", verbose_name="客户经理")
    amount = models.DecimalField("销售金额", max_digits=18, decimal_places=2)
    suitable = models.BooleanField("适当性相符")
    exception = models.CharField("异常", max_length=30, blank=True)
    resolution = models.CharField("处理", max_length=10, blank=True)
    settled_to = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="计入")
    resolved_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="处理人")
    resolved_at = models.DateTimeField("处理时间", null=True, blank=True)
    reason = models.CharField("处理说明", max_length=200, blank=True)
    cleared_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核销人")
    cleared_at = models.DateTimeField("核销时间", null=True, blank=True)
    clearance = models.CharField("核销说明", max_length=200, blank=True)

    objects = SaleQuerySet.as_manager()

    class Meta:
        ordering = ["branch", "month", "source_row"]
        constraints = [models.UniqueConstraint(fields=["branch", "month", "source_row"], name="sale_row_once")]
        indexes = [models.Index(fields=["branch", "month", "suitable"], name="sale_of_month")]

    def __str__(self) -> str:
        return f"{self.month} 第 {self.source_row} 行 {self.product_code}"

    @property
    def masked_account(self) -> str:
        return masks.bank_account(self.fund_account)

    @property
    def clearable(self) -> bool:
        return not self.suitable and self.cleared_at is None and may_be_cleared(self.client_level, self.product_level)
