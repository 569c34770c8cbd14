from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q

from branch.org.models import Branch, Group, Outlet, Team
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from clients.registry.models import Client
from teams.plans.logs import states

STATES = [(code, word) for code, word in states.LOG.states.items() if code != states.BLANK]


def seen_by(person: Person, path: str = "") -> Q:
    """Rows by the reach of PLAN_VIEW over where the log was written, and always the own ones. `path` leads to the log."""
    scope = reach(person, Power.PLAN_VIEW)
    if scope.company:
        return ~Q(pk__in=[])
    found = Q(**{f"{path}branch__in": scope.branches}) | Q(**{f"{path}team__in": scope.teams})
    return found | Q(**{f"{path}group__in": scope.groups}) | Q(**{f"{path}person": person})


class WorkLogQuerySet(models.QuerySet["WorkLog"]):
    def visible_to(self, person: Person) -> WorkLogQuerySet:
        return self.filter(seen_by(person))

    def between(self, first: date, last: date) -> WorkLogQuerySet:
        return self.filter(day__range=(first, last))


class WorkLog(models.Model):
    """工作日志 of a person and day (art. 5(1)), where the person was posted then. A broker's is a 展业活动记录, never due.

    A day without a row is 未填. `late`: first handed in after its time. What it says is in its versions."""

    class Kind(models.TextChoices):
        LOG = "log", "工作日志"
        ACTIVITY = "activity", "展业活动记录"

    person = models.ForeignKey(Person, models.PROTECT, related_name="work_logs", verbose_name="姓名")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name="营业部")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="团队")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="小组")
    outlet = models.ForeignKey(Outlet, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所在网点")
    day = models.DateField("日期")
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    state = models.CharField("状态", max_length=10, choices=STATES, default=states.SUBMITTED)
    submitted_at = models.DateTimeField("提交时间")
    late = models.BooleanField("迟交", default=False)

    objects = WorkLogQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "person"]
        constraints = [models.UniqueConstraint(fields=["person", "day"], name="work_log_once_a_day")]
        indexes = [models.Index(fields=["branch", "day"], name="work_log_of_branch")]

    def __str__(self) -> str:
        return f"{self.person.name} {self.day} {self.get_kind_display()}"


class LogVersion(models.Model):
    """What a log said: the first version, and one more for each correction. Amounts in yuan."""

    log = models.ForeignKey(WorkLog, models.CASCADE, related_name="versions", verbose_name="工作日志")
    number = models.PositiveSmallIntegerField("版本")
    latest = models.BooleanField("最新", default=True)
    arrived_at = models.TimeField("到岗时间", null=True, blank=True)
    left_at = models.TimeField("离岗时间", null=True, blank=True)
    calls = models.PositiveIntegerField("电话量", default=0)
    leaflets = models.PositiveIntegerField("发放宣传资料", default=0)
    accounts_opened = models.PositiveIntegerField("开户数", default=0)
    new_assets = models.DecimalField("新增资产", max_digits=18, decimal_places=2, default=0)
    product_sales = models.DecimalField("产品销售", max_digits=18, decimal_places=2, default=0)
    client_questions = models.TextField("客户疑问", blank=True)
    bank_news = models.TextField("银行网点动态", blank=True)
    competitor_news = models.TextField("竞争对手动态", blank=True)
    plan_next = models.TextField("明日计划")
    written_at = models.DateTimeField("填写时间")

    class Meta:
        ordering = ["log", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["log", "number"], name="log_version_once"),
            models.UniqueConstraint(fields=["log"], condition=Q(latest=True), name="log_version_one_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.log_id} 第 {self.number} 版"


class LogContact(models.Model):
    """今日接触客户: one contact of a version; `client` where it is one of the person's own."""

    class Way(models.TextChoices):
        PHONE = "phone", "电话"
        VISIT = "visit", "上门拜访"
        OUTLET = "outlet", "网点接待"
        ONLINE = "online", "微信或网络"
        EVENT = "event", "活动"
        OTHER = "other", "其他"

    version = models.ForeignKey(LogVersion, models.CASCADE, related_name="contacts", verbose_name="版本")
    client = models.ForeignKey(Client, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="客户")
    name = models.CharField("客户姓名", max_length=80)
    way = models.CharField("方式", max_length=10, choices=Way.choices)
    content = models.CharField("内容", max_length=200)
    result = models.CharField("结果", max_length=200, blank=True)
    next_on = models.DateField("下次跟进日", null=True, blank=True)

    class Meta:
        ordering = ["version", "id"]

    def __str__(self) -> str:
        return f"{self.version_id} {self.get_way_display()}"


class LogDraw(models.Model):
    """抽查: which logs of a team's ISO week were drawn. With `seed` and `pool` (the logs' numbers) it can be drawn again."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="+", verbose_name="团队")
    year = models.PositiveSmallIntegerField("年")
    week = models.PositiveSmallIntegerField("周")
    seed = models.BigIntegerField("随机种子")
    share = models.DecimalField("抽查比例", max_digits=5, decimal_places=4)
    pool = models.JSONField("参加抽取的日志")
    drawn_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="抽取人")
    drawn_at = models.DateTimeField("抽取时间", auto_now_add=True)

    class Meta:
        ordering = ["-year", "-week", "team"]
        constraints = [models.UniqueConstraint(fields=["team", "year", "week"], name="log_draw_once_a_week")]

    def __str__(self) -> str:
        return f"{self.team.name}{self.year}年第{self.week}周抽查"


class LogCheckQuerySet(models.QuerySet["LogCheck"]):
    def visible_to(self, person: Person) -> LogCheckQuerySet:
        return self.filter(seen_by(person, "log__"))

    def open(self) -> LogCheckQuerySet:
        return self.filter(checked_at=None)

    def waiting_for(self, person: Person) -> LogCheckQuerySet:
        """Those the person may check, by the reach of LOG_CHECK; never the own."""
        scope = reach(person, Power.LOG_CHECK)
        mine = Q(log__team__in=scope.teams) | Q(log__branch__in=scope.branches)
        return self.open().filter(mine, log__state=states.SUBMITTED).exclude(log__person=person)


class LogCheck(models.Model):
    """A drawn log to be looked at by the leader, version by version: 通过, or 退回 with a remark."""

    class Verdict(models.TextChoices):
        PASS = "pass", "通过"
        RETURN = "return", "退回"

    draw = models.ForeignKey(LogDraw, models.PROTECT, related_name="checks", verbose_name="抽查")
    log = models.ForeignKey(WorkLog, models.PROTECT, related_name="checks", verbose_name="工作日志")
    version = models.PositiveSmallIntegerField("版本")
    verdict = models.CharField("抽查结果", max_length=10, choices=Verdict.choices, blank=True)
    remark = models.CharField("评语", max_length=200, blank=True)
    checked_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="抽查人")
    checked_at = models.DateTimeField("抽查时间", null=True, blank=True)

    objects = LogCheckQuerySet.as_manager()

    class Meta:
        ordering = ["-draw", "log"]
        constraints = [
            models.UniqueConstraint(fields=["log", "version"], name="log_check_once_a_version"),
            models.CheckConstraint(
                condition=Q(checked_at=None, verdict="") | Q(checked_at__isnull=False, checked_by__isnull=False),
                name="log_check_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.log}抽查"
