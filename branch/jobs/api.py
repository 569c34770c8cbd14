from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from branch.jobs import actions, queries
from branch.jobs.models import Job
from branch.jobs.serializers import JobOut
from branch.rest.endpoints import get, post
from branch.rest.requests import ApiRequest
from kernel.refusals import Unknown


class JobFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=Job.State.choices, label="状态")

    class Meta:
        model = Job
        fields: list[str] = []


def _job(request: ApiRequest, job_id: int) -> Job:
    job = queries.jobs_visible_to(request.person).filter(pk=job_id).first()
    if job is None:
        raise Unknown("没有这项任务,或者它不是您发起的")
    return job


@get(JobOut, many=True, query=JobFilter)
def job_list(request: ApiRequest) -> QuerySet[Job]:
    """任务:本人发起的;系统管理员看全部"""
    return queries.jobs_visible_to(request.person)


@get(JobOut)
def job_detail(request: ApiRequest, job_id: int) -> Job:
    """一项任务的进度"""
    return _job(request, job_id)


@post(None, JobOut)
def job_cancel(request: ApiRequest, job_id: int) -> Job:
    """要求取消一项任务"""
    actions.cancel(_job(request, job_id), by=request.person)
    return _job(request, job_id)
