"""A worker killed (SIGKILL, nothing cleaned up) at each point of a branch's job: another takes it up, and all is there once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from branch.audit.models import AuditRow
from branch.jobs import actions as jobs
from branch.jobs.models import Job
from branch.notices.models import Notice
from payroll.close import actions, ending, states, working
from payroll.close.models import CompanyClose
from payroll.runs import computing
from payroll.runs.models import PayRun, PaySlip
from tests.factories.company import AUGUST, Office, company_of

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

POINTS: dict[str, tuple[Any, str]] = {  # where the process dies: when this is called, inside whatever transaction it is in
    "before looking": (working, "problems_of"),
    "run opened": (working, "compute_run"),
    "inside a chunk": (computing, "slip_of"),
    "before the digest": (computing, "run_digest"),
    "run computed": (working, "_settle"),
    "while settling": (working, "_tell_finance"),
    "while ending": (ending, "tell"),
}


@pytest.fixture
def office(transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Office:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    settings.JOB_LEASE_SECONDS = 0  # whoever falls silent is taken for dead at once
    monkeypatch.setattr(jobs, "_send", lambda job_id, _: jobs.run(job_id) if sweeping else None)
    sweeping.clear()
    return company_of([3])


sweeping: list[bool] = []


def killed(work: Callable[[], Any], place: Any, name: str) -> bool:
    """Do `work` in a process of its own that kills itself when `name` is called; whether it died of that."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        setattr(place, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.parametrize("point", POINTS)
def test_killed_at(office: Office, point: str) -> None:
    close = actions.start(month=AUGUST, by=office.starter)
    job = Job.objects.get(kind=actions.JOB)
    assert killed(lambda: jobs.run(job.pk), *POINTS[point])
    close.refresh_from_db()
    assert close.state == states.RUNNING
    assert not Notice.objects.filter(key__startswith="close:").exists()
    sweeping.append(True)
    assert jobs.sweep() == 1
    close = CompanyClose.objects.get()
    assert (close.state, close.computed, close.headcount) == (states.ENDED, 1, 3)
    assert close.branches.get().state == states.REVIEW
    assert PaySlip.objects.count() == 3
    run = PayRun.objects.get()
    assert run.digest == computing.run_digest(run, list(run.slips.values_list("staff_no", "digest")))
    for act in ("run.compute", "run.computed", "close.branch", "close.end"):
        assert AuditRow.objects.filter(act=act).count() == 1, act
    assert Notice.objects.filter(key__startswith="close:").count() == 3  # the branch's finance, the starter, 财务部
    assert jobs.sweep() == 0
