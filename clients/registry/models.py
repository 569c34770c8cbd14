from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from branch.fields import MonthField
from branch.org.models import Branch
from branch.people.access import Reach, reach
from branch.people.models import Person, Posting
from branch.people.queries import current
from branch.people.roles import Power
from clients.registry.states import PROPOSED, STATES, VALID
from kernel import masks
from kernel.months import Month


def unindexed(to: type[models.Model], label: str, related_name: str = "+", *, null: bool = False) -> models.ForeignKey[Any, Any]:
    """A key without an index of its own: another one begins with it, or nobody asks for its rows."""
    return models.ForeignKey(
        to, models.PROTECT, related_name=related_name, verbose_name=label, null=null, blank=null, db_index=False
    )


def managers_within(scope: Reach) -> models.QuerySet[Posting]:
    """Postings today in the teams and groups that `scope` reaches: whose clients a leader sees."""
    today = timezone.localdate()
    return Posting.objects.filter(current(today) & (Q(team__in=scope.teams) | Q(group__in=scope.groups))).order_by()


def within(person: Person, power: Power, *, branch_path: str, manager_path: str) -> Q:
    """A filter for rows that belong to a branch and to a manager: by the power's reach, and always the person's own."""
    scope = reach(person, power)
    if scope.company:
        return Q()
    mine = Q(**{manager_path: person}) | Q(**{f"{branch_path}__in": scope.branches})
    if scope.teams or scope.groups:
        mine |= Q(**{f"{manager_path}__in": managers_within(scope).values("person")})
    return mine


class ClientQuerySet(models.QuerySet["Client"]):
    def visible_to(self, person: Person) -> ClientQuerySet:
        """A branch's people see the branch, a leader the team's or group's clients, a client manager the own ones."""
        scope = reach(person, Power.CLIENT_VIEW)
        if scope.company:
            return self
        owners = Q(manager=person)
        if scope.teams or scope.groups:
            owners |= Q(manager__in=managers_within(scope).values("person"))
        related = Relation.objects.filter(owners, to_month=None).values("client")
        return self.filter(Q(branch__in=scope.branches) | Q(pk__in=related))


class Client(models.Model):
    """A client of a branch as the CRM knows it. Whose client it is, is told by its relations alone."""

    branch = unindexed(Branch, "营业部", "clients")
    client_no = models.CharField("客户号", max_length=40)
    name = models.CharField("客户姓名", max_length=80)
    initials = models.CharField("拼音首字母", max_length=80, blank=True)
    kind = models.CharField("客户类型", max_length=10)
    fund_account = models.CharField("资金账号", max_length=40)
    account_tail = models.CharField("资金账号末四位", max_length=4)
    opened_on = models.DateField("开户日期")

    objects = ClientQuerySet.as_manager()

    class Meta:
        ordering = ["client_no"]
        constraints = [models.UniqueConstraint(fields=["branch", "client_no"], name="client_once_in_branch")]
        # one index each, that answers "equal to" and "begins with"; `db_index=True` would make one for either
        indexes = [
            models.Index(fields=["initials"], name="client_initials", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["fund_account"], name="client_account", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["account_tail"], name="client_account_tail", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.name}({self.client_no})"

    @property
    def masked_account(self) -> str:
        return masks.bank_account(self.fund_account)


class ConfirmationSlipQuerySet(models.QuerySet["ConfirmationSlip"]):
    def visible_to(self, person: Person) -> ConfirmationSlipQuerySet:
        return self.filter(within(person, Power.CLIENT_VIEW, branch_path="branch", manager_path="manager"))

    def proposed(self) -> ConfirmationSlipQuerySet:
        return self.filter(state=PROPOSED)

    def standing(self) -> ConfirmationSlipQuerySet:
        """Proposed or valid: those on which a relation rests or will rest."""
        return self.filter(state__in=(PROPOSED, VALID))


class ConfirmationSlip(models.Model):
    """《客户经理营销客户确认单》: client, manager, relation, and the month from which it counts. Serial YYYYMM-branch-NNNN."""

    class Basis(models.TextChoices):
        OPENING = "opening", "期初"
        NEW = "new", "新开户"
        CHANGE = "change", "变更"

    branch = unindexed(Branch, "营业部", "slips")
    month = MonthField("编号月份")
    number = models.PositiveIntegerField("序号")
    serial = models.CharField("流水号", max_length=40)
    client = models.ForeignKey(Client, models.PROTECT, related_name="slips", verbose_name="客户")
    manager = models.ForeignKey(Person, models.PROTECT, related_name="slips", verbose_name="客户经理")
    relation_kind = models.CharField("关系", max_length=10)
    basis = models.CharField("依据", max_length=10, choices=Basis.choices)
    state = models.CharField("状态", max_length=10, choices=list(STATES.items()), default=PROPOSED)
    effective_month = MonthField("生效月")
    created_by = unindexed(Person, "经办人")
    created_at = models.DateTimeField("填制时间", auto_now_add=True)
    decided_by = unindexed(Person, "确认人", null=True)
    decided_at = models.DateTimeField("确认时间", null=True, blank=True)
    reason = models.CharField("说明", max_length=200, blank=True)

    objects = ConfirmationSlipQuerySet.as_manager()

    class Meta:
        ordering = ["branch", "-month", "number"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "month", "number"], name="slip_number_once"),
            models.UniqueConstraint(fields=["serial"], name="slip_serial_once"),
            models.UniqueConstraint(fields=["client"], condition=Q(state=PROPOSED), name="slip_one_proposed"),
        ]
        indexes = [models.Index(fields=["branch", "state", "month"], name="slip_by_state")]

    def __str__(self) -> str:
        return self.serial


class RelationQuerySet(models.QuerySet["Relation"]):
    def in_month(self, month: Month) -> RelationQuerySet:
        """Those that count in `month`."""
        return self.filter(Q(from_month__lte=month) & (Q(to_month=None) | Q(to_month__gte=month)))


class Relation(models.Model):
    """Whose client, as what (开发 or 服务), from which month to which (both included)."""

    client = unindexed(Client, "客户", "relations")
    manager = unindexed(Person, "客户经理", "relations")
    kind = models.CharField("关系", max_length=10)
    from_month = MonthField("起")
    to_month = MonthField("止", null=True, blank=True)
    slip = models.OneToOneField(ConfirmationSlip, models.PROTECT, related_name="relation", verbose_name="确认单")

    objects = RelationQuerySet.as_manager()

    class Meta:
        ordering = ["client", "from_month"]
        constraints = [
            models.UniqueConstraint(fields=["client"], condition=Q(to_month=None), name="relation_one_open"),
            models.UniqueConstraint(fields=["client", "from_month"], name="relation_one_a_month"),
            models.CheckConstraint(condition=Q(to_month=None) | Q(to_month__gte=F("from_month")), name="relation_span_order"),
        ]
        indexes = [models.Index(fields=["manager", "to_month"], name="relation_of_manager")]

    def __str__(self) -> str:
        return f"{self.client} · {self.manager}"
