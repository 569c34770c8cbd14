from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from branch.fields import MonthField
from branch.files.models import StoredFile
from branch.org.models import Branch
from branch.people.access import reach
from branch.people.models import Engagement, Person
from branch.people.roles import Power
from kernel.months import Month
from kernel.transitions import Moves
from payroll.intake import states
from payroll.reckoning.facts import FROM_JANUARY, LUMP, STANDARD


def _choices(moves: Moves) -> list[tuple[str, str]]:
    return list(moves.states.items())


def _sum_field(label: str) -> models.DecimalField:
    """Yuan; 0 where the kind of engagement has no such balance."""
    return models.DecimalField(label, max_digits=16, decimal_places=2, default=0)


def _cell(label: str, digits: int, places: int) -> models.DecimalField:
    """A cell of the sheet; None means not delivered and is never read as nought."""
    return models.DecimalField(label, max_digits=digits, decimal_places=places, null=True)


class OpeningSetQuerySet(models.QuerySet["OpeningSet"]):
    def visible_to(self, person: Person) -> OpeningSetQuerySet:
        """The sets of branches where the person imports, confirms or reads pay."""
        seen = Q()
        for power in (Power.OPENING_IMPORT, Power.OPENING_CONFIRM, Power.PAY_VIEW):
            scope = reach(person, power)
            if scope.company:
                return self.all()
            seen |= Q(branch__in=scope.branches)
        return self.filter(seen)

    def waiting_for(self, person: Person) -> OpeningSetQuerySet:
        """Proposed by somebody else where this person may confirm."""
        scope = reach(person, Power.OPENING_CONFIRM)
        if not scope:
            return self.none()
        return self.filter(scope.branch_rows(), state=states.PROPOSED).exclude(proposed_by=person)


