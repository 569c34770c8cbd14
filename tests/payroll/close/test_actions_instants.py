"""Pressed again in the instant a job ends: a close, a branch's own computation. Whoever asks then gets a job that works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from branch.jobs import actions as jobs
from branch.jobs import register
from branch.jobs.models import Job
from kernel.refusals import Refusal
from payroll.close import actions, states
from payroll.close.models import BranchClose, CompanyClose
from payroll.intake.models import MonthlyInput
from payroll.runs import actions as runs
from payroll.runs import states as run_states
from payroll.runs.models import PayRun
from tests.factories.close import committed
from tests.factories.company import AUGUST, Office, make_ready
from tests.payroll.close.test_actions import LONG_AGO, standing, started


@contextmanager
def pressed_at_the_end(job_kind: str, press: Callable[[], Any]) -> Iterator[None]:
    """Somebody presses in the instant between a job's last transaction and whatever the worker does after it."""
    work, lane, pressed = register.work_of(job_kind), register.lane_of(job_kind), list[int]()

    def once() -> None:
        if not pressed:
            pressed.append(1)
            press()

    def then_pressed(progress: jobs.Progress, params: dict[str, Any]) -> dict[str, Any]:
        try:
            found = work(progress, params)
        except Refusal:
            once()
            raise
        once()
        return found

    register.register(job_kind, then_pressed, lane=lane)
    try:
        yield
    finally:
        register.register(job_kind, work, lane=lane)
    assert pressed


def test_started_again_in_the_instant_a_branchs_job_ends_it_gets_a_job_that_works(office: Office) -> None:
    branch = office["B004"]

    def again() -> None:
        people = [row.person for row in branch.engagements.select_related("person")]
        make_ready(branch, people, office.finance_of["B004"])
        actions.start(month=AUGUST, by=office.starter)

    close = started(office)  # it is the one that isn't ready
    with committed():
        actions.start(month=AUGUST, by=office.starter)
        job = close.branches.get(branch=branch).job
        assert job is not None
        with pressed_at_the_end(actions.JOB, again):
            jobs.run(job.pk)
    row = close.branches.select_related("job").get(branch=branch)
    assert row.job_id != job.pk
    assert (row.state, row.job.state) == (states.REVIEW, Job.State.DONE)  # type: ignore[union-attr]
    close.refresh_from_db()
    assert close.state == states.ENDED


def test_started_again_in_the_instant_a_dropped_branchs_job_finds_it_dropped(office: Office) -> None:
    with committed():
        close = actions.start(month=AUGUST, by=office.starter)
        row = close.branches.get(branch=office["B001"])
        Job.objects.filter(pk=row.job_id).update(state=Job.State.RUNNING, lease_until=LONG_AGO)  # taken up, not begun
        actions.cancel(month=AUGUST, by=office.starter)
        with pressed_at_the_end(actions.JOB, lambda: actions.start(month=AUGUST, by=office.starter)):
            jobs.run(row.job_id or 0)
    close.refresh_from_db()
    assert close.state == states.ENDED
    assert standing(close)["B001"] == states.REVIEW


@pytest.mark.parametrize("state", [Job.State.DONE, Job.State.FAILED])
def test_a_branch_that_waits_for_a_job_which_is_over_is_put_down_or_queued_again(office: Office, state: str) -> None:
    close = started(office)
    rows = close.branches.filter(branch__in=[office["B001"], office["B002"]])
    for row, after in zip(rows, (states.QUEUED, states.WORKING), strict=True):
        runs.void(run_id=row.run_id or 0, reason="x", by=office.finance_of[row.branch.code])
        BranchClose.objects.filter(pk=row.pk).update(state=after)
    Job.objects.filter(pk__in=rows.values("job")).update(state=state)
    CompanyClose.objects.update(state=states.RUNNING)
    before = set(rows.values_list("job", flat=True))
    if state == Job.State.DONE:
        actions.tidy()
        assert {row.state for row in rows.all()} == {states.FAILED}
    with committed():
        actions.start(month=AUGUST, by=office.starter)
    assert {row.state for row in rows.all()} == {states.REVIEW}
    assert not before & set(rows.values_list("job", flat=True))


def test_pressed_again_in_the_instant_a_computation_ends_it_is_computed_again(office: Office) -> None:
    """Done, and refused for what is missing: the second press gets a job of its own, and the run isn't left 计算中."""
    finance = office.finance_of

    def press(code: str) -> PayRun:
        return runs.compute(branch=office[code], month=AUGUST, by=finance[code])

    MonthlyInput.objects.filter(branch=office["B002"]).first().delete()  # type: ignore[union-attr]
    for code, state in (("B001", run_states.REVIEW), ("B002", run_states.DRAFT)):
        with committed(), pressed_at_the_end(runs.JOB, lambda code=code: press(code)):
            run = press(code)
            jobs.run(run.job_id or 0)
        again = PayRun.objects.select_related("job").get(pk=run.pk)
        assert again.state == state, code
        assert again.job is not None
        assert again.job_id != run.job_id
        assert again.job.state in (Job.State.DONE, Job.State.FAILED)
