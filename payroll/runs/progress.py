"""The computation's job as the progress part shows it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from branch.jobs.models import Job
from payroll.runs.models import PayRun
from payroll.runs.states import COMPUTING

RUNNING = (Job.State.QUEUED, Job.State.RUNNING)
COLOURS = {Job.State.DONE: "green", Job.State.FAILED: "red", Job.State.CANCELLED: "grey"}


def card_of(run: PayRun) -> dict[str, Any] | None:
    """Context for parts/progress.html while the run's job is under way, else None."""
    job = run.job
    if job is None or run.state != COMPUTING or job.state not in RUNNING:
        return None
    begun = job.started_at or job.created_at
    return {
        "id": job.pk,
        "title": job.title,
        "state_label": job.get_state_display(),
        "color": COLOURS.get(Job.State(job.state), "blue"),
        "running": job.state in RUNNING,
        "done": job.done,
        "total": job.total,
        "step": job.step,
        "elapsed": (timezone.now() - begun).total_seconds(),
        "message": "",
        "poll_url": reverse("payroll:run-job", args=[run.pk]),
        "cancel_url": "",
        "result_url": "",
        "result_label": "",
    }
