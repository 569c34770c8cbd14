from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.http import require_POST

from branch.jobs import actions, queries
from branch.jobs.models import Job
from branch.paging import page_of
from branch.people.access import holds
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Unknown


@door()
def job_list(request: PersonRequest) -> HttpResponse:
    """任务中心: my long pieces of work; everybody's for the administrator."""
    state = request.GET.get("state", "")
    context = {
        "title": "任务中心",
        "crumbs": [("工作台", resolve_url("home")), ("任务中心", "")],
        "page": page_of(request, queries.jobs_listed(request.person, state)),
        "states": Job.State.choices,
        "state": state,
        "everybody": holds(request.person, Power.JOB_VIEW_ALL),
    }
    return render(request, "branch/jobs/list.html", context)


@door()
def job_detail(request: PersonRequest, job_id: int) -> HttpResponse:
    """One job: how far it is, what came of it."""
    job = _job(request, job_id)
    context = {
        "title": job.title,
        "crumbs": [("任务中心", resolve_url("job-list")), (job.title, "")],
        "job": queries.card(job, request.person),
        "row": job,
        "reasons": job.error.split("\n")[1:],
    }
    return render(request, "branch/jobs/detail.html", context)


@door()
def job_progress(request: PersonRequest, job_id: int) -> HttpResponse:
    """The progress part alone, for polling."""
    return render(request, "parts/progress.html", {"job": queries.card(_job(request, job_id), request.person)})


@door()
@require_POST
def job_cancel(request: PersonRequest, job_id: int) -> HttpResponse:
    """Ask a job to stop."""
    job = _job(request, job_id)
    actions.cancel(job, by=request.person)
    messages.success(request, f"已要求取消“{job.title}”")
    return redirect("job-detail", job_id=job.pk)


def _job(request: PersonRequest, job_id: int) -> Job:
    job = queries.jobs_visible_to(request.person).filter(pk=job_id).first()
    if job is None:
        raise Unknown("没有这项任务,或者它不是您发起的")
    return job
