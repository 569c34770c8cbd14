from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from approvals.requests.models import Request
from branch.fields import MonthField
from branch.org.models import Branch, Group, Outlet, Team
from branch.people.access import Reach, reach
from branch.people.models import Person
from branch.people.postings import place_words
from branch.people.roles import Power
from clients.registry.models import Client
from kernel.digests import digest
from teams.plans.moves import rules, states

ASKED = Q(state__in=[states.APPROVING, states.RETURNED, states.HANDING])


def _person(label: str, *, null: bool = True) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(Person, models.PROTECT, null=null, blank=null, related_name="+", verbose_name=label)


def _place(model: type[models.Model], label: str) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(model, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=label)


def _files_of(person: Person) -> Reach:
    """人力资源部 and 交易管理岗 see whose posting or employment they write."""
    return reach(person, Power.ROSTER_IMPORT)


class MoveQuerySet(models.QuerySet["Move"]):
    def visible_to(self, person: Person) -> MoveQuerySet:
        """A branch's planners see the branch, a leader what leaves or enters the team, everybody the own move, and who takes
        clients over or watches the handover the move behind it."""
        planned, kept = reach(person, Power.PLAN_VIEW), _files_of(person)
        if planned.company or kept.company:
            return self
        seen = Q(branch__in=planned.branches | kept.branches) | Q(from_team__in=planned.teams) | Q(to_team__in=planned.teams)
        part = Handover.objects.of_part(person).exclude(move=None).values("move")
        return self.filter(seen | Q(person=person) | Q(pk__in=part))

    def open(self) -> MoveQuerySet:
        return self.filter(state__in=states.OPEN)


