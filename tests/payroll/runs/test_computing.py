"""Chunks, a kill in the middle, the digest, what is written and what is not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from branch.jobs import actions as jobs
from branch.jobs.models import Job
from branch.people.models import Engagement
from clients.figures.models import ManagerFigure
from kernel.money import total
from payroll.intake.models import MonthlyInput
from payroll.reckoning.lines import DEDUCTIONS, GROSS_PARTS
from payroll.runs import actions, computing, states
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.slip_rows import SlipRow
from tests.factories.branch import People
from tests.factories.close import committed, computed
from tests.factories.runs import AUGUST, fresh


class Killed(Exception):
    """The worker is gone."""


def _start(people: People) -> PayRun:
    """A run whose job is queued but not yet done."""
    return actions.compute(branch=people.branch, month=AUGUST, by=people["600002"])


def test_killed_in_the_second_chunk_and_started_again_it_ends_the_same(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = computed(people, AUGUST).digest
    actions.void(run_id=PayRun.objects.get().pk, reason="再算一次", by=people["600002"])
    monkeypatch.setattr(computing, "chunks", lambda rows: _chunks(rows, 2))
    run = _start(people)
    calls: list[int] = []
    real = computing.slip_of

    def dies(run: PayRun, frozen: Any, person: Any) -> SlipRow:
        calls.append(1)
        if len(calls) == 4:
            raise Killed
        return real(run, frozen, person)

    monkeypatch.setattr(computing, "slip_of", dies)
    with pytest.raises(Killed):
        jobs.run(run.job_id)
    assert (fresh(run).state, run.slips.count()) == (states.COMPUTING, 2)
    kept = list(run.slips.order_by("pk").values_list("pk", "checksum"))
    Job.objects.filter(pk=run.job_id).update(lease_until=None, state=Job.State.QUEUED)
    jobs.run(run.job_id)
    done = fresh(run)
    assert (done.state, done.digest, done.slips.count()) == (states.REVIEW, undisturbed, 5)
    assert list(run.slips.order_by("pk").values_list("pk", "checksum"))[:2] == kept


def _chunks(rows: list[Any], size: int) -> Any:
    for first in range(0, len(rows), size):
        yield rows[first : first + size]


def test_a_worker_without_its_lease_writes_nothing(people: People) -> None:
    run = _start(people)
    Job.objects.filter(pk=run.job_id).update(state=Job.State.RUNNING, lease_token="another")
    stale = jobs.Progress(Job.objects.get(pk=run.job_id), "mine")
    with pytest.raises(jobs.LeaseLost):
        computing.compute_run(stale, {"run": run.pk})
    assert not PaySlip.objects.exists()


def test_lines_sum_to_the_slip_and_slips_to_the_run(people: People) -> None:
    run = computed(people, AUGUST)
    for slip in run.slips.all():
        figures = {name: Decimal(text) for name, text in slip.figures.items()}
        assert slip.gross_pay == total(figures[name] * sign for name, sign in GROSS_PARTS.items())
        assert slip.net_pay == slip.gross_pay - total(figures[name] for name in DEDUCTIONS)
        for line in slip.explained():
            if line.label in figures:
                assert line.amount == figures[line.label], (slip.staff_no, line.label)
            assert "{" not in line.rule
    assert run.gross_total == total(run.slips.values_list("gross_pay", flat=True))
    assert run.net_total == total(run.slips.values_list("net_pay", flat=True))
    assert run.iit_total == total(run.slips.values_list("iit", flat=True))


def test_who_left_the_month_loses_the_slip(people: People) -> None:
    run = computed(people, AUGUST)
    gone = people["600104"]
    Engagement.objects.filter(person=gone).delete()
    ManagerFigure.objects.filter(person=gone).delete()
    MonthlyInput.objects.filter(person=gone).delete()
    again = computed(people, AUGUST)
    assert again.headcount == 4
    assert not run.slips.filter(staff_no="600104").exists()


def test_what_is_missing_stops_the_run_by_name_and_leaves_no_slip(people: People) -> None:
    computed(people, AUGUST)
    MonthlyInput.objects.filter(person=people["600103"]).delete()
    MonthlyInput.objects.filter(person=people["600105"]).update(vat=None)
    run = computed(people, AUGUST)
    assert run.state == states.DRAFT
    assert any("600103 丁一凡" in sentence and "核算输入" in sentence for sentence in run.problems)
    assert any("600105 马文涛" in sentence and "增值税" in sentence for sentence in run.problems)
    assert not run.slips.exists()
    assert fresh(run).job.state == Job.State.FAILED


def test_statements_do_not_grow_with_people(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """One chunk costs a fixed handful of statements, however many people it has."""
    run = _start(people)
    with CaptureQueriesContext(connection) as queries, committed():
        jobs.run(run.job_id)
    slips = [query for query in queries if "payroll_payslip" in query["sql"] and "INSERT" in query["sql"]]
    assert len(slips) == (connection.vendor != "postgresql")  # there they come in by COPY, which is no statement of a cursor
    assert len(queries) < 60
    assert run.slips.count() == 5


def test_a_changed_slip_is_replaced_under_its_own_key_and_the_others_stay_as_they_are(people: People) -> None:
    run = computed(people, AUGUST)
    before = {slip.staff_no: slip for slip in run.slips.all()}
    MonthlyInput.objects.filter(person=people["600103"]).update(other_allowance=Decimal(100))
    PaySlip.objects.filter(run=run).update(team="原样")  # no computation writes this: whoever still has it was not touched
    again = computed(people, AUGUST)
    after = {slip.staff_no: slip for slip in again.slips.all()}
    assert {number: slip.pk for number, slip in after.items()} == {number: slip.pk for number, slip in before.items()}
    assert [number for number, slip in after.items() if slip.team != "原样"] == ["600103"]
    assert after["600103"].gross_pay != before["600103"].gross_pay
    assert after["600103"].digest != before["600103"].digest


def test_a_computation_writes_every_column_but_the_confirmation() -> None:
    columns = {field.column for field in PaySlip._meta.concrete_fields}
    assert columns - set(SlipRow._fields) == {"id", "confirmed_at", "confirmed_by_id"}
