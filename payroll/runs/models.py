from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from approvals.requests.models import Request
from archives.models import Filing
from branch.fields import JSONTextField, MonthField
from branch.files.models import StoredFile
from branch.jobs.models import Job
from branch.org.models import Branch
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from payroll.reckoning.lines import Line
from payroll.runs.states import COMPUTED, COMPUTING, DRAFT, FIXED, LIVE, REVERSED, STATES
from payroll.schemes.models import SchemeVersion


class RunQuerySet(models.QuerySet["PayRun"]):
    def visible_to(self, person: Person) -> RunQuerySet:
        """By PAY_VIEW and its reach; no other power opens pay."""
        scope = reach(person, Power.PAY_VIEW)
        return self.filter(scope.branch_rows()) if scope else self.none()

    def live(self) -> RunQuerySet:
        """The version that counts: neither returned nor void."""
        return self.filter(state__in=LIVE)

    def computed(self) -> RunQuerySet:
        return self.filter(state__in=COMPUTED)

    def shown(self) -> RunQuerySet:
        """With what a page shows of a run, in one statement."""
        return self.select_related("branch", "scheme", "maker", "job", "predecessor", "approval", "filing", "report_file")


class PayRun(models.Model):
    """One version of a branch's pay for a 所属月份, paid in `pay_month`. Money totals in yuan.

    `digest` covers every slip's figures and what they carry on; a signature covers the digest. `predecessor_digest` is the
    previous month's digest at the time of computing: the chain of months holds only while it still stands.
    """

    number = models.CharField("单号", max_length=40, db_index=True)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="pay_runs", verbose_name="营业部")
    month = MonthField("所属月份")
    pay_month = MonthField("发放月份")
    version = models.PositiveSmallIntegerField("版本", default=1)
    state = models.CharField("状态", max_length=10, choices=list(STATES.items()), default=DRAFT, db_index=True)
    scheme = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="runs", verbose_name="薪酬方案")
    scheme_digest = models.CharField(max_length=64, blank=True)
    parameters = models.JSONField("所用参数", default=list)
    predecessor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="successors", verbose_name="上月")
    predecessor_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField("散列", max_length=64, blank=True)
    maker = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="制表")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="任务")
    approval = models.ForeignKey(Request, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审批")
    problems = models.JSONField("例外", default=list)
    headcount = models.PositiveIntegerField("人数", default=0)
    gross_total = models.DecimalField("应发合计", max_digits=16, decimal_places=2, default=0)
    net_total = models.DecimalField("实发合计", max_digits=16, decimal_places=2, default=0)
    iit_total = models.DecimalField("个税合计", max_digits=16, decimal_places=2, default=0)
    employer_total = models.DecimalField("单位社保公积金合计", max_digits=16, decimal_places=2, default=0)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    computed_at = models.DateTimeField("计算时间", null=True, blank=True)
    sent_at = models.DateTimeField("送审时间", null=True, blank=True)
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)
    issued_on = models.DateField("发放日期", null=True, blank=True)
    issued_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="发放经办")
    filing = models.ForeignKey(Filing, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="备案")
    report_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="月报表")

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "month", "version"], name="pay_run_version"),
            models.UniqueConstraint(fields=["branch", "month"], condition=Q(state__in=LIVE), name="pay_run_one_live"),
            models.CheckConstraint(condition=Q(pay_month__gte=models.F("month")), name="pay_run_paid_after"),
            models.CheckConstraint(condition=~Q(state__in=COMPUTED) | ~Q(digest=""), name="pay_run_digest_stands"),
            models.CheckConstraint(
                condition=~Q(state__in=("issued", "filed")) | Q(issued_on__isnull=False), name="pay_run_issue_dated"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.branch.name} {self.month.label}薪酬月报(第 {self.version} 版)"

    @property
    def title(self) -> str:
        """What the run is called in requests and filings."""
        return f"{self.branch.name}{self.month.label}客户经理薪酬月报表"

    @property
    def is_computed(self) -> bool:
        return self.state in COMPUTED

    @property
    def is_worked_on(self) -> bool:
        """Under computation by a job that waits for a worker or has one."""
        return self.state == COMPUTING and self.job is not None and self.job.state in (Job.State.QUEUED, Job.State.RUNNING)

    @property
    def is_fixed(self) -> bool:
        return self.state in FIXED

    @property
    def is_reversed(self) -> bool:
        return self.state == REVERSED