class Move(models.Model):
    """调动 of a client manager within the branch (art. 5(4)): another outlet, group or team from `effective_on` on.

    `accepted_by`: the leader of another receiving team who agreed. `took_effect_on`: the first day at the new place; later than
    planned where the handover was signed later.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="moves", verbose_name="营业部")
    person = models.ForeignKey(Person, models.PROTECT, related_name="moves", verbose_name="人员")
    from_team = _place(Team, "原团队")
    from_group = _place(Group, "原小组")
    from_outlet = _place(Outlet, "原网点")
    to_team = _place(Team, "新团队")
    to_group = _place(Group, "新小组")
    to_outlet = _place(Outlet, "新网点")
    effective_on = models.DateField("调动日期")
    reason = models.CharField("原因", max_length=rules.LONGEST)
    state = models.CharField("状态", max_length=10, choices=list(states.MOVE.states.items()), default=states.DRAFT)
    accepted_by = _person("接收团队同意人")
    accepted_at = models.DateTimeField("同意时间", null=True, blank=True)
    approval = models.ForeignKey(Request, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审批申请")
    made_by = _person("拟调人", null=False)
    made_at = models.DateTimeField("拟调时间", auto_now_add=True)
    took_effect_on = models.DateField("实际生效日期", null=True, blank=True)
    remark = models.CharField("说明", max_length=200, blank=True)

    objects = MoveQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(state__in=states.OPEN), name="move_one_open"),
            models.CheckConstraint(condition=~ASKED | Q(approval__isnull=False), name="move_asked_for"),
            models.CheckConstraint(
                condition=~Q(state=states.EFFECTIVE) | Q(took_effect_on__gte=F("effective_on")), name="move_never_earlier"
            ),
        ]
        indexes = [models.Index(fields=["branch", "state"], name="move_by_state")]

    def __str__(self) -> str:
        return f"{self.person.name}调动"

    @property
    def now(self) -> rules.Place:
        return self.from_team_id, self.from_group_id, self.from_outlet_id

    @property
    def then(self) -> rules.Place:
        return self.to_team_id, self.to_group_id, self.to_outlet_id

    @property
    def from_words(self) -> str:
        return place_words(self.from_team, self.from_group, self.from_outlet)

    @property
    def to_words(self) -> str:
        return place_words(self.to_team, self.to_group, self.to_outlet)

    @property
    def last_day(self) -> date:
        """The last day at the old place, as planned."""
        return rules.day_before(self.effective_on)

    @property
    def crosses_teams(self) -> bool:
        return self.to_team_id is not None and self.to_team_id != self.from_team_id

    @property
    def content(self) -> dict[str, Any]:
        """What a signature covers."""
        return {
            "person": str(self.person),
            "from": self.from_words,
            "to": self.to_words,
            "effective_on": self.effective_on.isoformat(),
            "reason": self.reason,
        }

    @property
    def digest(self) -> str:
        return digest(self.content)

    def standing(self, today: date) -> tuple[str, str]:
        """The word and colour of the day: 待生效 until the first day at the new place."""
        if self.state == states.EFFECTIVE and self.took_effect_on is not None and self.took_effect_on > today:
            return "待生效", "blue"
        return self.get_state_display(), states.COLOURS.get(self.state, "grey")

    def get_absolute_url(self) -> str:
        return reverse("plans:move-detail", args=[self.pk])


class LeavingQuerySet(models.QuerySet["Leaving"]):
    def visible_to(self, person: Person) -> LeavingQuerySet:
        planned, kept = reach(person, Power.PLAN_VIEW), _files_of(person)
        if kept.company:
            return self
        seen = Q(branch__in=planned.branches | kept.branches) | Q(team__in=planned.teams)
        part = Handover.objects.of_part(person).exclude(leaving=None).values("leaving")
        return self.filter(seen | Q(person=person) | Q(pk__in=part))

    def open(self) -> LeavingQuerySet:
        return self.filter(state__in=states.OPEN)

    def late(self, today: date) -> LeavingQuerySet:
        """The last day is over, and something still stands open."""
        return self.open().filter(last_day__lt=today)


class Leaving(models.Model):
    """离职 of a person: filed, approved, cleared of all that binds, closed. Closing ends employment, posting and roles."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="leavings", verbose_name="营业部")
    team = _place(Team, "团队")
    person = models.ForeignKey(Person, models.PROTECT, related_name="leavings", verbose_name="人员")
    kind = models.CharField("离职类别", max_length=10, choices=list(rules.KINDS.items()))
    last_day = models.DateField("最后工作日")
    reason = models.CharField("原因", max_length=rules.LONGEST)
    state = models.CharField("状态", max_length=10, choices=list(states.LEAVING.states.items()), default=states.DRAFT)
    approval = models.ForeignKey(Request, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审批申请")
    made_by = _person("提出人", null=False)
    made_at = models.DateTimeField("提出时间", auto_now_add=True)
    closed_by = _person("办结人")
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)

    objects = LeavingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(state__in=states.OPEN), name="leaving_one_open"),
            models.CheckConstraint(condition=~ASKED | Q(approval__isnull=False), name="leaving_asked_for"),
            models.CheckConstraint(
                condition=~Q(state=states.CLOSED) | Q(closed_by__isnull=False, closed_at__isnull=False), name="leaving_closed_by"
            ),
            models.CheckConstraint(condition=Q(closed_by=None) | ~Q(closed_by=F("person")), name="leaving_not_closed_by_leaver"),
        ]
        indexes = [models.Index(fields=["branch", "state"], name="leaving_by_state")]

    def __str__(self) -> str:
        return f"{self.person.name}离职"

    @property
    def content(self) -> dict[str, Any]:
        return {
            "person": str(self.person),
            "kind": rules.KINDS[self.kind],
            "last_day": self.last_day.isoformat(),
            "reason": self.reason,
        }

    @property
    def digest(self) -> str:
        return digest(self.content)

    def standing(self, today: date) -> tuple[str, str]:
        if self.state in states.OPEN and self.last_day < today:
            return f"{self.get_state_display()},已过最后工作日", "red"
        return self.get_state_display(), states.COLOURS.get(self.state, "grey")

    def get_absolute_url(self) -> str:
        return reverse("plans:leaving-detail", args=[self.pk])


class HandoverQuerySet(models.QuerySet["Handover"]):
    def of_part(self, person: Person) -> HandoverQuerySet:
        """Those in which the person gives, receives or watches."""
        receives = HandoverLine.objects.filter(receiver=person).values("handover")
        return self.filter(Q(giver=person) | Q(witness=person) | Q(pk__in=receives))

    def visible_to(self, person: Person) -> HandoverQuerySet:
        """Clients are on it: who sees the giver's clients, and who has a part in it."""
        scope = reach(person, Power.CLIENT_VIEW)
        seen = self if scope.company else self.filter(Q(branch__in=scope.branches) | Q(team__in=scope.teams))
        return self.filter(Q(pk__in=seen.values("pk")) | Q(pk__in=Handover.objects.of_part(person).values("pk")))

    def going_on(self) -> HandoverQuerySet:
        """Not signed to the end, of a move or leaving that still waits for it."""
        return self.filter(Q(move__state=states.HANDING) | Q(leaving__state=states.HANDING), completed_at=None)

    def to_arrange(self) -> HandoverQuerySet:
        """Some client has no receiver yet."""
        undecided = HandoverLine.objects.filter(handover=OuterRef("pk"), decision=rules.OPEN)
        return self.going_on().filter(Exists(undecided))

    def to_sign(self, person: Person) -> HandoverQuerySet:
        """Those whose next signature is this person's: giver and receivers in any order, the witness at the end."""
        lines = HandoverLine.objects.filter(handover=OuterRef("pk"))
        received = HandoverReceipt.objects.filter(handover=OuterRef("handover"), receiver=OuterRef("receiver"))
        awaited = lines.filter(~Exists(received), decision=rules.HAND)
        gives = Q(giver=person, giver_signed_at=None)
        watches = Q(witness=person, giver_signed_at__isnull=False) & ~Q(Exists(awaited))
        receives = Q(Exists(awaited.filter(receiver=person)))
        ready = self.going_on().filter(~Exists(lines.filter(decision=rules.OPEN)))
        return ready.filter(gives | watches | receives)


