from __future__ import annotations

from django.db import models
from django.utils import timezone


class AuditRow(models.Model):
    """One act. Written in the act's own transaction; only the sealer adds `sequence`, `previous_hash` and `hash`.

    The actor is a snapshot, not a relation: the log must outlive every other row.
    """

    at = models.DateTimeField("时间", default=timezone.now, db_index=True)
    actor_id = models.BigIntegerField("操作人", null=True, db_index=True)
    actor_name = models.CharField("操作人姓名", max_length=60)
    act = models.CharField("动作", max_length=60, db_index=True)
    subject_type = models.CharField("对象类型", max_length=60)
    subject_id = models.CharField("对象编号", max_length=60)
    branch_code = models.CharField("营业部", max_length=20, blank=True, db_index=True)
    summary = models.CharField("摘要", max_length=400)
    details = models.JSONField("明细", default=dict)
    source = models.CharField("来源", max_length=20, default="system")
    sequence = models.BigIntegerField("链序号", null=True, unique=True)
    previous_hash = models.CharField("前一散列", max_length=64, blank=True)
    hash = models.CharField("散列", max_length=64, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="audit_subject")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.summary}"


class AuditHead(models.Model):
    """The chain's last link, one row; locking it makes sealing single-file."""

    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="audit_head_single")]

    def __str__(self) -> str:
        return f"第 {self.sequence} 环"
