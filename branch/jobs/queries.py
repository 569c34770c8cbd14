"""Reading jobs: one's own, or all of them by power."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from branch.jobs.models import Job
from branch.jobs.register import cancelling_of
from branch.people.access import reach
from branch.people.doors import may_enter
from branch.people.models import Person
from branch.people.roles import Power

COLOURS = {"queued": "grey", "running": "blue", "done": "green", "failed": "red", "cancelled": "grey"}


def jobs_visible_to(person: Person) -> QuerySet[Job]:
    """The person's own jobs; every job for who holds JOB_VIEW_ALL."""
    scope = reach(person, Power.JOB_VIEW_ALL)
    rows = Job.objects.select_related("owner", "branch")
    return rows if scope.company else rows.filter(owner=person)


def jobs_listed(person: Person, state: str) -> QuerySet[Job]:
    """Those the list shows: of one state, or ("" or a word that is none) of every."""
    rows = jobs_visible_to(person)
    return rows.filter(state=state) if state in Job.State.values else rows


def card(job: Job, viewer: Person) -> dict[str, Any]:
    """A job as `parts/progress.html` wants it."""
    running = job.state in (Job.State.QUEUED, Job.State.RUNNING)
    begun = job.started_at or job.created_at
    ended = job.ended_at or timezone.now()
    return {
        "id": job.pk,
        "title": job.title,
        "state_label": job.get_state_display(),
        "color": COLOURS[job.state],
        "running": running,
        "done": job.done,
        "total": job.total,
        "step": "正在取消…" if running and job.cancel_requested else job.step,
        "elapsed": max(0, int((ended - begun).total_seconds())),
        "message": job.error.split("\n")[0],
        "poll_url": reverse("job-progress", args=[job.pk]),
        "cancelling": cancelling_of(job.kind),
        "cancel_url": reverse("job-cancel", args=[job.pk]) if running and job.owner_id == viewer.pk else "",
        "result_url": job.link if job.state == Job.State.DONE and may_enter(viewer, job.link) else "",
        "result_label": "查看结果",
    }
