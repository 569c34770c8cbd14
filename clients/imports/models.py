from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from branch.fields import MonthField
from branch.files.models import StoredFile
from branch.org.models import Branch
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from clients.imports.kinds import KINDS, RESOLUTIONS, SEVERITIES, SHARED, SHARED_LABEL, UNCONFIRMED
from clients.imports.states import CHECKED, COMPANY_STATES, PART_STATES, QUEUED, SPLITTING, STATES
from clients.registry.models import Client, Relation, loose, within


def money(label: str) -> models.DecimalField:
    """A column of yuan with two places."""
    return models.DecimalField(label, max_digits=18, decimal_places=2)


class BatchQuerySet(models.QuerySet["ImportBatch"]):
    def visible_to(self, person: Person) -> BatchQuerySet:
        """Those who import, and those who review the figures."""
        importing, reviewing = reach(person, Power.CRM_IMPORT), reach(person, Power.FIGURES_LOCK)
        if not importing and not reviewing:
            return self.none()
        return self.filter(importing.branch_rows() | reviewing.branch_rows())


class ImportBatch(models.Model):
    """One set of files with one verdict. `totals` as control totals, `diff` as counts of added, removed, changed rows."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="imports", verbose_name="营业部")
    month = MonthField("月份")
    state = models.CharField("状态", max_length=10, choices=list(STATES.items()), default=CHECKED)
    rows = models.PositiveIntegerField("行数", default=0)
    refused = models.PositiveIntegerField("拒收行", default=0)
    waiting = models.PositiveIntegerField("异常行", default=0)
    totals = models.JSONField("控制总数", default=dict)
    diff = models.JSONField("变动", default=dict)
    stamp = models.CharField(max_length=64, blank=True)
    left_out = models.CharField("剔除原因", max_length=200, blank=True)
    created_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="导入人")
    created_at = models.DateTimeField("预检时间", auto_now_add=True)
    booked_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确认人")
    booked_at = models.DateTimeField("入账时间", null=True, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["branch", "month", "state"], name="import_of_month")]

    def __str__(self) -> str:
        return f"{self.month.label}导入第 {self.pk} 批"


class ImportFile(models.Model):
    """One file of a batch, recognised by its header."""

    class Kind(models.TextChoices):
        CLIENTS = "clients", "客户月度业务明细"
        SALES = "sales", "产品销售明细"

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="files", verbose_name="批次")
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField("散列", max_length=64, db_index=True)
    rows = models.PositiveIntegerField("行数", default=0)
    header_row = models.PositiveIntegerField("表头行", default=1)
    stored = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="原件")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class ImportProblem(models.Model):
    """A finding about a row (or, `row` 0, about the whole file). Values of personal columns are masked."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="problems", verbose_name="批次")
    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="problems", verbose_name="文件")
    severity = models.CharField("轻重", max_length=10, choices=list(SEVERITIES.items()))
    kind = models.CharField("类别", max_length=30, choices=list(KINDS.items()))
    row = models.PositiveIntegerField("行号", default=0)
    column = models.CharField("列", max_length=40, blank=True)
    value = models.CharField("值", max_length=100, blank=True)
    message = models.CharField("说明", max_length=400)

    class Meta:
        ordering = ["batch", "file", "row", "id"]
        indexes = [models.Index(fields=["batch", "severity", "kind"], name="problem_of_batch")]

    def __str__(self) -> str:
        return f"第 {self.row} 行「{self.column}」{self.message}" if self.row else self.message


class MonthValues(models.Model):
    """The columns of 客户月度业务明细, staged and booked alike. Money in yuan."""

    source_row = models.PositiveIntegerField("文件行号")
    opened_on = models.DateField("开户日期")
    manager_no = models.CharField("客户经理工号", max_length=40, blank=True)
    manager_name = models.CharField("客户经理", max_length=40, blank=True)
    relation_kind = models.CharField("关系类型", max_length=10)
    turnover = money("股基交易量")
    gross_commission = money("佣金收入")
    handling_fee = money("经手费")
    regulatory_fee = money("证管费")
    transfer_fee = money("过户费")
    protection_fund = money("投保基金")
    net_commission = money("净佣金收入")
    margin_income = money("两融息差收入")
    opening_assets = money("期初资产")
    closing_assets = money("期末资产")
    assets_in = money("资产转入")
    assets_out = money("资产转出")
    is_valid = models.BooleanField("是否有效户")
    exception = models.CharField("异常", max_length=30, blank=True)

    class Meta:
        abstract = True


class StagedRow(MonthValues):
    """A pre-checked row that waits for its batch to be confirmed. No foreign keys, not in the write-ahead log: it can be made
    again from the original file at any time.

    `change`: added, changed or same against what is booked. `marks`: a sum of NEW, RENAMED, BARE (`clients.imports.comparing`);
    in an ordinary month few rows carry one, and the index finds these.
    """

    pk = models.CompositePrimaryKey("batch_id", "source_row")
    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    client_no = models.CharField(max_length=40)
    client_name = models.CharField(max_length=80)
    client_kind = models.CharField(max_length=10)
    fund_account = models.CharField(max_length=40)
    manager_id = models.BigIntegerField(null=True)
    expected_id = models.BigIntegerField(null=True)
    change = models.CharField(max_length=10)
    marks = models.SmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["batch", "source_row"], name="staged_marked", condition=~Q(marks=0))]

    def __str__(self) -> str:
        return f"第 {self.source_row} 行"


