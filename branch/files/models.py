from __future__ import annotations

from django.db import models

from branch.people.models import Person


class StoredFile(models.Model):
    """A file's label; the content lies encrypted under FILES_ROOT at a path made from its id, never from its name."""

    sha256 = models.CharField("散列", max_length=64, db_index=True)
    name = models.CharField("文件名", max_length=200)
    content_type = models.CharField("类型", max_length=100)
    size = models.PositiveBigIntegerField("字节数")
    path = models.CharField(max_length=120, unique=True)
    stored_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="上传人")
    stored_at = models.DateTimeField("上传时间", auto_now_add=True)

    def __str__(self) -> str:
        return self.name