class OpeningSet(models.Model):
    """One file of opening balances of a branch: proposed by one person, confirmed by another, then never changed.

    `first_month` is the first 所属月份 reckoned here: the balances stand after the payments up to and including that
    calendar month (期初_2026-08: January to August 2026), in tax year `first_month.year`. `digest` covers the balances.
    A file with mistakes is kept as 校验未通过, without balances, for its error file.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="opening_sets", verbose_name="营业部")
    first_month = MonthField("首个核算月份")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="来源文件")
    digest = models.CharField("内容散列", max_length=64)
    refused = models.JSONField("错误", default=list)
    exceptions = models.JSONField("异常", default=list)
    notices = models.JSONField("提示", default=list)
    people_count = models.PositiveIntegerField("人数", default=0)
    state = models.CharField("状态", max_length=10, choices=_choices(states.OPENING), default=states.PROPOSED)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="经办人")
    proposed_at = models.DateTimeField("提交时间", auto_now_add=True)
    confirmed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="确认人")
    decided_at = models.DateTimeField("处理时间", null=True)
    reason = models.CharField("退回原因", max_length=200, blank=True)

    objects = OpeningSetQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["branch"], condition=Q(state="proposed"), name="opening_one_pending"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")), name="opening_two_persons"
            ),
            models.CheckConstraint(
                condition=Q(state="confirmed", confirmed_by__isnull=False) | (~Q(state="confirmed") & Q(confirmed_by=None)),
                name="opening_confirmed_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.branch} 期初余额 {self.first_month}"

    @property
    def tax_year(self) -> int:
        return self.first_month.year

    @property
    def last_payment(self) -> Month:
        """The payment month whose payment is the last one contained."""
        return self.first_month


class OpeningBalance(models.Model):
    """One person's balances before the first month: tax chain, deferral, negative commission. Yuan; one row a person, ever."""

    opening = models.ForeignKey(OpeningSet, models.PROTECT, related_name="balances", verbose_name="期初")
    person = models.OneToOneField(Person, models.PROTECT, related_name="opening_balance", verbose_name="人员")
    kind = models.CharField("用工性质", max_length=10, choices=Engagement.Kind.choices)
    row = models.PositiveIntegerField("行号")
    started = MonthField("任职受雇(从业)起始月")
    tax_mode = models.CharField("减除费用口径", max_length=16, default=STANDARD)
    income = _sum_field("累计收入")
    exempt = _sum_field("累计免税收入")
    net_income = _sum_field("累计不含税收入")
    income_amount = _sum_field("累计收入额")
    development_cost = _sum_field("累计展业成本")
    surtax = _sum_field("累计附加税费")
    basic = _sum_field("累计减除费用")
    special = _sum_field("累计专项扣除")
    additional = _sum_field("累计专项附加扣除")
    other = _sum_field("累计其他扣除")
    relief = _sum_field("累计减免税额")
    withheld = _sum_field("累计已预扣税额")
    deferral_balance = _sum_field("递延余额")
    deferral_left = models.PositiveSmallIntegerField("递延剩余期数", default=0)
    deferral_instalment = _sum_field("递延每期金额")
    negative_commission = _sum_field("负佣金结转")
    annual_leave = models.DecimalField("年假余额", max_digits=5, decimal_places=1, null=True)

    class Meta:
        ordering = ["person__staff_no"]
        constraints = [
            models.CheckConstraint(condition=Q(negative_commission__lte=0), name="opening_carry_not_positive"),
            models.CheckConstraint(
                condition=Q(deferral_left=0, deferral_balance=0) | Q(deferral_left__gt=0, deferral_balance__gt=0),
                name="opening_deferral_whole",
            ),
            models.CheckConstraint(condition=Q(tax_mode__in=[STANDARD, FROM_JANUARY, LUMP]), name="opening_tax_mode_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person} 期初余额"


class InputSheetQuerySet(models.QuerySet["InputSheet"]):
    def visible_to(self, person: Person) -> InputSheetQuerySet:
        """The sheets of branches where the person imports inputs or reads pay."""
        seen = Q()
        for power in (Power.INPUTS_IMPORT, Power.PAY_VIEW):
            scope = reach(person, power)
            if scope.company:
                return self.all()
            seen |= Q(branch__in=scope.branches)
        return self.filter(seen)


class InputSheet(models.Model):
    """One 核算输入 file, pre-checked and then booked or dropped. The month's inputs are those of the one booked sheet.

    `refused`, `exceptions`, `notices`: findings `{row, staff_no, name, column, value, message}`; `changes`: what it changes
    against the month as booked before, `{staff_no, name, column, old, new}`.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="input_sheets", verbose_name="营业部")
    month = MonthField("所属月份")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="来源文件")
    state = models.CharField("状态", max_length=10, choices=_choices(states.INPUT_SHEET), default=states.CHECKED)
    rows = models.PositiveIntegerField("行数", default=0)
    refused = models.JSONField("错误", default=list)
    exceptions = models.JSONField("异常", default=list)
    notices = models.JSONField("提示", default=list)
    changes = models.JSONField("差异", default=list)
    imported_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="导入人")
    checked_at = models.DateTimeField("预检时间", auto_now_add=True)
    booked_at = models.DateTimeField("导入时间", null=True)

    objects = InputSheetQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "month"], condition=Q(state="booked"), name="inputs_one_booked_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.branch} {self.month} 核算输入"

    @property
    def word(self) -> str:
        """The state in a word; a checked file with mistakes says so."""
        return "校验未通过" if self.state == states.CHECKED and self.refused else self.get_state_display()

    @property
    def colour(self) -> str:
        """One of the six status colours for that word."""
        return {states.CHECKED: "red" if self.refused else "blue", states.BOOKED: "green"}.get(self.state, "grey")


class MonthlyInput(models.Model):
    """One row of 核算输入: a person's month. None = the cell was blank, which is an exception where it is needed."""

    sheet = models.ForeignKey(InputSheet, models.PROTECT, related_name="inputs", verbose_name="来源")
    row = models.PositiveIntegerField("行号")
    person = models.ForeignKey(Person, models.PROTECT, related_name="monthly_inputs", verbose_name="人员")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name="营业部")
    month = MonthField("所属月份")
    due_days = _cell("应出勤天数", 4, 1)
    worked_days = _cell("实出勤天数", 4, 1)
    personal_leave = _cell("事假天数", 4, 1)
    sick_leave = _cell("病假天数", 4, 1)
    absence = _cell("旷工天数", 4, 1)
    overtime_weekday = _cell("平日加班小时", 5, 1)
    overtime_rest = _cell("休息日加班小时", 5, 1)
    overtime_statutory = _cell("法定节假日加班小时", 5, 1)
    target = _cell("目标净佣金", 16, 2)
    duty_score = _cell("职责分", 5, 2)
    complaints = models.PositiveSmallIntegerField("有效投诉数", null=True)
    serious_violation = models.BooleanField("严重违规", null=True)
    vat = _cell("增值税", 14, 2)
    other_allowance = _cell("其他补贴", 14, 2)
    other_deduction = _cell("其他扣款", 14, 2)
    damages_balance = _cell("赔偿扣款余额", 14, 2)

    class Meta:
        ordering = ["person__staff_no"]
        indexes = [models.Index(fields=["branch", "month"], name="inputs_of_month")]
        constraints = [
            models.UniqueConstraint(fields=["person", "month"], name="inputs_one_a_month"),
            models.CheckConstraint(
                condition=Q(due_days=None)
                | Q(worked_days=None)
                | Q(personal_leave=None)
                | Q(sick_leave=None)
                | Q(absence=None)
                | Q(due_days__gte=F("worked_days") + F("personal_leave") + F("sick_leave") + F("absence")),
                name="inputs_days_within_due",
            ),
            models.CheckConstraint(
                condition=Q(duty_score=None) | Q(duty_score__gte=0, duty_score__lte=100), name="inputs_duty_0_to_100"
            ),
            models.CheckConstraint(condition=Q(vat=None) | Q(vat__gte=0), name="inputs_vat_not_negative"),
            models.CheckConstraint(
                condition=Q(damages_balance=None) | Q(damages_balance__gte=0), name="inputs_damages_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.month}"


class TaxModeQuerySet(models.QuerySet["TaxMode"]):
    def visible_to(self, person: Person) -> TaxModeQuerySet:
        """Those of branches where the person proposes or confirms."""
        seen = Q()
        for power in (Power.OPENING_IMPORT, Power.OPENING_CONFIRM):
            scope = reach(person, power)
            if scope.company:
                return self.all()
            seen |= Q(branch__in=scope.branches)
        return self.filter(seen)

    def waiting_for(self, person: Person) -> TaxModeQuerySet:
        """Proposed by somebody else where this person may confirm."""
        scope = reach(person, Power.OPENING_CONFIRM)
        if not scope:
            return self.none()
        return self.filter(scope.branch_rows(), state=states.PROPOSED).exclude(proposed_by=person)


class TaxMode(models.Model):
    """How 减除费用 counts for one person in one tax year, other than month by month: 公告2020年第13号 or 第19号.

    Proposed by one person, confirmed by another; a later one (also back to `standard`) replaces it. The tax year is that of
    the months of payment. Whoever has none confirmed is `standard`, or in the openings' own year what the opening says.
    """

    MODES = [
        (STANDARD, "按月累计(一般)"),
        (FROM_JANUARY, "首次取得工资,自 1 月起计(13号公告)"),
        (LUMP, "全年 6 万元一次减除(19号公告)"),
    ]

    person = models.ForeignKey(Person, models.PROTECT, related_name="tax_modes", verbose_name="人员")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="tax_modes", verbose_name="营业部")
    tax_year = models.PositiveSmallIntegerField("纳税年度")
    mode = models.CharField("减除方式", max_length=16, choices=MODES)
    reason = models.CharField("理由与凭据", max_length=300)
    state = models.CharField("状态", max_length=10, choices=_choices(states.TAX_MODE), default=states.PROPOSED)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="经办人")
    proposed_at = models.DateTimeField("提交时间", auto_now_add=True)
    confirmed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="确认人")
    decided_at = models.DateTimeField("处理时间", null=True)
    returned = models.CharField("退回原因", max_length=200, blank=True)

    objects = TaxModeQuerySet.as_manager()

    class Meta:
        ordering = ["-tax_year", "person__staff_no", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "tax_year"], condition=Q(state="confirmed"), name="tax_mode_one_confirmed_a_year"
            ),
            models.UniqueConstraint(
                fields=["person", "tax_year"], condition=Q(state="proposed"), name="tax_mode_one_pending_a_year"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")), name="tax_mode_two_persons"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["confirmed", "replaced"], confirmed_by__isnull=False)
                | (~Q(state__in=["confirmed", "replaced"]) & Q(confirmed_by=None)),
                name="tax_mode_confirmed_by_someone",
            ),
            models.CheckConstraint(condition=Q(mode__in=[STANDARD, FROM_JANUARY, LUMP]), name="tax_mode_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.tax_year} 年个税减除方式"