class StagedSale(models.Model):
    """A pre-checked sale: `values` as ProductSale's columns, plain."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="+")
    source_row = models.PositiveIntegerField()
    values = models.JSONField()

    def __str__(self) -> str:
        return f"第 {self.source_row} 行"


class ClientMonthQuerySet(models.QuerySet["ClientMonth"]):
    def visible_to(self, person: Person) -> ClientMonthQuerySet:
        """By FIGURES_VIEW's reach over the manager it counts for or names; and always the own ones."""
        by_name = within(person, Power.FIGURES_VIEW, branch_path="branch", manager_path="manager")
        by_settlement = within(person, Power.FIGURES_VIEW, branch_path="branch", manager_path="settled_to")
        return self.filter(by_name | by_settlement)

    def waiting(self) -> ClientMonthQuerySet:
        """Exceptions nobody has resolved yet."""
        return self.exclude(exception="").filter(resolution="")

    def unconfirmed(self) -> ClientMonthQuerySet:
        """Rows without an exception whose relation no valid slip confirms for their month: they count for nobody."""
        return self.filter(exception="", resolution="").exclude(models.Exists(confirmed_relation()))


def confirmed_relation() -> models.QuerySet[Relation]:
    """The relation that lets an outer ClientMonth row count for the manager it names."""
    outer = models.OuterRef
    return Relation.objects.filter(
        Q(to_month=None) | Q(to_month__gte=outer("month")),
        client=outer("client"),
        manager=outer("manager"),
        from_month__lte=outer("month"),
    ).order_by()


class ClientMonth(MonthValues):
    """A client's row of a month. Without an exception it counts for `manager` once the relation is confirmed;
    with one it waits; resolved, it counts for `settled_to`, or for nobody. `expected` is filled where a row waits.

    On PostgreSQL each month is a partition of its own (`clients.imports.partitions`), and only resolved rows are found by `id`:
    ask for others with branch and month (ADR 0074).
    """

    branch = loose(Branch, "营业部")
    month = MonthField("月份")
    client = loose(Client, "客户", "months")
    batch = loose(ImportBatch, "批次")
    manager = loose(Person, "客户经理", null=True)
    expected = loose(Person, "原客户经理", null=True)
    resolution = models.CharField("处理", max_length=10, blank=True, default="", choices=list(RESOLUTIONS.items()))
    settled_to = loose(Person, "计入", null=True)
    resolved_by = loose(Person, "处理人", null=True)
    resolved_at = models.DateTimeField("处理时间", null=True, blank=True)
    reason = models.CharField("处理说明", max_length=200, blank=True, default="")

    shared_with: str  # who else has its account this month, put by whoever shows the row

    objects = ClientMonthQuerySet.as_manager()

    class Meta:
        ordering = ["branch", "month", "source_row"]
        constraints = [
            models.UniqueConstraint(fields=["client", "month"], name="client_month_once"),
            models.CheckConstraint(condition=Q(settled_to=None) | ~Q(resolution=""), name="client_month_settled_by_resolution"),
        ]
        indexes = [
            models.Index(fields=["branch", "month", "manager"], name="client_month_of_manager"),
            models.Index(fields=["settled_to", "month"], name="client_month_settled_own", condition=Q(settled_to__isnull=False)),
            models.Index(fields=["branch", "month", "exception"], name="client_month_waiting", condition=~Q(exception="")),
            models.Index(fields=["id"], name="client_month_resolved", condition=~Q(resolution="")),
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.client_id}"

    @property
    def exception_label(self) -> str:
        return KINDS.get(self.exception, "")

    @property
    def kind_label(self) -> str:
        """What is wrong with a row of the list of exceptions."""
        return self.exception_label or (SHARED_LABEL if self.resolution == SHARED else KINDS[UNCONFIRMED])


class CompanyImportQuerySet(models.QuerySet["CompanyImport"]):
    def visible_to(self, person: Person) -> CompanyImportQuerySet:
        """The whole company's, by COMPANY_IMPORT; there is no part of it."""
        return self.all() if reach(person, Power.COMPANY_IMPORT).company else self.none()


class CompanyImport(models.Model):
    """One CSV with the client rows of many branches, cut by 营业部代码; each branch's part is checked and booked by itself."""

    name = models.CharField("文件名", max_length=200)
    month = MonthField("月份", null=True, blank=True)
    stored = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="原件")
    state = models.CharField("状态", max_length=10, choices=list(COMPANY_STATES.items()), default=SPLITTING)
    rows = models.PositiveIntegerField("行数", default=0)
    totals_left_out = models.PositiveIntegerField("合计行", default=0)
    note = models.CharField("说明", max_length=400, blank=True)
    created_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="导入人")
    created_at = models.DateTimeField("上传时间", auto_now_add=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    objects = CompanyImportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"公司导入第 {self.pk} 次"


class CompanyPart(models.Model):
    """A branch's rows of a company's file. Without a branch: rows whose 营业部代码 nobody knows, told and left.

    `final`: refused for what the rows say (another month), which no second try will change.
    """

    company = models.ForeignKey(CompanyImport, models.CASCADE, related_name="parts", verbose_name="公司导入")
    code = models.CharField("营业部代码", max_length=40)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="营业部")
    stored = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="该营业部的行")
    state = models.CharField("状态", max_length=10, choices=list(PART_STATES.items()), default=QUEUED)
    batch = models.ForeignKey(ImportBatch, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="批次")
    rows = models.PositiveIntegerField("行数", default=0)
    refused = models.PositiveIntegerField("拒收行", default=0)
    waiting = models.PositiveIntegerField("异常行", default=0)
    note = models.CharField("说明", max_length=400, blank=True)
    final = models.BooleanField("不能再试", default=False)

    reasons: list[Any]  # what the refused rows lacked, put by whoever shows the part

    class Meta:
        ordering = ["company", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="company_part_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.rows} 行"
