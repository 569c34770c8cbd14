from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from approvals.requests.states import ACT_WORDS, SEAT_WORDS, STAGE_WORDS, STATE_WORDS, SeatState, StageState, State
from approvals.routes.models import Route
from approvals.routes.rules import MODE_WORDS
from approvals.routes.seating import Claim, claims
from branch.org.models import Branch, Department
from branch.people.models import Person


class RequestQuerySet(models.QuerySet["Request"]):
    def waiting_for(self, person: Person) -> RequestQuerySet:
        """待我审批: a seat stands open that the person may sit on today, for oneself or by delegation."""
        return self.filter(state=State.PENDING, pk__in=Seat.objects.open_to(person).values("request"))

    def decided_by(self, person: Person) -> RequestQuerySet:
        """我已审批, in any round, also where a delegate signed for the person."""
        signed = Decision.objects.filter(Q(signer=person) | Q(on_behalf_of=person), request=OuterRef("pk"))
        return self.filter(Exists(signed))

    def started_by(self, person: Person) -> RequestQuerySet:
        """我发起的."""
        return self.filter(applicant=person)

    def copied_to(self, person: Person) -> RequestQuerySet:
        """抄送我的."""
        return self.filter(copies__person=person)

    def visible_to(self, person: Person) -> RequestQuerySet:
        """What the person takes part in: as applicant, signer, holder of a seat of its route, or by a copy.

        Asked of each request by itself: one is answered at once, and so is a page for who takes part in most of them.
        """
        # The bound on the round always holds. It keeps PostgreSQL from reading all that the person ever signed beforehand.
        here = {"request": OuterRef("pk"), "round__lte": OuterRef("round")}
        seated = Seat.objects.held_by(person).filter(**here)
        signed = Decision.objects.filter(Q(signer=person) | Q(on_behalf_of=person), **here)
        copied = CopyTo.objects.filter(person=person, request=OuterRef("pk"))
        return self.filter(Q(applicant=person) | Exists(seated) | Exists(signed) | Exists(copied))

    def gathered_for(self, person: Person) -> RequestQuerySet:
        """The same as `visible_to`, gathered from the person's own rows: a list for who takes part in few of very many."""
        found = [
            Seat.objects.held_by(person).values("request"),
            Decision.objects.filter(signer=person).values("request"),
            Decision.objects.filter(on_behalf_of=person).values("request"),
            CopyTo.objects.filter(person=person).values("request"),
            Request.objects.filter(applicant=person).values("pk"),
        ]
        first, *others = [rows.order_by() for rows in found]
        return self.filter(pk__in=first.union(*others))

    def with_present_stage(self) -> RequestQuerySet:
        """Adds `present_stage`: the label of the stage that is open, for lists."""
        stage = Stage.objects.filter(request=OuterRef("pk"), state=StageState.OPEN).values("label")[:1]
        return self.annotate(present_stage=Subquery(stage))


