from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from branch.fields import MonthField
from branch.files.models import StoredFile
from branch.org.models import Branch, Group, Team
from branch.people.models import Person
from teams.plans.targets import states
from teams.plans.targets.metrics import LEVELS, METRICS, Level, Metric
from teams.plans.targets.querysets import (
    ChangeQuerySet,
    IncomePlanQuerySet,
    MilestoneQuerySet,
    NoteQuerySet,
    SheetQuerySet,
    TargetQuerySet,
)

METRIC_CHOICES = [(code, metric.label) for code, metric in METRICS.items()]


def money(label: str) -> models.DecimalField:
    """A column of yuan with two places; counts are kept in one, too, without a fraction."""
    return models.DecimalField(label, max_digits=18, decimal_places=2)


class Target(models.Model):
    """目标 of a branch, team, group or person for one metric in a year, month by month. A person's row names team and group,
    a group's its team: the units it was broken down from. `parent`: the target it is a part of (art. 5)."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="targets", verbose_name="营业部")
    year = models.PositiveSmallIntegerField("年度")
    metric = models.CharField("项目", max_length=20, choices=METRIC_CHOICES)
    level = models.CharField("层级", max_length=10, choices=[(level.value, word) for level, word in LEVELS.items()])
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="targets", verbose_name="团队")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="targets", verbose_name="小组")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="targets", verbose_name="人员")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name="上级目标")
    state = models.CharField("状态", max_length=10, choices=list(states.TARGET.states.items()), default=states.DRAFT)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="填制人")
    made_at = models.DateTimeField("填制时间", auto_now_add=True)
    put_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="下达人")
    put_at = models.DateTimeField("下达时间", null=True, blank=True)

    objects = TargetQuerySet.as_manager()

    class Meta:
        ordering = ["branch", "year", "metric", "id"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "year", "metric"], condition=Q(level="branch"), name="target_of_branch"),
            models.UniqueConstraint(fields=["team", "year", "metric"], condition=Q(level="team"), name="target_of_team"),
            models.UniqueConstraint(fields=["group", "year", "metric"], condition=Q(level="group"), name="target_of_group"),
            models.UniqueConstraint(
                fields=["branch", "person", "year", "metric"], condition=Q(level="person"), name="target_of_person"
            ),
            models.CheckConstraint(
                condition=Q(level="branch", team=None, group=None, person=None)
                | Q(level="team", team__isnull=False, group=None, person=None)
                | Q(level="group", team__isnull=False, group__isnull=False, person=None)
                | Q(level="person", person__isnull=False),
                name="target_names_its_unit",
            ),
            models.CheckConstraint(condition=Q(state="draft") | Q(put_by__isnull=False), name="target_put_by_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.full_name}{self.year}年{self.get_metric_display()}目标"

    @property
    def kind(self) -> Metric:
        return METRICS[self.metric]

    @property
    def unit_name(self) -> str:
        """Whose target it is, in words."""
        unit = {Level.BRANCH: self.branch, Level.TEAM: self.team, Level.GROUP: self.group, Level.PERSON: self.person}[
            Level(self.level)
        ]
        return unit.name if unit is not None else ""

    @property
    def full_name(self) -> str:
        """The unit among others: a group with its team, whose first group is called 第1组, too."""
        return f"{self.team.name}{self.unit_name}" if self.level == Level.GROUP and self.team is not None else self.unit_name

    @property
    def in_force(self) -> bool:
        return self.state == states.IN_FORCE


class TargetMonth(models.Model):
    """A target's figure of one month."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="months", verbose_name="目标")
    month = MonthField("月份")
    amount = money("目标值")

    class Meta:
        ordering = ["target", "month"]
        constraints = [
            models.UniqueConstraint(fields=["target", "month"], name="target_month_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="target_month_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.target_id} {self.month}"


class TargetChange(models.Model):
    """A change to a target in force: who wants it and why, before and after month by month (texts, January first), who agreed."""

    target = models.ForeignKey(Target, models.PROTECT, related_name="changes", verbose_name="目标")
    before = models.JSONField("原目标")
    after = models.JSONField("新目标")
    reason = models.CharField("原因", max_length=200)
    state = models.CharField("状态", max_length=10, choices=list(states.CHANGE.states.items()), default=states.PROPOSED)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="提出人")
    proposed_at = models.DateTimeField("提出时间", auto_now_add=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="决定人")
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    note = models.CharField("意见", max_length=200, blank=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["target"], condition=Q(state="proposed"), name="target_change_one_open"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(state="withdrawn") | ~Q(decided_by=F("proposed_by")),
                name="target_change_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target}变更"

    @property
    def sides(self) -> list[tuple[str, list[Decimal]]]:
        """原目标 and 新目标, month by month."""
        return [("原目标", [Decimal(one) for one in self.before]), ("新目标", [Decimal(one) for one in self.after])]


class IncomePlan(models.Model):
    """部门收入目标 of a branch (S22): a total and its parts by department, yuan. A later version replaces the one in force."""

    class Period(models.TextChoices):
        YEAR = "year", "全年"
        FIRST_HALF = "h1", "上半年"
        SECOND_HALF = "h2", "下半年"

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="income_plans", verbose_name="营业部")
    year = models.PositiveSmallIntegerField("年度")
    period = models.CharField("期间", max_length=4, choices=Period.choices)
    version = models.PositiveSmallIntegerField("版本")
    total = money("总收入目标")
    state = models.CharField("状态", max_length=10, choices=list(states.INCOME.states.items()), default=states.DRAFT)
    reason = models.CharField("原因", max_length=200, blank=True)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="填制人")
    made_at = models.DateTimeField("填制时间", auto_now_add=True)
    put_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确认人")
    put_at = models.DateTimeField("生效时间", null=True, blank=True)

    objects = IncomePlanQuerySet.as_manager()

    class Meta:
        ordering = ["branch", "-year", "period", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "year", "period", "version"], name="income_plan_version"),
            models.UniqueConstraint(
                fields=["branch", "year", "period"], condition=Q(state="in_force"), name="income_plan_one_in_force"
            ),
            models.UniqueConstraint(
                fields=["branch", "year", "period"], condition=Q(state="draft"), name="income_plan_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(put_by=None) | ~Q(put_by=F("made_by")) | Q(state="dropped"), name="income_plan_two_persons"
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="income_plan_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.branch}{self.year}年{self.get_period_display()}部门收入目标第 {self.version} 版"


class IncomePart(models.Model):
    """One department's part of a 部门收入目标."""

    plan = models.ForeignKey(IncomePlan, models.CASCADE, related_name="parts", verbose_name="部门收入目标")
    department = models.CharField("部门", max_length=20)
    amount = money("收入目标")

    class Meta:
        ordering = ["plan", "id"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "department"], name="income_part_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="income_part_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.department}"


