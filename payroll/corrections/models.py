from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from approvals.requests.models import Request
from branch.fields import MonthField
from branch.files.models import StoredFile
from branch.org.models import Branch
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from kernel.months import Month
from payroll.corrections.balances import ADJUSTMENT, ARREAR, HOW, KINDS, LOTS
from payroll.corrections.rules import MANUAL
from payroll.corrections.states import (
    CONFIRMED,
    CORRECTION_STATES,
    DRAFT,
    PROPOSED,
    REVERSAL_STATES,
    SETTLEMENT,
    SIGNING,
    UNFINISHED,
)
from payroll.runs.models import PayRun, PaySlip


class Reversal(models.Model):
    """冲销: taking back an approved run before it is paid. One row a try; `digest` is the run's when asked for."""

    run = models.ForeignKey(PayRun, models.PROTECT, related_name="reversals", verbose_name="薪酬月报")
    reason = models.CharField("原因", max_length=200)
    digest = models.CharField("所冲销的内容散列", max_length=64)
    state = models.CharField("状态", max_length=10, choices=list(REVERSAL_STATES.items()), default=SIGNING)
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="申请人")
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    ended_at = models.DateTimeField("办结时间", null=True, blank=True)
    approval = models.ForeignKey(Request, models.PROTECT, related_name="+", verbose_name="审批")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["run"], condition=Q(state__in=("signing", "done")), name="reversal_once_a_run"),
            models.CheckConstraint(condition=~Q(reason=""), name="reversal_has_reason"),
        ]

    def __str__(self) -> str:
        return f"冲销{self.run}"


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def visible_to(self, person: Person) -> CorrectionQuerySet:
        """By PAY_VIEW and its reach, as the months themselves."""
        scope = reach(person, Power.PAY_VIEW)
        return self.filter(scope.branch_rows()) if scope else self.none()

    def unfinished(self) -> CorrectionQuerySet:
        return self.filter(state__in=UNFINISHED)

    def shown(self) -> CorrectionQuerySet:
        return self.select_related("branch", "maker", "approval")


class Correction(models.Model):
    """更正单: what was wrong in paid months from `month` to `through` (the last signed one), and what follows from it.

    The originals stay; corrected slips stand beside them. `baseline` is the digest of the months it was reckoned on, `digest`
    covers its lines and results and is what the three sign. Approved, its differences fall due in `due_month`. Totals in yuan.
    """

    number = models.CharField("单号", max_length=40, unique=True)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="corrections", verbose_name="营业部")
    month = MonthField("更正的首个月份")
    through = MonthField("重算至", null=True, blank=True)
    due_month = MonthField("补发补扣月份", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=list(CORRECTION_STATES.items()), default=DRAFT, db_index=True)
    reason = models.CharField("原因", max_length=200)
    problems = models.JSONField("待处理", default=list)
    baseline = models.CharField(max_length=64, blank=True)
    digest = models.CharField("散列", max_length=64, blank=True)
    people = models.PositiveIntegerField("涉及人数", default=0)
    gross_total = models.DecimalField("应发差额合计", max_digits=16, decimal_places=2, default=0)
    maker = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="经办人")
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    computed_at = models.DateTimeField("重算时间", null=True, blank=True)
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)
    approval = models.ForeignKey(Request, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审批")

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "month"], condition=Q(state__in=UNFINISHED), name="correction_one_open"),
            models.CheckConstraint(condition=~Q(reason=""), name="correction_has_reason"),
            models.CheckConstraint(
                condition=~Q(state__in=("review", "signing", "approved")) | (~Q(digest="") & Q(through__isnull=False)),
                name="correction_digest_stands",
            ),
            models.CheckConstraint(
                condition=Q(state="approved", due_month__isnull=False) | (~Q(state="approved") & Q(due_month=None)),
                name="correction_due_when_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.branch.name} {self.month.label}更正单 {self.number}"

    @property
    def last(self) -> Month:
        """The last month reckoned again; before that, the first."""
        return self.through or self.month


class CorrectionLine(models.Model):
    """One thing that was wrong: a person's field in a month, as it was and as it should have been, with reason and evidence.

    Field `manual` is an amount of 应发 itself (an award, a settlement); then `old` is empty and the evidence is a must.
    """

    correction = models.ForeignKey(Correction, models.CASCADE, related_name="lines", verbose_name="更正单")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="人员")
    month = MonthField("所属月份")
    field = models.CharField("项目", max_length=40)
    old = models.CharField("原", max_length=200, blank=True)
    new = models.CharField("应为", max_length=200, blank=True)
    reason = models.CharField("原因", max_length=200)
    evidence = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="依据")
    added_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="录入人")
    added_at = models.DateTimeField("录入时间", auto_now_add=True)

    class Meta:
        ordering = ["month", "person__staff_no", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["correction", "person", "month", "field"], condition=~Q(field=MANUAL), name="correction_line_once"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="correction_line_has_reason"),
            models.CheckConstraint(condition=~Q(field=MANUAL) | Q(evidence__isnull=False), name="correction_manual_has_evidence"),
        ]

    def __str__(self) -> str:
        return f"{self.person.name} {self.month} {self.field}"


