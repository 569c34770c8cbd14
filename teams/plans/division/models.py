from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from approvals.requests.models import Request
from branch.fields import MonthField
from branch.org.models import Branch
from branch.people.models import Person
from branch.people.roles import Power
from clients.registry.models import Client, within
from kernel.digests import digest
from kernel.months import Month
from teams.plans.division import states


class ProposalQuerySet(models.QuerySet["DivisionProposal"]):
    def visible_to(self, person: Person) -> ProposalQuerySet:
        """As the clients are: by the reach of CLIENT_VIEW over either of the two; always the own ones, and those one has made."""
        found = Q(made_by=person)
        for path in ("developer", "service_person"):
            found |= within(person, Power.CLIENT_VIEW, branch_path="branch", manager_path=path)
        return self.filter(found)

    def waiting_for(self, person: Person) -> ProposalQuerySet:
        """Those that this person has still to agree to."""
        develops = Q(developer=person, developer_agreed_at=None)
        return self.filter(develops | Q(service_person=person, service_agreed_at=None), state=states.CONSULTING)

    def returned_to(self, person: Person) -> ProposalQuerySet:
        """Those that this person has made and must change or drop."""
        return self.filter(made_by=person, state=states.RETURNED)


class DivisionProposal(models.Model):
    """分工申请: two people and their parts for one or many clients, or (`ends`) the end of what they share. Both agree before it
    is sent up as kind `client_division`; approved, the registry shares the clients from `from_month` on."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name="营业部")
    ends = models.BooleanField("解除分工", default=False)
    developer = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="开发人")
    service_person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="服务人")
    developer_percent = models.DecimalField("开发人比例(%)", max_digits=5, decimal_places=2, null=True, blank=True)
    from_month = MonthField("生效月")
    to_month = MonthField("终止月", null=True, blank=True)
    reason = models.CharField("原因", max_length=200)
    early_reason = models.CharField("提前生效的原因", max_length=200, blank=True)
    state = models.CharField("状态", max_length=10, choices=list(states.PROPOSAL.states.items()), default=states.CONSULTING)
    approval = models.ForeignKey(Request, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审批申请")
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="发起人")
    made_at = models.DateTimeField("发起时间", auto_now_add=True)
    developer_agreed_at = models.DateTimeField("开发人同意时间", null=True, blank=True)
    service_agreed_at = models.DateTimeField("服务人同意时间", null=True, blank=True)
    declined_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="不同意")
    note = models.CharField("说明", max_length=200, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(developer=F("service_person")), name="proposal_two_persons"),
            models.CheckConstraint(condition=Q(ends=True) | Q(developer_percent__isnull=False), name="proposal_with_parts"),
            models.CheckConstraint(
                condition=Q(developer_percent=None) | Q(developer_percent__gte=0, developer_percent__lte=100),
                name="proposal_percent",
            ),
            models.CheckConstraint(condition=Q(to_month=None) | Q(to_month__gte=F("from_month")), name="proposal_span_order"),
        ]
        indexes = [models.Index(fields=["branch", "state"], name="proposal_of_branch")]

    def __str__(self) -> str:
        return f"{self.developer.name}与{self.service_person.name}{'解除分工' if self.ends else '分工'}"

    def get_absolute_url(self) -> str:
        return reverse("plans:proposal-detail", args=[self.pk])

    @property
    def colour(self) -> str:
        return states.COLOURS[self.state]

    @property
    def service_percent(self) -> Decimal | None:
        return None if self.developer_percent is None else 100 - self.developer_percent

    @property
    def numbers(self) -> list[str]:
        """The clients' 客户号, in order."""
        return list(self.clients.order_by("client__client_no").values_list("client__client_no", flat=True))

    @property
    def content(self) -> dict[str, Any]:
        """What both agree to, what a signature covers, and what two rounds are compared by."""
        return {
            "act": "解除分工" if self.ends else "分工",
            "developer": str(self.developer),
            "service_person": str(self.service_person),
            "developer_percent": "" if self.developer_percent is None else f"{self.developer_percent:.2f}",
            "from_month": str(self.from_month),
            "to_month": str(self.to_month or ""),
            "clients": "、".join(self.numbers),
            "count": self.clients.count(),
            "early": self.early_reason,
            "reason": self.reason,
        }

    @property
    def digest(self) -> str:
        return digest(self.content)

    def starts_early(self, today: Month) -> bool:
        """Whether it is to begin before the month after `today`."""
        return self.from_month <= today


class ProposedClient(models.Model):
    """A client of a proposal. `waiting` while the proposal is not decided: a second one for the client is refused meanwhile."""

    proposal = models.ForeignKey(DivisionProposal, models.PROTECT, related_name="clients", verbose_name="分工申请")
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", verbose_name="客户")
    waiting = models.BooleanField("待定", default=True)

    class Meta:
        ordering = ["proposal", "client"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "client"], name="proposed_client_once"),
            models.UniqueConstraint(fields=["client"], condition=Q(waiting=True), name="proposed_client_waits_once"),
        ]

    def __str__(self) -> str:
        return f"{self.proposal} {self.client_id}"
