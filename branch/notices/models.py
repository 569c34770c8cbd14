from __future__ import annotations

from django.db import models

from branch.people.models import Person


class Notice(models.Model):
    """One message. `key` makes it exactly-once: the same event never tells a person twice."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="notices", verbose_name="收件人")
    text = models.CharField("内容", max_length=300)
    link = models.CharField("链接", max_length=200, blank=True)
    key = models.CharField(max_length=120)
    at = models.DateTimeField("时间", auto_now_add=True)
    read_at = models.DateTimeField("已读时间", null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="notice_once")]
        indexes = [models.Index(fields=["person", "read_at"], name="notice_unread")]

    def __str__(self) -> str:
        return self.text
