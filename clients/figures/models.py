from __future__ import annotations

from django.db import models
from django.db.models import Q

from branch.fields import MonthField
from branch.org.models import Branch
from branch.people.models import Person
from branch.people.roles import Power
from clients.figures.states import LOCKED, OPEN, STATES
from clients.imports.models import money
from clients.registry.models import within


class FiguresMonth(models.Model):
    """A month of a branch: open, or reviewed and locked by finance. Its row is locked by everything that touches the month."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="figure_months", verbose_name="营业部")
    month = MonthField("月份")
    state = models.CharField("状态", max_length=10, choices=list(STATES.items()), default=OPEN)
    digest = models.CharField("散列", max_length=64, blank=True)
    totals = models.JSONField("合计", default=dict)
    locked_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人")
    locked_at = models.DateTimeField("复核时间", null=True, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        ordering = ["branch", "-month"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "month"], name="figures_month_once"),
            models.CheckConstraint(
                condition=Q(state=OPEN) | (Q(locked_by__isnull=False) & ~Q(digest="")), name="figures_locked_by_somebody"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.branch} {self.month}"

    @property
    def is_locked(self) -> bool:
        return self.state == LOCKED


class FigureQuerySet(models.QuerySet["ManagerFigure"]):
    def visible_to(self, person: Person) -> FigureQuerySet:
        return self.filter(within(person, Power.FIGURES_VIEW, branch_path="branch", manager_path="person"))


class ManagerFigure(models.Model):
    """A manager's figures of a locked month. Money in yuan; `net_new_assets` is the raw one, not below zero."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name="营业部")
    month = MonthField("月份")
    person = models.ForeignKey(Person, models.PROTECT, related_name="figures", verbose_name="客户经理")
    clients_end = models.PositiveIntegerField("期末客户数")
    new_accounts = models.PositiveIntegerField("新开户数")
    new_valid_accounts = models.PositiveIntegerField("新增有效户")
    turnover = money("股基交易量")
    gross_commission = money("佣金收入")
    net_commission = money("净佣金收入")
    other_net_income = money("两融息差收入")
    assets_end = money("期末资产")
    net_new_assets_raw = money("资产净流入")
    net_new_assets = money("净新增资产")
    product_sales_amount = money("产品销售额")
    unsuitable_sales_amount = money("其中适当性不符")

    objects = FigureQuerySet.as_manager()

    class Meta:
        ordering = ["branch", "month", "person__staff_no"]
        constraints = [models.UniqueConstraint(fields=["branch", "month", "person"], name="manager_figure_once")]

    def __str__(self) -> str:
        return f"{self.month} {self.person_id}"
