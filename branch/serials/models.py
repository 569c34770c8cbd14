from __future__ import annotations

from django.db import models


class SerialCounter(models.Model):
    """The last number drawn in a series, e.g. series `pay_run`, scope `0755FT`, period `2026`."""

    series = models.CharField(max_length=40)
    scope = models.CharField(max_length=40, blank=True)
    period = models.CharField(max_length=10)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "scope", "period"], name="serial_one_run")]

    def __str__(self) -> str:
        return f"{self.series}/{self.scope}/{self.period}: {self.last}"
