from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from branch.fields import MonthField
from branch.files.models import StoredFile
from branch.org.models import Branch, Team
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from teams.plans.expenses import states


def seen_by(person: Person) -> Q:
    """Rows of a branch and team by the reach of EXPENSE_VIEW."""
    scope = reach(person, Power.EXPENSE_VIEW)
    return ~Q(pk__in=[]) if scope.company else Q(branch__in=scope.branches) | Q(team__in=scope.teams)


class ExpenseKind(models.Model):
    """费用类别: reference data, only added to."""

    name = models.CharField("类别", max_length=20, unique=True)
    position = models.PositiveSmallIntegerField("顺序")

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class ExpenseQuerySet(models.QuerySet["Expense"]):
    def visible_to(self, person: Person) -> ExpenseQuerySet:
        return self.filter(seen_by(person))

    def counting(self) -> ExpenseQuerySet:
        """Those that are not voided."""
        return self.filter(voided_at=None)


class Expense(models.Model):
    """费用 of a team (S23), yuan, with the paper that shows it. Never edited: a wrong one is voided with a reason, and stays."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="expenses", verbose_name="营业部")
    team = models.ForeignKey(Team, models.PROTECT, related_name="expenses", verbose_name="团队")
    month = MonthField("月份")
    day = models.DateField("日期")
    kind = models.ForeignKey(ExpenseKind, models.PROTECT, related_name="expenses", verbose_name="类别")
    activity = models.CharField("活动", max_length=100)
    amount = models.DecimalField("金额", max_digits=12, decimal_places=2)
    paper = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="凭据")
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="登记人")
    made_at = models.DateTimeField("登记时间", auto_now_add=True)
    voided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="作废人")
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)
    void_reason = models.CharField("作废原因", max_length=200, blank=True)

    objects = ExpenseQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="expense_above_nought"),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None, void_reason="")
                | (Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason="")),
                name="expense_voided_with_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["branch", "month", "team"], name="expense_by_month")]

    def __str__(self) -> str:
        return f"{self.team.name}{self.day}{self.activity}费用"

    @property
    def voided(self) -> bool:
        return self.voided_at is not None


class ExpenseNoteQuerySet(models.QuerySet["ExpenseNote"]):
    def visible_to(self, person: Person) -> ExpenseNoteQuerySet:
        return self.filter(seen_by(person))

    def asked(self) -> ExpenseNoteQuerySet:
        return self.filter(state=states.ASKED)

    def waiting_for(self, person: Person) -> ExpenseNoteQuerySet:
        """Those of teams whose expenses the person keeps as their leader."""
        return self.asked().filter(team__in=reach(person, Power.EXPENSE_RECORD).teams)


class ExpenseNote(models.Model):
    """费用超限说明: asked for once a month is over whose expenses were more than `plans.expense_limit` of its net income.
    `limit`: a share, 0.30 is 30 %. `income`: yuan as it was when asked."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name="营业部")
    team = models.ForeignKey(Team, models.PROTECT, related_name="expense_notes", verbose_name="团队")
    month = MonthField("月份")
    state = models.CharField("状态", max_length=10, choices=list(states.NOTE.states.items()), default=states.ASKED)
    spent = models.DecimalField("费用", max_digits=14, decimal_places=2)
    income = models.DecimalField("净收入", max_digits=18, decimal_places=2)
    limit = models.DecimalField("限额", max_digits=10, decimal_places=4)
    asked_on = models.DateField("要求日期")
    cause = models.CharField("原因", max_length=400, blank=True)
    action = models.CharField("压缩措施", max_length=400, blank=True)
    answered_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="说明人")
    answered_at = models.DateTimeField("说明时间", null=True, blank=True)

    objects = ExpenseNoteQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "id"]
        constraints = [
            models.UniqueConstraint(fields=["team", "month"], name="expense_note_once"),
            models.CheckConstraint(
                condition=~Q(state="answered") | (~Q(cause="") & ~Q(action="") & Q(answered_by__isnull=False)),
                name="expense_note_answered_in_full",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team.name}{self.month.label}费用超限说明"

    def get_absolute_url(self) -> str:
        return reverse("plans:expense-note", args=[self.pk])
