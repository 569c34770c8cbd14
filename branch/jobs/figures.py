"""Numbers of the queue for whoever watches the machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max, Min
from django.utils import timezone

from branch.jobs.models import Job

Line = tuple[str, dict[str, str], float]
RECENT = timedelta(days=1)


def job_figures() -> Iterator[Line]:
    """(name, labels, value): jobs by kind and state, the oldest that waits, those fallen silent or taken up again, durations."""
    now, rows = timezone.now(), Job.objects.order_by()
    for kind, state, count in rows.values_list("kind", "state").annotate(Count("id")):
        yield "zhanye_jobs", {"kind": kind, "state": state}, count
    waiting = rows.filter(state=Job.State.QUEUED).aggregate(oldest=Min("created_at"))["oldest"]
    yield "zhanye_jobs_oldest_waiting_seconds", {}, (now - waiting).total_seconds() if waiting else 0
    yield "zhanye_jobs_silent", {}, rows.filter(state=Job.State.RUNNING, lease_until__lt=now).count()
    recent = rows.filter(created_at__gte=now - RECENT)
    for kind, count in recent.filter(attempts__gt=1).values_list("kind").annotate(Count("id")):
        yield "zhanye_jobs_taken_up_again_24h", {"kind": kind}, count
    taken = ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField())
    ended = recent.filter(state=Job.State.DONE).values_list("kind").annotate(mean=Avg(taken), longest=Max(taken))
    for kind, mean, longest in ended:
        yield "zhanye_job_seconds_mean_24h", {"kind": kind}, mean.total_seconds()
        yield "zhanye_job_seconds_max_24h", {"kind": kind}, longest.total_seconds()
