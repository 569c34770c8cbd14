"""The last branches of a close settled at the same moment, in real transactions: one of them ends it. With a negative control."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from branch.audit.models import AuditRow
from branch.jobs import actions as jobs
from branch.jobs.actions import Progress
from branch.jobs.models import Job
from branch.notices.models import Notice
from kernel.refusals import Refusal
from payroll.close import actions, ending, states, working
from payroll.close.models import BranchClose, CompanyClose
from payroll.runs.models import PayRun, PaySlip
from tests.factories.company import AUGUST, Office, company_of

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROUNDS, BRANCHES = 10, 4


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Run the acts at the same moment in threads with connections of their own."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            barrier.wait(10)
            return act()
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def office(transactional_db: None, settings: Any) -> Office:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    return company_of([1] * BRANCHES)


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_send", lambda *_: None)  # the test is the worker


def taken(row: BranchClose) -> tuple[Progress, BranchClose]:
    """The branch under way, its job leased."""
    assert row.job_id is not None
    held = jobs._take(row.job_id)
    assert held is not None
    progress = Progress(*held)
    found = working._begin(progress, row.close_id, row.branch_id)
    assert found is not None
    return progress, found


def settle_all_at_once(office: Office) -> list[CompanyClose]:
    """`ROUNDS` closes of which every branch is settled at the same moment."""
    closes = []
    for _ in range(ROUNDS):
        close = _started_anew(office)
        work = [taken(row) for row in close.branches.select_related("branch")]
        at_once([lambda p=p, r=r: working._settle(p, r, "stop", problems=[{"text": "x", "url": "/"}]) for p, r in work])
        close.refresh_from_db()
        closes.append(close)
    return closes


def _started_anew(office: Office) -> CompanyClose:
    CompanyClose.objects.filter(state=states.RUNNING).update(state=states.ENDED)  # a stuck one of the control
    Job.objects.update(state=Job.State.DONE)
    return actions.start(month=AUGUST, by=office.starter)


def test_exactly_one_of_the_last_ends_the_close(office: Office) -> None:
    assert {close.state for close in settle_all_at_once(office)} == {states.ENDED}
    assert AuditRow.objects.filter(act="close.end").count() == ROUNDS
    assert Notice.objects.filter(key__endswith=":ended").count() == ROUNDS * 2


def test_control_without_the_closes_lock_it_never_ends(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    real = working.end_if_last

    def unlocked(close_id: int) -> CompanyClose:
        return CompanyClose.objects.select_related("started_by").get(pk=close_id)

    def slowly(close: CompanyClose) -> bool:
        time.sleep(0.05)  # the others write meanwhile, none has committed
        return real(close)

    monkeypatch.setattr(working, "locked_close", unlocked)
    monkeypatch.setattr(working, "end_if_last", slowly)
    monkeypatch.setattr(ending, "locked_close", unlocked)
    stuck = [close for close in settle_all_at_once(office) if close.state == states.RUNNING]
    assert stuck
    assert not BranchClose.objects.filter(close__in=stuck, state__in=states.OPEN).exists()


def test_workers_side_by_side_reckon_every_branch_once(office: Office) -> None:
    """Each job's message arrives at every one of four workers."""
    close = actions.start(month=AUGUST, by=office.starter)
    messages = list(close.branches.values_list("job", flat=True))
    at_once([lambda: [jobs.run(job) for job in messages] for _ in range(4)])
    close.refresh_from_db()
    assert (close.state, close.computed, close.headcount) == (states.ENDED, BRANCHES, BRANCHES)
    assert set(close.branches.values_list("state", flat=True)) == {states.REVIEW}
    assert PayRun.objects.count() == PaySlip.objects.count() == BRANCHES
    assert AuditRow.objects.filter(act="run.computed").count() == AuditRow.objects.filter(act="close.branch").count() == BRANCHES
    assert Job.objects.filter(attempts=1).count() == BRANCHES


def test_two_pressing_start_at_once_make_one_close(office: Office) -> None:
    """The others are told that it runs; no branch gets two jobs."""
    found = at_once([lambda: actions.start(month=AUGUST, by=office.starter) for _ in range(4)])
    assert sorted(one if isinstance(one, str) else "started" for one in found) == ["nothing_to_do"] * 3 + ["started"]
    assert CompanyClose.objects.count() == 1
    assert BranchClose.objects.count() == Job.objects.count() == BRANCHES


def test_cancel_against_the_workers_leaves_nothing_half_done(office: Office) -> None:
    close = actions.start(month=AUGUST, by=office.starter)
    messages = list(close.branches.values_list("job", flat=True))
    at_once([
        lambda: [jobs.run(job) for job in messages],
        lambda: [jobs.run(job) for job in reversed(messages)],
        lambda: (time.sleep(0.03), actions.cancel(month=AUGUST, by=office.starter))[0],
    ])  # fmt: skip
    settled = dict(close.branches.values_list("branch", "state"))
    assert set(settled.values()) <= {states.REVIEW, states.DROPPED}
    reckoned = {pk for pk, word in settled.items() if word == states.REVIEW}
    assert set(PayRun.objects.values_list("branch", "state")) == {(pk, "review") for pk in reckoned}
    assert not Job.objects.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING)).exists()
    assert PaySlip.objects.count() == len(reckoned)