class DayFigure(models.Model):
    """A person's figures of a month as known on a day, summed from the month's first; only days on which something changed.

    Accounts and product sales of a day come from the rows' own dates, the others from the imports (`targets.measuring`).
    `taken`: an import's figures were taken on that day. `latest`: the last row of the person's month.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name="营业部")
    month = MonthField("月份")
    person = models.ForeignKey(Person, models.PROTECT, related_name="day_figures", verbose_name="客户经理")
    day = models.DateField("日期")
    accounts = models.IntegerField("新开户数")
    valid_accounts = models.IntegerField("新增有效户")
    assets = money("期末资产")
    net_income = money("净收入")
    product_sales = money("产品销售额")
    taken = models.BooleanField("取数日")
    latest = models.BooleanField("最新")

    class Meta:
        ordering = ["branch", "month", "person", "day"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "month", "person", "day"], name="day_figure_once"),
            models.UniqueConstraint(fields=["branch", "month", "person"], condition=Q(latest=True), name="day_figure_one_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.day}"


class StaleMonth(models.Model):
    """A month whose figures have changed since its days were measured; marked in the transaction of the change."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name="营业部")
    month = MonthField("月份")
    marked_at = models.DateTimeField("标记时间", auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["branch", "month"], name="stale_month_once")]

    def __str__(self) -> str:
        return f"{self.branch} {self.month}"