class CorrectedSlip(models.Model):
    """更正版: one person's month as it should have been, beside the slip as it was paid. Kept whole, like a slip.

    The tax shown is what that month would have withheld; what is really withheld follows in the month that pays the difference.
    """

    correction = models.ForeignKey(Correction, models.CASCADE, related_name="slips", verbose_name="更正单")
    slip = models.ForeignKey(PaySlip, models.PROTECT, related_name="corrected", verbose_name="原工资单")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="人员")
    month = MonthField("所属月份")
    before = models.JSONField("更正前的各列")
    figures = models.JSONField("各列")
    lines = models.JSONField("各行说明")
    facts = models.JSONField("输入")
    carried_before = models.JSONField("期初")
    carried_after = models.JSONField("期末")
    amounts = models.JSONField("差额")
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["month", "slip__staff_no"]
        constraints = [models.UniqueConstraint(fields=["correction", "slip"], name="corrected_slip_once")]

    def __str__(self) -> str:
        return f"{self.slip}更正版({self.correction.number})"


def _amount(label: str) -> models.DecimalField:
    return models.DecimalField(label, max_digits=14, decimal_places=2, default=0)


class PayAdjustment(models.Model):
    """补发补扣: the difference of one person's month, due from `due_month` on. Never changed; the slip that takes it names it.

    `slip` is the month's original, None where the person was left out of the month. `parts`: side (个人, 单位, 专项附加) → item →
    yuan as text; empty on rows from before they were kept, and where there is nothing by item.
    """

    correction = models.ForeignKey(Correction, models.PROTECT, related_name="adjustments", verbose_name="更正单")
    person = models.ForeignKey(Person, models.PROTECT, related_name="pay_adjustments", verbose_name="人员")
    slip = models.ForeignKey(PaySlip, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="原工资单")
    month = MonthField("所属月份")
    due_month = MonthField("计入月份")
    reason = models.CharField("原因", max_length=200)
    gross = _amount("应发差额")
    special = _amount("三险一金差额")
    additional = _amount("专项附加差额")
    vat = _amount("增值税差额")
    surtax = _amount("附加税费差额")
    after_tax = _amount("税后扣款差额")
    parts = models.JSONField("分项差额", default=dict, blank=True)

    class Meta:
        ordering = ["month", "person__staff_no", "id"]
        indexes = [models.Index(fields=["person", "due_month"], name="adjustment_of_person")]
        constraints = [
            models.CheckConstraint(condition=Q(due_month__gt=models.F("month")), name="adjustment_paid_later"),
        ]

    def __str__(self) -> str:
        return f"{self.person.name} {self.month} {self.gross}"

    @property
    def deductions(self) -> Decimal:
        """What is deducted more (or less) from 应发 on the way to 实发, apart from income tax."""
        return self.special + self.vat + self.surtax + self.after_tax


