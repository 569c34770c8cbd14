from __future__ import annotations

from datetime import date, time

from django.db import models
from django.db.models import F, Q


class Unit(models.Model):
    """What every part of the organisation has: a name and the days it exists (both ends included)."""

    name = models.CharField("名称", max_length=60)
    opened_on = models.DateField("设立日", default=date(2000, 1, 1))
    closed_on = models.DateField("撤销日", null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Company(Unit):
    """证券公司. One row."""

    short_name = models.CharField("简称", max_length=20)


class Department(Unit):
    """总部部门, and 公司领导 as one of them."""

    code = models.CharField("代码", max_length=20, unique=True)

    class Meta:
        ordering = ["code"]


class Branch(Unit):
    """营业部. `code` is what CRM files carry, e.g. 0755FT; `document_prefix` begins its document numbers, e.g. 深营."""

    code = models.CharField("代码", max_length=20, unique=True)
    document_prefix = models.CharField("文号前缀", max_length=10, default="营")
    groups_per_team = models.PositiveSmallIntegerField("每队小组数", default=3)

    class Meta:
        ordering = ["code"]


class TeamQuerySet(models.QuerySet["Team"]):
    def working_on(self, day: date) -> TeamQuerySet:
        """Those that have begun by `day` and are not closed; not those still 筹办中."""
        return self.filter(Q(closed_on=None) | Q(closed_on__gte=day), begun_on__lte=day)

    def in_preparation(self, day: date) -> TeamQuerySet:
        """筹办中 on `day`: set up, not begun, not given up."""
        return self.filter(Q(closed_on=None) | Q(closed_on__gte=day)).filter(Q(begun_on=None) | Q(begun_on__gt=day))


class Team(Unit):
    """营销团队 of a branch. It works from `begun_on` on; before (or with none) it is 筹办中: a new team begins when its plan is
    approved (art. 3), by `branch.structure.actions.activate_team`."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="teams", verbose_name="营业部")
    begun_on = models.DateField("启用日", null=True, blank=True, default=date(2000, 1, 1))

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "name"], name="team_name_in_branch"),
            models.CheckConstraint(
                condition=Q(begun_on=None) | Q(begun_on__gte=F("opened_on")),
                name="team_begins_once_set_up",
                violation_error_message="启用日不能早于设立日",
            ),
        ]

    def has_begun(self, day: date) -> bool:
        return self.begun_on is not None and self.begun_on <= day


class Group(Unit):
    """小组 of a team."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="groups", verbose_name="团队")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["team", "name"], name="group_name_in_team")]


class Outlet(Unit):
    """网点 (bank outlet, community, or the branch's own hall) with its opening hours: art. 8(1) ties attendance to them."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="outlets", verbose_name="营业部")
    opens_at = models.TimeField("上班时间", default=time(9, 0))
    closes_at = models.TimeField("下班时间", default=time(17, 30))
    open_on_weekends = models.BooleanField("周末营业", default=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "name"], name="outlet_name_in_branch"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="outlet_closes_after_opening"),
        ]