class DeviationNote(models.Model):
    """偏差说明: asked for where a month is behind by more than `plans.deviation_limit` (art. 5). Rates: 0.85 = 85 %."""

    target = models.ForeignKey(Target, models.PROTECT, related_name="notes", verbose_name="目标")
    month = MonthField("月份")
    state = models.CharField("状态", max_length=10, choices=list(states.NOTE.states.items()), default=states.ASKED)
    completion = models.DecimalField("完成率", max_digits=10, decimal_places=4)
    deviation = models.DecimalField("落后", max_digits=10, decimal_places=4)
    asked_on = models.DateField("要求日期")
    cause = models.CharField("原因", max_length=400, blank=True)
    action = models.CharField("改进措施", max_length=400, blank=True)
    answered_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="说明人")
    answered_at = models.DateTimeField("说明时间", null=True, blank=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "id"]
        constraints = [
            models.UniqueConstraint(fields=["target", "month"], name="deviation_note_once"),
            models.CheckConstraint(
                condition=~Q(state="answered") | (~Q(cause="") & ~Q(action="") & Q(answered_by__isnull=False)),
                name="deviation_note_answered_in_full",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target}{self.month.label}偏差说明"

    @property
    def answered_for(self) -> str:
        """Whose note somebody else has answered (代); '' where the person has, and for the note of a unit."""
        own = self.answered_by_id is None or self.target.person is None or self.answered_by_id == self.target.person_id
        return "" if own or self.target.person is None else self.target.person.name


class Milestone(models.Model):
    """里程碑 of a plan (art. 5(3)): what is to be done by when, by whom; done with its evidence, or given up with a reason."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="milestones", verbose_name="营业部")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="milestones", verbose_name="团队")
    name = models.CharField("事项", max_length=80)
    starts_on = models.DateField("开始日期", null=True, blank=True)
    due_on = models.DateField("完成期限")
    responsible = models.ForeignKey(Person, models.PROTECT, related_name="milestones", verbose_name="责任人")
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="登记人")
    made_at = models.DateTimeField("登记时间", auto_now_add=True)
    done_on = models.DateField("完成日期", null=True, blank=True)
    done_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="完成登记人")
    evidence = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="完成凭据")
    note = models.CharField("说明", max_length=200, blank=True)
    dropped_on = models.DateField("取消日期", null=True, blank=True)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_on=None) | Q(starts_on__lte=F("due_on")), name="milestone_span_order"),
            models.CheckConstraint(condition=Q(done_on=None) | Q(done_by__isnull=False), name="milestone_done_by_somebody"),
            models.CheckConstraint(condition=Q(done_on=None) | Q(dropped_on=None), name="milestone_done_or_dropped"),
        ]
        indexes = [models.Index(fields=["branch", "due_on"], name="milestone_by_date")]

    def __str__(self) -> str:
        return self.name


class TargetSheet(models.Model):
    """A file of targets, person by person and month by month: pre-checked, then booked or dropped. `team` None: the branch's."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name="营业部")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="团队")
    year = models.PositiveSmallIntegerField("年度")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="文件")
    state = models.CharField("状态", max_length=10, choices=list(states.SHEET.states.items()), default=states.CHECKED)
    rows = models.PositiveIntegerField("行数", default=0)
    refused = models.JSONField("错误", default=list)
    changes = models.JSONField("改动", default=list)
    imported_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="导入人")
    checked_at = models.DateTimeField("预检时间", auto_now_add=True)
    booked_at = models.DateTimeField("导入时间", null=True, blank=True)

    objects = SheetQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.year}年目标分解表"