def _readable(person: Person) -> Q:
    return Q(person=person) & (Q(current=True, run__state__in=FIXED) | Q(run__state=REVERSED))


class SlipQuerySet(models.QuerySet["PaySlip"]):
    def visible_to(self, person: Person) -> SlipQuerySet:
        """One's own slips from approval on, reversed ones too; those of a branch by PAY_VIEW."""
        own = _readable(person)
        scope = reach(person, Power.PAY_VIEW)
        return self.filter(own | scope.branch_rows("run__branch")) if scope else self.filter(own)

    def own(self, person: Person) -> SlipQuerySet:
        """What the person is paid: one's own slips of approved months."""
        return self.filter(person=person, current=True, run__state__in=FIXED)

    def readable(self, person: Person) -> SlipQuerySet:
        """One's own slips of approved months, and those that were approved and then reversed."""
        return self.filter(_readable(person))

    def light(self) -> SlipQuerySet:
        """Without the explanations: what a grid of hundreds of people needs."""
        return self.defer("lines", "facts", "carried_before", "carried_after")


class PaySlip(models.Model):
    """One person's pay of one 所属月份. `figures` has every column of the month's table as text; `lines` explain them.

    `facts` is what went in, with the row each part came from; `carried_before` and `carried_after` are the state of the tax
    chain, the deferral lots and the negative commission around the month. `current` is False on superseded versions.
    """

    run = models.ForeignKey(PayRun, models.PROTECT, related_name="slips", verbose_name="薪酬月报")
    person = models.ForeignKey(Person, models.PROTECT, related_name="pay_slips", verbose_name="人员")
    month = MonthField("所属月份")
    current = models.BooleanField("现行", default=True)
    staff_no = models.CharField("工号", max_length=20)
    name = models.CharField("姓名", max_length=40)
    kind = models.CharField("用工性质", max_length=10)
    team = models.CharField("团队", max_length=60, blank=True)
    grade = models.CharField("职级", max_length=20, blank=True)
    post = models.CharField("岗位", max_length=20, blank=True)
    bank_masked = models.CharField("开户银行/账号", max_length=100, blank=True)
    net_commission = models.DecimalField("净佣金", max_digits=14, decimal_places=2)
    gross_pay = models.DecimalField("应发", max_digits=14, decimal_places=2)
    social = models.DecimalField("三险一金", max_digits=14, decimal_places=2)
    iit = models.DecimalField("个税", max_digits=14, decimal_places=2)
    net_pay = models.DecimalField("实发", max_digits=14, decimal_places=2)
    employer_si = models.DecimalField("单位社保公积金", max_digits=14, decimal_places=2)
    figures = models.JSONField("各列")
    lines = JSONTextField("各行说明")
    facts = models.JSONField("冻结的输入")
    carried_before = models.JSONField("期初")
    carried_after = models.JSONField("期末")
    digest = models.CharField(max_length=64)
    checksum = models.CharField(max_length=64)
    confirmed_at = models.DateTimeField("本人确认时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确认人")

    objects = SlipQuerySet.as_manager()

    class Meta:
        ordering = ["staff_no"]
        constraints = [
            models.UniqueConstraint(fields=["person", "month"], condition=Q(current=True), name="pay_slip_once_a_month"),
            models.UniqueConstraint(fields=["run", "person"], name="pay_slip_once_a_run"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | Q(confirmed_by=models.F("person")), name="pay_slip_confirmed_by_self"
            ),
        ]
        indexes = [models.Index(fields=["month", "current"], name="pay_slip_of_month")]

    def __str__(self) -> str:
        return f"{self.name}({self.staff_no}){self.month.label}工资单"

    def explained(self) -> list[Line]:
        """The lines with their rule sentences."""
        return [Line.from_dict(line) for line in self.lines]

    def line(self, label: str) -> dict[str, Any] | None:
        return next((line for line in self.lines if line["label"] == label), None)
