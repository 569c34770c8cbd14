"""The list of jobs, to take away: what ran for whom, how long it took, and why it did not end well. (Jobs know of no exports.)"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.jobs.models import Job
from branch.jobs.queries import jobs_listed
from branch.people.roles import Power
from kernel.sheets.writing import OutColumn

COLUMNS = (
    OutColumn("id", "编号", "int", 8),
    OutColumn("title", "任务", width=40),
    OutColumn("state", "状态", width=10),
    OutColumn("done", "已处理", "int", 10),
    OutColumn("total", "总数", "int", 10),
    OutColumn("owner", "发起人", width=18),
    OutColumn("branch", "营业部", width=18),
    OutColumn("created_at", "提交时间", width=18),
    OutColumn("started_at", "开始时间", width=18),
    OutColumn("ended_at", "结束时间", width=18),
    OutColumn("attempts", "执行次数", "int", 10),
    OutColumn("message", "原因", width=50),
)


def _rows(jobs: QuerySet[Job]) -> Iterator[dict[str, Any]]:
    for job in jobs.iterator():
        yield {
            "id": job.pk,
            "title": job.title,
            "state": job.get_state_display(),
            "done": job.done,
            "total": job.total,
            "owner": str(job.owner or "系统"),
            "branch": str(job.branch or ""),
            "created_at": _shown(job.created_at),
            "started_at": _shown(job.started_at),
            "ended_at": _shown(job.ended_at),
            "attempts": job.attempts,
            "message": job.error.split("\n")[0],
        }


def _shown(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else ""


class JobFilter(forms.Form):
    """The tab of the list."""

    state = forms.ChoiceField(label="状态", choices=Job.State.choices, required=False)


def prepare(wanted: Wanted) -> Prepared:
    """The jobs as the list filters them."""
    rows = jobs_listed(wanted.person, usable(JobFilter(wanted.query)).cleaned_data["state"])
    return as_prepared(wanted, Listing("任务", COLUMNS, _rows(rows), rows.count()))


JOBS = ExportKind("jobs", "任务", prepare, takes=("state",), reaches=(Power.JOB_VIEW_ALL,))
