from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from approvals.requests.models import Request
from branch.files.models import StoredFile
from branch.org.models import Branch, Team
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from kernel.digests import digest
from kernel.months import Month
from teams.plans.rulebooks import rules, states


class DocumentQuerySet(models.QuerySet["RuleDocument"]):
    def visible_to(self, person: Person) -> DocumentQuerySet:
        """By the reach of PLAN_VIEW (a leader: the own team's and the branch's); 综合室 and who reads pay rules, too."""
        found = Q(pk__in=[])
        for power in (Power.PLAN_VIEW, Power.FILING_RECEIVE, Power.SCHEME_VIEW):
            scope = reach(person, power)
            if scope.company:
                return self
            found |= Q(branch__in=scope.branches) | Q(team__in=scope.teams) | Q(team=None, branch__teams__in=scope.teams)
        return self.filter(found).distinct()


class RuleDocument(models.Model):
    """实施细则 of a team (none: of all teams of the branch), one version. Approved on the route of art. 4, or, where its
    paper was approved before this program came, registered by one person and checked by another (`legacy`)."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="rule_documents", verbose_name="营业部")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="团队")
    kind = models.CharField("类别", max_length=12, choices=list(rules.KINDS.items()))
    version = models.PositiveSmallIntegerField("版本")
    text = models.TextField("正文", blank=True)
    effective_from = models.DateField("生效日期")
    effective_to = models.DateField("失效日期", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=list(states.DOCUMENT.states.items()), default=states.DRAFT)
    paper_no = models.CharField("文号", max_length=40, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="附件")
    legacy = models.BooleanField("登记的已批准文件", default=False)
    approval = models.ForeignKey(Request, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审批申请")
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="拟稿或登记人")
    made_at = models.DateTimeField("拟稿时间", auto_now_add=True)
    checked_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人")
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["branch", "kind", "team", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["team", "kind", "version"], name="rule_version_once"),
            models.UniqueConstraint(fields=["branch", "kind", "version"], condition=Q(team=None), name="rule_version_of_branch"),
            models.UniqueConstraint(
                fields=["branch", "kind", "paper_no"],
                condition=Q(state="approved") & ~Q(paper_no=""),
                name="rule_paper_once",
            ),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")), name="rule_span_order"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | (Q(approved_at__isnull=False) & ~Q(paper_no="")), name="rule_approved_with_paper"
            ),
            models.CheckConstraint(condition=Q(checked_by=None) | ~Q(checked_by=F("made_by")), name="rule_two_persons"),
        ]

    def __str__(self) -> str:
        return f"{self.whose}{self.get_kind_display()}第 {self.version} 版"

    @property
    def whose(self) -> str:
        return self.team.name if self.team is not None else self.branch.name

    @property
    def label(self) -> str:
        """Name and number, as sentences speak of it."""
        return f"{self}({self.paper_no})" if self.paper_no else str(self)

    @property
    def content(self) -> dict[str, Any]:
        """What a signature covers and what two rounds are compared by."""
        return {
            "kind": self.kind,
            "whose": self.whose,
            "text": self.text,
            "effective_from": self.effective_from.isoformat(),
            "effective_to": self.effective_to.isoformat() if self.effective_to else "",
            **({"file": self.file.name, "file_sha256": self.file.sha256} if self.file is not None else {}),
        }

    @property
    def digest(self) -> str:
        return digest(self.content)

    def covers(self, month: Month) -> bool:
        return rules.covers(self.effective_from, self.effective_to, month)

    def standing(self, today: date) -> tuple[str, str]:
        """Its word and colour on a day: an approved one is 生效 on its days and 废止 after them."""
        if self.state == states.APPROVED and self.effective_to is not None and today > self.effective_to:
            return "废止", "grey"
        if self.state == states.APPROVED and today >= self.effective_from:
            return "生效", "green"
        colours = {states.APPROVING: "blue", states.REGISTERED: "blue", states.RETURNED: "orange", states.REJECTED: "red"}
        return self.get_state_display(), colours.get(self.state, "green" if self.state == states.APPROVED else "grey")

    def get_absolute_url(self) -> str:
        return reverse("plans:rule-detail", args=[self.pk])