class Request(models.Model):
    """申请: what is asked for, and how far it has come. Its row is the one lock of everything below it.

    `facts` are plain values (amount, days, …) that conditions read and rounds are compared by; `content_digest` is the
    hash of what is to be signed. The route is a snapshot: a later version of it changes nothing here. 文号 and 收文号 are drawn
    by the stages whose task that is, once, and stay from round to round.
    """

    number = models.CharField("单号", max_length=20, unique=True)
    kind = models.CharField("类别", max_length=40, db_index=True)
    title = models.CharField("标题", max_length=120)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="营业部")
    applicant = models.ForeignKey(Person, models.PROTECT, related_name="requests", verbose_name="发起人")
    route = models.ForeignKey(Route, models.PROTECT, related_name="requests", verbose_name="流程")
    route_snapshot = models.JSONField("流程快照")
    state = models.CharField("状态", max_length=10, choices=list(STATE_WORDS.items()), default=State.PENDING.value)
    round = models.PositiveSmallIntegerField("轮次", default=1)
    facts = models.JSONField("要素", default=dict)
    content_digest = models.CharField("内容散列", max_length=64)
    document_number = models.CharField("文号", max_length=40, blank=True)
    receipt_number = models.CharField("收文号", max_length=40, blank=True)
    reminded_at = models.DateTimeField("最近催办时间", null=True, blank=True)
    started_at = models.DateTimeField("发起时间", default=timezone.now)
    ended_at = models.DateTimeField("办结时间", null=True, blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(STATE_WORDS)), name="request_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=[State.PENDING, State.RETURNED], ended_at=None)
                | Q(state__in=[State.WITHDRAWN, State.REJECTED, State.APPROVED], ended_at__isnull=False),
                name="request_ended_has_time",
            ),
            models.CheckConstraint(condition=Q(round__gte=1), name="request_round_from_one"),
            models.UniqueConstraint(fields=["document_number"], condition=~Q(document_number=""), name="request_document_number"),
            models.UniqueConstraint(fields=["receipt_number"], condition=~Q(receipt_number=""), name="request_receipt_number"),
        ]
        indexes = [
            models.Index(fields=["applicant", "state"], name="request_by_applicant"),
            models.Index(fields=["id"], condition=Q(state="pending"), name="request_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("approvals:request-detail", args=[self.number])

    @property
    def branch_code(self) -> str:
        return self.branch.code if self.branch else ""

    @cached_property
    def proposers(self) -> frozenset[int]:
        """Whose request it is or was (接办): keys of persons, none of whom signs it, by themselves or through a deputy."""
        former = self.former_applicants.values_list("person", flat=True) if self.pk else ()
        return frozenset({self.applicant_id, *former})


class FormerApplicant(models.Model):
    """原发起人: whose request it was before somebody else took it over (接办). What they sent up they never sign."""

    request = models.ForeignKey(Request, models.PROTECT, related_name="former_applicants")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="原发起人")
    at = models.DateTimeField("接办时间", default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["request", "person"], name="former_applicant_once")]

    def __str__(self) -> str:
        return f"{self.request} {self.person}"


class Stage(models.Model):
    """环节 of one round. A 沿用 stage has no seats of its own: its decisions are those of `carried_from`, in an earlier round."""

    request = models.ForeignKey(Request, models.PROTECT, related_name="stages")
    round = models.PositiveSmallIntegerField("轮次")
    position = models.PositiveSmallIntegerField("顺序")
    code = models.CharField(max_length=40)
    label = models.CharField("名称", max_length=60)
    mode = models.CharField("方式", max_length=10, choices=list(MODE_WORDS.items()))
    on_return = models.CharField(max_length=10)
    share = models.PositiveSmallIntegerField("同意比例(%)", null=True, blank=True)
    carried_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="carried", verbose_name="沿用自")
    state = models.CharField("状态", max_length=10, choices=list(STAGE_WORDS.items()), default=StageState.WAITING.value)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["request", "round", "position"]
        constraints = [
            models.UniqueConstraint(fields=["request", "round", "position"], name="stage_position_once"),
            models.UniqueConstraint(fields=["request", "round", "code"], name="stage_code_once"),
            models.UniqueConstraint(fields=["request"], condition=Q(state="open"), name="stage_one_open"),
            models.CheckConstraint(condition=Q(state__in=list(STAGE_WORDS)), name="stage_state_known"),
        ]

    def __str__(self) -> str:
        return self.label


