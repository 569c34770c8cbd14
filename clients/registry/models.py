from __future__ import annotations

from decimal import Decimal
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
from branch.prepared import Prepared
from clients.registry.states import PROPOSED, STATES, VALID
from kernel import masks
from kernel.months import Month


def unindexed(to: type[models.Model], label: str, related_name: str = "+", *, null: bool = False) -> models.ForeignKey[Any, Any]:
    """A key without an index of its own: another one begins with it, or nobody asks for its rows."""
    return models.ForeignKey(
        to, models.PROTECT, related_name=related_name, verbose_name=label, null=null, blank=null, db_index=False
    )


def loose(to: type[models.Model], label: str, related_name: str = "+", *, null: bool = False) -> models.ForeignKey[Any, Any]:
    """A key that the database doesn't check row by row (ADR 0024, 0072): rows are written by statements that take it from its
    table."""
    return models.ForeignKey(
        to,
        models.PROTECT,
        related_name=related_name,
        verbose_name=label,
        null=null,
        blank=null,
        db_constraint=False,
        db_index=False,
    )


def this_month() -> Month:
    return Month.of(timezone.localdate())


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
        """A branch's people see the branch, a leader the team's or group's clients, a client manager the own ones and those that
        a division gives a part in."""
        scope = reach(person, Power.CLIENT_VIEW)
        if scope.company:
            return self
        owners, partners = Q(manager=person), Q(developer=person) | Q(service_person=person)
        if scope.teams or scope.groups:
            led = managers_within(scope).values("person")
            owners |= Q(manager__in=led)
            partners |= Q(developer__in=led) | Q(service_person__in=led)
        elif scope.branches and not _own_elsewhere(person=person.pk, branches=scope.branches, month=this_month()):
            return self.filter(branch__in=scope.branches)
        related = Relation.objects.filter(owners, to_month=None).values("client")
        divided = Division.objects.standing(this_month()).filter(partners).values("client")
        return self.filter(Q(branch__in=scope.branches) | Q(pk__in=related) | Q(pk__in=divided))


@Prepared
def _own_elsewhere(person: Any, branches: Any, month: Any) -> models.QuerySet[Person, Any]:
    """Whether somebody has a client outside these branches, whole: hardly ever, and without one a list of the branch's is read
    along its index instead of looking through the company's for the own ones."""
    related = Relation.objects.filter(manager=person, to_month=None).exclude(client__branch__among=branches)
    divided = Division.objects.standing(month).filter(Q(developer=person) | Q(service_person=person))
    found = models.Exists(related.order_by()) | models.Exists(divided.exclude(branch__among=branches).order_by())
    return Person.objects.filter(found, pk=person).order_by().values_list("pk")


@Prepared
def _slips_elsewhere(person: Any, branches: Any) -> models.QuerySet[ConfirmationSlip, Any]:
    rows = ConfirmationSlip.objects.filter(manager=person).exclude(branch__among=branches)
    return rows.order_by().values_list("pk")[:1]


class Client(models.Model):
    """A client of a branch as the CRM knows it. Whose client it is, is told by its relations alone.

    `account_watched`: another client has the same account, or the account was changed: compared before each lock (ADR 0103).
    """

    branch = unindexed(Branch, "营业部", "clients")
    client_no = models.CharField("客户号", max_length=40)
    name = models.CharField("客户姓名", max_length=80)
    initials = models.CharField("拼音首字母", max_length=80, blank=True)
    kind = models.CharField("客户类型", max_length=10)
    fund_account = models.CharField("资金账号", max_length=40)
    account_tail = models.CharField("资金账号末四位", max_length=4)
    opened_on = models.DateField("开户日期")
    account_watched = models.BooleanField("资金账号须比对", default=False, db_default=False)

    objects = ClientQuerySet.as_manager()

    class Meta:
        ordering = ["client_no"]
        constraints = [models.UniqueConstraint(fields=["branch", "client_no"], name="client_once_in_branch")]
        # one index each, that answers "equal to" and "begins with"; `db_index=True` would make one for either
        indexes = [
            models.Index(fields=["initials"], name="client_initials", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["fund_account"], name="client_account", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["account_tail"], name="client_account_tail", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["branch"], name="client_account_watched", condition=Q(account_watched=True)),
        ]

    def __str__(self) -> str:
        return f"{self.name}({self.client_no})"

    @property
    def masked_account(self) -> str:
        return masks.bank_account(self.fund_account)


