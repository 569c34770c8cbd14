from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.db import models
from django.db.models import F, Q

from branch.fields import MonthField
from branch.org.models import Branch
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from kernel.digests import digest
from kernel.months import Month
from payroll.reckoning.reading import parse_scheme
from payroll.reckoning.scheme import Scheme
from payroll.schemes import states
from teams.plans.rulebooks.models import RuleDocument

SPAN_END = "effective_to"


class SchemeVersionQuerySet(models.QuerySet["SchemeVersion"]):
    def visible_to(self, person: Person) -> SchemeVersionQuerySet:
        """The schemes of the branches where the person may read pay rules."""
        seen = Q()
        for power in (Power.SCHEME_VIEW, Power.SCHEME_PROPOSE, Power.SCHEME_CONFIRM):
            scope = reach(person, power)
            if scope.company:
                return self.all()
            seen |= Q(branch__in=scope.branches)
        return self.filter(seen)

    def waiting_for(self, person: Person) -> SchemeVersionQuerySet:
        """Proposed by others where this person may confirm."""
        scope = reach(person, Power.SCHEME_CONFIRM)
        if not scope:
            return self.none()
        waiting = self.filter(scope.branch_rows(), state=states.PROPOSED)
        return waiting.exclude(proposed_by=person).exclude(drafted_by=person)

    def in_force(self, month: Month) -> SchemeVersionQuerySet:
        """In force in the month: at most one a branch."""
        ends = Q(effective_to=None) | Q(effective_to__gte=month)
        return self.filter(ends, state=states.IN_FORCE, effective_from__lte=month)

    def covering(self, branch: Branch, month: Month) -> SchemeVersionQuerySet:
        """In force at the branch in the month: at most one."""
        return self.in_force(month).filter(branch=branch)


class SchemeVersion(models.Model):
    """One version of a branch's pay scheme. `data` is the scheme's JSON (numbers as text); months both included.

    `digest` covers `data` but for its end, which a later version may set. `drafted_by` wrote the figures last,
    `proposed_by` sent them up, `confirmed_by` is neither.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="schemes", verbose_name="营业部")
    code = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=100)
    version = models.PositiveIntegerField("版本")
    paper_no = models.CharField("文号", max_length=60, blank=True)
    document = models.ForeignKey(
        RuleDocument, models.PROTECT, null=True, blank=True, related_name="schemes", verbose_name="依据的实施细则"
    )
    effective_from = MonthField("生效月份")
    effective_to = MonthField("终止月份", null=True, blank=True)
    data = models.JSONField("内容")
    digest = models.CharField("内容散列", max_length=64)
    state = models.CharField("状态", max_length=10, choices=list(states.SCHEME.states.items()), default=states.DRAFT)
    copied_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", verbose_name="复制自")
    drafted_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="拟稿人")
    drafted_at = models.DateTimeField("拟稿时间", auto_now=True)
    proposed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="提交人")
    proposed_at = models.DateTimeField("提交时间", null=True)
    confirmed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="确认人")
    confirmed_at = models.DateTimeField("确认时间", null=True)
    reason = models.CharField("退回或停用原因", max_length=200, blank=True)

    objects = SchemeVersionQuerySet.as_manager()

    class Meta:
        ordering = ["branch", "code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "code", "version"], name="scheme_version_once"),
            models.UniqueConstraint(fields=["branch"], condition=Q(state="in_force", effective_to=None), name="scheme_one_open"),
            models.UniqueConstraint(fields=["branch", "effective_from"], condition=Q(state="in_force"), name="scheme_one_start"),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")), name="scheme_span_order"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | (~Q(confirmed_by=F("proposed_by")) & ~Q(confirmed_by=F("drafted_by"))),
                name="scheme_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_force") | (Q(confirmed_by__isnull=False) & ~Q(paper_no="")),
                name="scheme_in_force_with_paper",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} 第 {self.version} 版"

    @property
    def colour(self) -> str:
        """One of the six status colours."""
        return {states.PROPOSED: "blue", states.IN_FORCE: "green"}.get(self.state, "grey")

    @property
    def label(self) -> str:
        """Name, version and the paper's number, as sentences speak of it."""
        paper = f"({self.paper_no or self.data.get('paper', '')})" if self.paper_no or self.data.get("paper") else ""
        return f"《{self.name}》第 {self.version} 版{paper}"

    def fill(self, data: dict[str, Any]) -> None:
        """Take `data` (checked by the caller) as the content: the columns that repeat it follow."""
        self.data, self.digest = data, content_digest(data)
        self.code, self.name = data["code"], data["name"]
        self.effective_from = Month.parse(data["effective_from"])
        self.effective_to = Month.parse(data[SPAN_END]) if data.get(SPAN_END) else None

    def scheme(self) -> Scheme:
        """The parsed scheme with its span as it stands now."""
        end = None if self.effective_to is None else str(self.effective_to)
        return _parsed(json.dumps({**self.data, SPAN_END: end}))


@lru_cache(maxsize=64)
def _parsed(data: str) -> Scheme:
    """Read once: a company's branches work under the same few texts, month after month. The scheme is never changed."""
    return parse_scheme(json.loads(data))


def content_digest(data: dict[str, Any]) -> str:
    """What a confirmation covers: everything but the end of the span."""
    return digest({key: value for key, value in data.items() if key != SPAN_END})