class Handover(models.Model):
    """客户交接清单 of a move or a leaving: each of the giver's clients stays or goes to a named receiver. Giver, receivers and
    witness (监交人) each sign what they saw; once all have, the handed clients change manager from `effective_month` on.

    `keeps_new`: clients who come after the list was made stay with the giver, too. `absent_reason`: why the branch manager
    signed for a giver who couldn't.
    """

    move = models.OneToOneField(Move, models.PROTECT, null=True, blank=True, related_name="handover", verbose_name="调动")
    leaving = models.OneToOneField(Leaving, models.PROTECT, null=True, blank=True, related_name="handover", verbose_name="离职")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name="营业部")
    team = _place(Team, "移交人团队")
    giver = _person("移交人", null=False)
    witness = _person("监交人")
    keeps_new = models.BooleanField("新增客户留给本人", default=False)
    made_at = models.DateTimeField("生成时间", auto_now_add=True)
    giver_signed_at = models.DateTimeField("移交人签字时间", null=True, blank=True)
    giver_signed_by = _person("移交人签字")
    absent_reason = models.CharField("移交人不能签字的原因", max_length=200, blank=True)
    witness_signed_at = models.DateTimeField("监交人签字时间", null=True, blank=True)
    digest = models.CharField("签字内容散列", max_length=64, blank=True)
    effective_month = MonthField("客户生效月", null=True, blank=True)
    completed_at = models.DateTimeField("签字完毕时间", null=True, blank=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(move=None, leaving__isnull=False) | Q(move__isnull=False, leaving=None), name="handover_of_one"
            ),
            models.CheckConstraint(condition=Q(witness=None) | ~Q(witness=F("giver")), name="handover_watched_by_another"),
            models.CheckConstraint(
                condition=Q(completed_at=None)
                | Q(giver_signed_at__isnull=False, witness_signed_at__isnull=False, witness__isnull=False),
                name="handover_signed_by_all",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject}客户交接清单"

    @property
    def subject(self) -> Move | Leaving:
        found = self.move if self.move is not None else self.leaving
        assert found is not None  # handover_of_one
        return found

    @property
    def is_open(self) -> bool:
        return self.completed_at is None and self.subject.state == states.HANDING

    @property
    def begun(self) -> bool:
        """Whether the giver has signed; a receiver's signature is a row of its own."""
        return self.giver_signed_at is not None

    def get_absolute_url(self) -> str:
        return reverse("plans:handover-detail", args=[self.pk])


class HandoverLine(models.Model):
    """One client of a handover list, and what becomes of them."""

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="lines", verbose_name="交接清单")
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", verbose_name="客户")
    decision = models.CharField("处理", max_length=6, choices=list(rules.DECISIONS.items()), default=rules.OPEN)
    receiver = _person("接收人")

    class Meta:
        ordering = ["handover", "client"]
        constraints = [
            models.UniqueConstraint(fields=["handover", "client"], name="handover_line_once"),
            models.CheckConstraint(
                condition=Q(decision=rules.HAND, receiver__isnull=False) | (~Q(decision=rules.HAND) & Q(receiver=None)),
                name="handover_line_names_receiver",
            ),
        ]
        indexes = [models.Index(fields=["handover", "decision"], name="handover_line_by_decision")]

    def __str__(self) -> str:
        return f"{self.handover_id} {self.client_id}"


class HandoverReceipt(models.Model):
    """A receiver's signature: for their own clients on the list, as they saw them."""

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="receipts", verbose_name="交接清单")
    receiver = _person("接收人", null=False)
    signed_at = models.DateTimeField("签字时间")
    clients = models.PositiveIntegerField("户数")
    digest = models.CharField("签字内容散列", max_length=64)

    class Meta:
        ordering = ["signed_at"]
        constraints = [models.UniqueConstraint(fields=["handover", "receiver"], name="handover_receipt_once")]

    def __str__(self) -> str:
        return f"{self.handover_id} {self.receiver_id}"
