from __future__ import annotations

from django.db import models


class SpecialDay(models.Model):
    """A day that is not what its weekday says: a holiday, a make-up workday, or a market closure."""

    class Kind(models.TextChoices):
        STATUTORY = "statutory_holiday", "法定节假日"
        HOLIDAY = "public_holiday", "放假(调休)"
        MAKEUP = "makeup_workday", "调休上班"
        CLOSURE = "market_closure", "休市"

    day = models.DateField("日期", primary_key=True)
    kind = models.CharField("类型", max_length=20, choices=Kind.choices)
    name = models.CharField("节日", max_length=40, blank=True)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()}"