class ComparedAccounts(models.Model):
    """Up to which client (by id) a branch's accounts were compared with everybody's. A branch's clients are made one booking
    after the other, so no lower id appears later."""

    branch = models.OneToOneField(Branch, models.PROTECT, primary_key=True, related_name="+", verbose_name="营业部")
    upto = models.BigIntegerField("比对到")

    def __str__(self) -> str:
        return f"{self.branch_id} ≤ {self.upto}"


class ConfirmationSlipQuerySet(models.QuerySet["ConfirmationSlip"]):
    def visible_to(self, person: Person) -> ConfirmationSlipQuerySet:
        scope = reach(person, Power.CLIENT_VIEW)
        whole = scope.branches and not (scope.company or scope.teams or scope.groups)
        if whole and not _slips_elsewhere(person=person.pk, branches=scope.branches):
            return self.filter(branch__in=scope.branches)
        return self.filter(within(person, Power.CLIENT_VIEW, branch_path="branch", manager_path="manager"))

    def proposed(self) -> ConfirmationSlipQuerySet:
        return self.filter(state=PROPOSED)

    def standing(self) -> ConfirmationSlipQuerySet:
        """Proposed or valid: those on which a relation rests or will rest."""
        return self.filter(state__in=(PROPOSED, VALID))


class ConfirmationSlip(models.Model):
    """《客户经理营销客户确认单》: client, manager, relation, and the month from which it counts. Serial YYYYMM-branch-NNNN.

    Its keys of client and manager are checked; the branch is the client's, and who acts has a role or a post (ADR 0072).
    """

    class Basis(models.TextChoices):
        OPENING = "opening", "期初"
        NEW = "new", "新开户"
        CHANGE = "change", "变更"

    branch = loose(Branch, "营业部", "slips")
    month = MonthField("编号月份")
    number = models.PositiveIntegerField("序号")
    serial = models.CharField("流水号", max_length=40)
    client = models.ForeignKey(Client, models.PROTECT, related_name="slips", verbose_name="客户")
    manager = models.ForeignKey(Person, models.PROTECT, related_name="slips", verbose_name="客户经理")
    relation_kind = models.CharField("关系", max_length=10)
    basis = models.CharField("依据", max_length=10, choices=Basis.choices)
    state = models.CharField("状态", max_length=10, choices=list(STATES.items()), default=PROPOSED)
    effective_month = MonthField("生效月")
    created_by = loose(Person, "经办人")
    created_at = models.DateTimeField("填制时间", auto_now_add=True)
    decided_by = loose(Person, "确认人", null=True)
    decided_at = models.DateTimeField("确认时间", null=True, blank=True)
    reason = models.CharField("说明", max_length=200, blank=True)

    objects = ConfirmationSlipQuerySet.as_manager()

    class Meta:
        ordering = ["branch", "-month", "number"]
        constraints = [
            # also the order of a branch's list, which is read along it: newest month first, there by number
            models.UniqueConstraint("branch", F("month").desc(), "number", name="slip_number_once"),
            models.UniqueConstraint(fields=["serial"], name="slip_serial_once"),
            models.UniqueConstraint(fields=["client"], condition=Q(state=PROPOSED), name="slip_one_proposed"),
            models.CheckConstraint(condition=Q(state=PROPOSED) | Q(decided_by__isnull=False), name="slip_decided_by_somebody"),
        ]
        indexes = [models.Index(fields=["branch", "state", "month"], name="slip_by_state")]

    def __str__(self) -> str:
        return self.serial


