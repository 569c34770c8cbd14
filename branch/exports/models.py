from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from branch.files.models import StoredFile
from branch.jobs.models import Job
from branch.org.models import Branch
from branch.people.models import Person


class ExportQuerySet(models.QuerySet["Export"]):
    def visible_to(self, person: Person) -> ExportQuerySet:
        """One's own: nobody opens what another has taken."""
        return self.filter(owner=person)

    def about(self, subject: models.Model) -> ExportQuerySet:
        """What was taken from one object, by whomever: for the page of that object."""
        return self.filter(subject=subject_key(subject))


class Export(models.Model):
    """One file taken out: by whom, filtered how, how many rows, under which watermark, until when, how often fetched.

    The record stays for good; the file goes at `expires_at`, its name, size and hash remain. `scope` is how far the owner's
    powers reached when it was made: less than that later, and the file is not handed out any more.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "生成中"
        READY = "ready", "可下载"
        FAILED = "failed", "未生成"
        EXPIRED = "expired", "已过期"

    kind = models.CharField("类别", max_length=40, db_index=True)
    title = models.CharField("名称", max_length=120)
    owner = models.ForeignKey(Person, models.PROTECT, related_name="exports", verbose_name="导出人")
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="营业部")
    subject = models.CharField("对象", max_length=80, blank=True, db_index=True)
    filters = models.JSONField("筛选条件", default=dict)
    reason = models.CharField("用途", max_length=200, blank=True)
    scope = models.JSONField("权限范围", default=dict)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING, db_index=True)
    rows = models.PositiveIntegerField("行数", default=0)
    details = models.JSONField("控制数", default=dict)
    watermark = models.CharField("水印", max_length=200)
    file = models.ForeignKey(StoredFile, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="文件")
    file_name = models.CharField("文件名", max_length=200, blank=True)
    sha256 = models.CharField("散列", max_length=64, blank=True)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="任务")
    error = models.CharField("原因", max_length=400, blank=True)
    downloads = models.PositiveIntegerField("下载次数", default=0)
    created_at = models.DateTimeField("提出时间", auto_now_add=True)
    ready_at = models.DateTimeField("生成时间", null=True, blank=True)
    expires_at = models.DateTimeField("有效至", null=True, blank=True, db_index=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | (Q(expires_at__isnull=False) & ~Q(sha256="")), name="export_ready_has_an_end"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY and self.expires_at is not None and self.expires_at > timezone.now()

    @property
    def standing(self) -> str:
        """The state in words as it is now: a file past its end is over before the tidying comes by, a dead job made none."""
        if self.state == self.State.READY and not self.is_ready:
            return str(self.State.EXPIRED.label)
        if self.state == self.State.WAITING and self.job is not None and self.job.state in ("failed", "cancelled"):
            return str(self.State.FAILED.label)
        return str(self.get_state_display())


def subject_key(subject: models.Model) -> str:
    """How an export names the object it was taken from."""
    return f"{subject._meta.label}:{subject.pk}"