class SeatQuerySet(models.QuerySet["Seat"]):
    def held_by(self, person: Person) -> SeatQuerySet:
        """Seats the person's roles of today lead to, whatever their state."""
        wanted = Q(pk__in=[])
        for claim in claims(person):
            wanted |= claim.seats
        return self.filter(wanted)

    def open_to(self, person: Person) -> SeatQuerySet:
        """Seats the person may sign now, for lists and counts: what has been heard is looked up once, not for each seat.

        Says the same as `open_by` of each claim, which is asked under the lock; a test holds them together.
        """
        wanted = Q(pk__in=[])
        for claim in claims(person):
            wanted |= self._claimable(claim) if len(claim.headed) > 1 else self._unheard(claim)
        return self.filter(wanted, state=SeatState.OPEN)

    def open_by(self, claim: Claim) -> SeatQuerySet:
        """Seats that this one claim may sign now."""
        return self.filter(self._claimable(claim), state=SeatState.OPEN)

    def takeable_by(self, claim: Claim) -> SeatQuerySet:
        """Seats that this one claim may sign, now or when their turn comes."""
        return self.filter(self._claimable(claim))

    @staticmethod
    def _unheard(claim: Claim) -> Q:
        """`_claimable` for a claim of at most one department, by the voices of pending requests: sets that are read once."""
        heard = Voice.objects.filter(person__in=claim.persons)
        own = Request.objects.filter(applicant__in=claim.persons, state=State.PENDING)
        barred = Q(stage__in=heard.values("stage")) | Q(request__in=heard.filter(only_once=True).values("request"))
        return claim.seats & ~barred & ~Q(request__in=own.order_by().values("pk")) & ~SeatQuerySet.given_up_by(claim.persons)

    @staticmethod
    def given_up_by(people: Iterable[int]) -> Q:
        """Seats of requests that were once these people's own."""
        return Q(request__in=FormerApplicant.objects.filter(person__in=people).order_by().values("request"))

    @staticmethod
    def _claimable(claim: Claim) -> Q:
        """The claim's seats without own requests and without requests where one of its persons has signed this round.

        A route may let a person sign several stages, but never two seats of one stage, except for departments one heads.
        """
        people = Q(signer__in=claim.persons) | Q(on_behalf_of__in=claim.persons)
        this_round = Q(round=OuterRef("round")) | Q(seat__stage__carried__round=OuterRef("round"))
        signed = Decision.objects.filter(people, this_round, request=OuterRef("request"))
        here = Q(seat__stage=OuterRef("stage"))
        conflicting = signed.filter(here | Q(request__route__same_person_twice=False))
        free = ~Q(Exists(conflicting))
        if len(claim.headed) > 1:
            elsewhere = conflicting.exclude(here & Q(seat__department__in=claim.headed, on_behalf_of=None))
            free |= Q(department__in=claim.headed) & ~Q(Exists(elsewhere))
        own = Q(request__applicant__in=claim.persons) | SeatQuerySet.given_up_by(claim.persons)
        return claim.seats & ~own & free


class Seat(models.Model):
    """席位: one signature that a stage asks for. It names a role, a department or a person; who sits is decided on the day.

    A 加签 seat belongs to the seat it was added to (`anchor`): together they answer as one, in the order of `turn` (equal: 并).
    `leader`: it is the applicant's leader that sits, so another leader takes it over. `due_at`, `escalates_at`: working hours
    after its opening; `late_told_at`, `escalated_at`: when that was told.
    """

    request = models.ForeignKey(Request, models.PROTECT, related_name="seats")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="seats")
    round = models.PositiveSmallIntegerField("轮次")
    key = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField("顺序")
    label = models.CharField("席位", max_length=60)
    role = models.CharField("角色", max_length=30, blank=True)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="营业部")
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="部门")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="人员")
    state = models.CharField("状态", max_length=10, choices=list(SEAT_WORDS.items()), default=SeatState.WAITING.value)
    opened_at = models.DateTimeField(null=True, blank=True)
    anchor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="added", verbose_name="加签于")
    turn = models.PositiveSmallIntegerField("组内顺序", default=0)
    added_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="加签或选定人")
    leader = models.BooleanField("申请人的上级", default=False)
    due_at = models.DateTimeField("应签时间", null=True, blank=True)
    escalates_at = models.DateTimeField("上报时间", null=True, blank=True)
    late_told_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["stage", "position"]
        constraints = [
            models.UniqueConstraint(fields=["request", "round", "stage", "key"], name="seat_once"),
            models.CheckConstraint(condition=Q(state__in=list(SEAT_WORDS)), name="seat_state_known"),
            models.CheckConstraint(
                condition=(~Q(role="") & Q(department=None, person=None))
                | Q(role="", branch=None, department__isnull=False, person=None)
                | Q(role="", branch=None, department=None, person__isnull=False),
                name="seat_one_holder",
            ),
        ]
        indexes = [
            models.Index(fields=["role", "branch"], condition=Q(state="open"), name="seat_open_role"),
            models.Index(fields=["role", "branch", "request"], name="seat_by_role"),
            models.Index(fields=["person"], condition=Q(state="open"), name="seat_open_person"),
            models.Index(fields=["department"], condition=Q(state="open"), name="seat_open_department"),
            models.Index(fields=["due_at"], condition=Q(state="open", late_told_at=None), name="seat_due"),
            models.Index(fields=["escalates_at"], condition=Q(state="open", escalated_at=None), name="seat_escalates"),
        ]

    def __str__(self) -> str:
        return self.label


