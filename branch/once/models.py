from __future__ import annotations

from django.db import models
from django.utils import timezone


def place_of(row: OnceToken) -> str:
    """What the kept answer is bound to."""
    return f"branch_oncetoken.content.{row.person_id}.{row.token}"


class OnceToken(models.Model):
    """One sending of a form or an API call, and how it was answered. Written in the act's own transaction.

    The person is a number, as in the log: this room lies below people.
    """

    person_id = models.BigIntegerField("经办人")
    token = models.CharField("幂等号", max_length=64)
    path = models.CharField("地址", max_length=300)
    body_digest = models.CharField("内容散列", max_length=64)
    status = models.PositiveSmallIntegerField("答复", null=True)
    location = models.CharField("转到", max_length=500, blank=True)
    told = models.JSONField("提示", default=list)
    content_type = models.CharField(max_length=80, blank=True)
    content_sealed = models.TextField("答复内容(密文)", blank=True)
    at = models.DateTimeField("时间", default=timezone.now, db_index=True)
    sealed_columns = {"content_sealed": place_of}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person_id", "token"], name="once_token")]

    def __str__(self) -> str:
        return f"{self.path} {self.at:%Y-%m-%d %H:%M}"