class RelationQuerySet(models.QuerySet["Relation"]):
    def in_month(self, month: Month) -> RelationQuerySet:
        """Those that count in `month`."""
        return self.filter(Q(from_month__lte=month) & (Q(to_month=None) | Q(to_month__gte=month)))


class Relation(models.Model):
    """Whose client, as what (开发 or 服务), from which month to which (both included). Client and manager are its slip's,
    and the slip's keys hold them (ADR 0072)."""

    client = loose(Client, "客户", "relations")
    manager = loose(Person, "客户经理", "relations")
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
        indexes = [models.Index(fields=["manager", "to_month", "client", "from_month"], name="relation_of_manager_in_month")]

    def __str__(self) -> str:
        return f"{self.client} · {self.manager}"


class DivisionQuerySet(models.QuerySet["Division"]):
    def in_month(self, month: Month) -> DivisionQuerySet:
        """Those by which the income of `month` is shared."""
        return self.standing(month).filter(from_month__lte=month)

    def standing(self, month: Month) -> DivisionQuerySet:
        """Those that share `month` or a later one."""
        return self.filter(Q(void=False) & (Q(to_month=None) | Q(to_month__gte=month)))

    def visible_to(self, person: Person) -> DivisionQuerySet:
        """By the reach of CLIENT_VIEW over either of the two; and always the own ones."""
        by_developer = within(person, Power.CLIENT_VIEW, branch_path="branch", manager_path="developer")
        by_service = within(person, Power.CLIENT_VIEW, branch_path="branch", manager_path="service_person")
        return self.filter(by_developer | by_service)


class Division(models.Model):
    """分工: who develops and who serves a client, and the developer's part of its income in percent (the rest is the service
    person's), from month to month (both included). Without one the relation's manager has all of it (ADR 0093).

    `void`: it never began, or what it rested on was voided. `ended_by`: the slip of another manager that ended it, `to_before`
    its last month until then; they bring it back when that slip is voided.
    """

    branch = unindexed(Branch, "营业部", "divisions")
    client = unindexed(Client, "客户", "divisions")
    developer = models.ForeignKey(Person, models.PROTECT, related_name="divisions_developed", verbose_name="开发人")
    service_person = models.ForeignKey(Person, models.PROTECT, related_name="divisions_served", verbose_name="服务人")
    developer_percent = models.DecimalField("开发人比例(%)", max_digits=5, decimal_places=2)
    from_month = MonthField("起")
    to_month = MonthField("止", null=True, blank=True)
    to_before = MonthField("变更前的止", null=True, blank=True)
    paper = models.CharField("审批单号", max_length=40)
    void = models.BooleanField("作废", default=False)
    ended_by = unindexed(ConfirmationSlip, "因变更终止", null=True)
    note = models.CharField("说明", max_length=200, blank=True)
    decided_by = unindexed(Person, "批准人")
    decided_at = models.DateTimeField("批准时间", auto_now_add=True)

    objects = DivisionQuerySet.as_manager()

    class Meta:
        ordering = ["client", "-from_month", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["client", "from_month"], condition=Q(void=False), name="division_one_a_month"),
            models.UniqueConstraint(fields=["client"], condition=Q(void=False, to_month=None), name="division_one_open"),
            models.CheckConstraint(condition=~Q(developer=F("service_person")), name="division_two_persons"),
            models.CheckConstraint(condition=Q(developer_percent__gte=0, developer_percent__lte=100), name="division_percent"),
            models.CheckConstraint(condition=Q(to_month=None) | Q(to_month__gte=F("from_month")), name="division_span_order"),
        ]
        indexes = [
            models.Index(fields=["branch", "from_month"], name="division_of_branch"),
            models.Index(fields=["client", "from_month"], name="division_of_client"),
        ]

    def __str__(self) -> str:
        return f"{self.developer.name} {self.developer_percent}% / {self.service_person.name} {self.service_percent}%"

    @property
    def service_percent(self) -> Decimal:
        return 100 - self.developer_percent