class Voice(models.Model):
    """已表态: whom a pending request has heard in its present round (沿用 included), in person or through a deputy.

    Kept beside the decisions so that 待我审批 needn't look through them; gone when the request is no longer pending.
    `only_once`: the route lets nobody sign several stages, so the voice bars from the whole round.
    """

    request = models.ForeignKey(Request, models.CASCADE, related_name="voices")
    stage = models.ForeignKey(Stage, models.CASCADE, related_name="voices")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="人员")
    only_once = models.BooleanField("一轮只签一次")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["request", "stage", "person"], name="voice_once")]

    def __str__(self) -> str:
        return f"{self.request} {self.person}"


class Decision(models.Model):
    """意见: who decided what on which seat, having seen which content. Append-only; the database refuses anything else.

    `signature` is the hash of all the other fields: with the name, the time and the password entered again it makes the
    electronic signature that 电子签名法 art. 13 asks for.
    """

    request = models.ForeignKey(Request, models.PROTECT, related_name="decisions")
    round = models.PositiveSmallIntegerField("轮次")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="decisions")
    act = models.CharField("决定", max_length=10, choices=list(ACT_WORDS.items()))
    opinion = models.CharField("意见", max_length=1000, blank=True)
    signer = models.ForeignKey(Person, models.PROTECT, related_name="decisions", verbose_name="签署人")
    on_behalf_of = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="代谁")
    seen_digest = models.CharField("所见内容散列", max_length=64)
    reentered = models.BooleanField("签署时再次输入密码", default=False)
    to_stage = models.CharField("退回到环节", max_length=40, blank=True)
    data = models.JSONField("附带内容", default=dict, blank=True)
    signature = models.CharField("签名散列", max_length=64)
    at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["seat"], name="decision_once_a_seat"),
            models.CheckConstraint(condition=Q(act__in=list(ACT_WORDS)), name="decision_act_known"),
            models.CheckConstraint(condition=Q(act="agree") | ~Q(opinion=""), name="decision_has_opinion"),
        ]
        indexes = [models.Index(fields=["signer", "request"], name="decision_by_signer")]

    def __str__(self) -> str:
        return f"{self.signer.name} {self.get_act_display()}"


class TrailEvent(models.Model):
    """What happened to a request besides the decisions. Append-only."""

    class Event(models.TextChoices):
        SUBMITTED = "submitted", "提交"
        RESUBMITTED = "resubmitted", "再次提交"
        STAGE_OPENED = "stage_opened", "进入环节"
        RETURNED = "returned", "退回"
        REJECTED = "rejected", "驳回"
        WITHDRAWN = "withdrawn", "撤回"
        REMINDED = "reminded", "催办"
        APPROVED = "approved", "办结"
        CHOSEN = "chosen", "选定会签部门"
        NUMBERED = "numbered", "签发编号"
        RECEIVED = "received", "收文登记"
        ANSWERED = "answered", "回传会签意见"
        STEPPED_BACK = "stepped_back", "退回前面的环节"
        ONE_UP = "one_up", "由上级审批"
        CIRCULATED = "circulated", "传阅"
        READ = "read", "已阅"
        COPIED = "copied", "抄送"
        TRANSFERRED = "transferred", "转交"
        ADDED = "added", "加签"
        DROPPED = "dropped", "减签"
        REROUTED = "rerouted", "转办"
        TAKEN_OVER = "taken_over", "接办"
        LATE = "late", "超时提醒"
        ESCALATED = "escalated", "超时上报"

    request = models.ForeignKey(Request, models.PROTECT, related_name="trail")
    round = models.PositiveSmallIntegerField("轮次")
    event = models.CharField("事件", max_length=20, choices=Event.choices)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="人员")
    text = models.CharField("说明", max_length=1000, blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["request", "event"], name="trail_by_event")]

    def __str__(self) -> str:
        return f"{self.get_event_display()} {self.text}"


class CopyTo(models.Model):
    """抄送: who may read along without deciding. A 传阅 stage asks for 已阅 as well: its code stands in `stage`."""

    request = models.ForeignKey(Request, models.PROTECT, related_name="copies")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="抄送给")
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="由谁抄送")
    stage = models.CharField("传阅环节", max_length=40, blank=True)
    read_at = models.DateTimeField("已阅时间", null=True, blank=True)
    at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["request", "person"], name="copy_once")]

    def __str__(self) -> str:
        return f"{self.request} → {self.person}"