class SettlementQuerySet(models.QuerySet["OutsideSettlement"]):
    def visible_to(self, person: Person) -> SettlementQuerySet:
        """By PAY_VIEW and its reach, as the slips whose balances they settle."""
        scope = reach(person, Power.PAY_VIEW)
        return self.filter(scope.branch_rows()) if scope else self.none()

    def waiting_for(self, person: Person) -> SettlementQuerySet:
        """Proposed by somebody else where this person may confirm."""
        scope = reach(person, Power.PAY_SIGN)
        if not scope:
            return self.none()
        return self.filter(scope.branch_rows(), state=PROPOSED).exclude(proposed_by=person)

    def confirmed(self) -> SettlementQuerySet:
        return self.filter(state=CONFIRMED)

    def shown(self) -> SettlementQuerySet:
        return self.select_related("branch", "person", "slip", "evidence", "proposed_by", "decided_by")


class OutsideSettlement(models.Model):
    """线下结清: what of a leaver's balance was settled outside the pay run, on which day and how.

    `slip` is the leaver's last, whose state after the month has the lots and the arrears (None: they never had one, only an
    adjustment); `key` names the item among the person's (`balances.py`). `amount` in yuan before income tax: + was paid to the
    person, - was taken back; with `waived` it was given up. `tax`: what was withheld of it, which enters the year's chain and the
    declaration of the day's month; None where it does not: given up, a broker's, of no slip, or registered before it was asked
    for. Proposed by one person, decided by another, then never changed: the database holds that.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name="营业部")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="人员")
    slip = models.ForeignKey(
        PaySlip, models.PROTECT, null=True, blank=True, related_name="settlements", verbose_name="最后一份工资单"
    )
    kind = models.CharField("类别", max_length=10, choices=list(KINDS.items()))
    key = models.CharField("项目", max_length=60)
    label = models.CharField("项目说明", max_length=200)
    adjustment = models.ForeignKey(
        PayAdjustment, models.PROTECT, null=True, blank=True, related_name="settlements", verbose_name="补发补扣"
    )
    amount = models.DecimalField("金额", max_digits=14, decimal_places=2)
    day = models.DateField("结清日期")
    tax = models.DecimalField("代扣个税", max_digits=14, decimal_places=2, null=True, blank=True)
    how = models.CharField("方式", max_length=10, choices=list(HOW.items()))
    reason = models.CharField("说明", max_length=200)
    voucher = models.CharField("凭证号", max_length=60, blank=True)
    evidence = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="依据文件")
    state = models.CharField("状态", max_length=10, choices=list(SETTLEMENT.states.items()), default=PROPOSED)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="登记人")
    proposed_at = models.DateTimeField("登记时间", auto_now_add=True)
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="处理人")
    returned = models.CharField("退回原因", max_length=200, blank=True)

    objects = SettlementQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], condition=Q(state="proposed"), name="settlement_one_pending"),
            models.CheckConstraint(condition=~Q(amount=0), name="settlement_of_something"),
            models.CheckConstraint(condition=~Q(reason=""), name="settlement_has_reason"),
            models.CheckConstraint(condition=Q(slip__isnull=False) | Q(kind=ADJUSTMENT), name="settlement_of_a_slip"),
            models.CheckConstraint(condition=Q(tax=None) | Q(tax__gte=0), name="settlement_tax_not_negative"),
            models.CheckConstraint(condition=~Q(voucher="") | Q(evidence__isnull=False), name="settlement_has_evidence"),
            models.CheckConstraint(
                condition=Q(kind=ADJUSTMENT, adjustment__isnull=False)
                | Q(kind=LOTS, adjustment=None, amount__gt=0)
                | Q(kind=ARREAR, adjustment=None, amount__lt=0),
                name="settlement_names_its_item",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at=None, decided_by=None)
                | (~Q(state="proposed") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="settlement_decided_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | ~Q(decided_by=F("proposed_by")), name="settlement_two_persons"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person.name} {self.label} {self.size}"

    def get_absolute_url(self) -> str:
        """The leaver's page."""
        if self.slip_id is not None:
            return reverse("payroll:leaver-detail", args=[self.slip_id])
        return reverse("payroll:unpaid-detail", args=[self.adjustment_id])

    @property
    def size(self) -> Decimal:
        """`amount` without its sign."""
        return abs(self.amount)

    @property
    def to_person(self) -> bool:
        """Whether the company owed it (应补付); else the person did (应收回)."""
        return self.amount > 0

    @property
    def tax_month(self) -> Month:
        """The month of payment it is declared for."""
        return Month.of(self.day)
