from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from archives.register import labels
from archives.states import FILED, STATES, WAITING
from branch.fields import MonthField
from branch.files.models import StoredFile
from branch.org.models import Branch
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power


class FilingQuerySet(models.QuerySet["Filing"]):
    def visible_to(self, person: Person) -> FilingQuerySet:
        """By FILING_VIEW: a branch's people see their branch, 经纪业务综合室 all. What a file holds is its kind's affair."""
        scope = reach(person, Power.FILING_VIEW)
        return self.filter(scope.branch_rows()) if scope else self.none()

    def waiting(self) -> FilingQuerySet:
        """Submitted, not yet received."""
        return self.filter(state=WAITING)


class Filing(models.Model):
    """One document handed to 经纪业务综合室 for the record (art. 25). `serial_no` is the 备案号, given on receipt.

    Held by the database (`append_only`): what was handed in never changes, and what its receipt adds is filled once.
    """

    serial_no = models.CharField("备案号", max_length=40, blank=True)
    kind = models.CharField("类别", max_length=40, db_index=True)
    title = models.CharField("名称", max_length=120)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="filings", verbose_name="营业部")
    month = MonthField("所属月份", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=list(STATES.items()), default=WAITING, db_index=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="文件")
    sha256 = models.CharField("散列", max_length=64)
    submitted_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="报送人")
    submitted_at = models.DateTimeField("报送时间", auto_now_add=True)
    received_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="接收人")
    received_at = models.DateTimeField("接收时间", null=True, blank=True)
    keep_until = models.DateField("保管至")
    location = models.CharField("存放位置", max_length=80, blank=True)

    objects = FilingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["serial_no"], condition=~Q(serial_no=""), name="filing_serial_once"),
            models.CheckConstraint(
                condition=Q(state=WAITING, serial_no="", received_by=None, received_at=None, location="")
                | (Q(state=FILED, received_by__isnull=False, received_at__isnull=False) & ~Q(serial_no="")),
                name="filing_number_on_receipt",
            ),
            models.CheckConstraint(condition=Q(received_by=None) | ~Q(received_by=F("submitted_by")), name="filing_two_persons"),
        ]
        indexes = [models.Index(fields=["branch", "kind", "month"], name="filing_of_month")]

    def __str__(self) -> str:
        return self.title

    @property
    def kind_label(self) -> str:
        return labels().get(self.kind, self.kind)
