from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from approvals.requests.models import Decision, Request
from branch.files.models import StoredFile
from branch.people.models import Person


class Comment(models.Model):
    """评论: said beside the decisions, decides nothing. Never deleted; its author may strike it through for a few minutes."""

    request = models.ForeignKey(Request, models.PROTECT, related_name="comments")
    round = models.PositiveSmallIntegerField("轮次")
    author = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="评论人")
    text = models.CharField("评论", max_length=1000)
    mentioned = models.ManyToManyField(Person, related_name="+", verbose_name="提到的人")
    at = models.DateTimeField("时间", default=timezone.now)
    struck_at = models.DateTimeField("划去时间", null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="comment_says_something")]

    def __str__(self) -> str:
        return f"{self.author.name}:{self.text[:20]}"


class Attachment(models.Model):
    """附件 of a request's round: from the applicant, or handed in with a signature. Never taken away again."""

    request = models.ForeignKey(Request, models.PROTECT, related_name="attachments")
    round = models.PositiveSmallIntegerField("轮次")
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="attachments")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="文件")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="上传人")
    at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["file"], name="attachment_file_once")]

    def __str__(self) -> str:
        return self.file.name


class Phrase(models.Model):
    """常用语 of one person, offered beside the kind's own."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="phrases", verbose_name="人员")
    text = models.CharField("常用语", max_length=60)
    position = models.PositiveSmallIntegerField("顺序")

    class Meta:
        ordering = ["person", "position"]
        constraints = [models.UniqueConstraint(fields=["person", "text"], name="phrase_once")]

    def __str__(self) -> str:
        return self.text
