"""Five people press 计算 at the same moment, and the broker hands the message out three times."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection

from bench import worlds
from branch.audit.models import AuditRow
from branch.jobs import actions as jobs
from branch.jobs.models import Job
from branch.people.models import Person, RoleHolding
from kernel.months import Month
from payroll.runs import actions, computing
from payroll.runs.checks import live_run
from payroll.runs.models import PayRun, PaySlip
from tests.faults import runs
from tests.faults.checks import Checks, at_once, replaced

PRESSING, TRIES = 5, 3


def run(checks: Checks, folder: Path, reduced: bool) -> None:
    branch = runs.branches(1)[0]
    rounds = 10 if reduced else 100
    people = [Person.objects.create(staff_no=f"60090{at}", name=f"财务{at}") for at in range(PRESSING)]
    for person in people:
        RoleHolding.objects.create(person=person, role="branch_finance", branch=branch, effective_from=date(2020, 1, 1))
    wrong: list[str] = []
    for number in range(rounds):
        wrong += _round(number, branch, people)
    said = f"{rounds} rounds × {PRESSING} people × 3 deliveries"
    checks.check("five press 计算: one run, one job, one set of slips, one log row", not wrong, "; ".join(wrong[:5]) or said)
    digests = set(PayRun.objects.filter(branch=branch).values_list("digest", flat=True))
    checks.check("five press 计算: every round has the same digest", len(digests) == 1, f"{len(digests)} digest(s)")
    _control(checks, branch, people)


def _round(number: int, branch: worlds.Branch, people: list[Person]) -> list[str]:
    before = Job.objects.count()
    told = at_once(*(lambda who=who: actions.compute(branch=branch, month=worlds.FIRST, by=who) for who in people))
    found = [f"round {number}: {word}" for word in told if word.startswith("broken")]
    made = list(Job.objects.order_by("-pk")[: Job.objects.count() - before])
    if len(made) != 1:
        found.append(f"round {number}: {len(made)} jobs")
    told = at_once(*(lambda: jobs.run(made[0].pk) for _ in range(3)))
    found += [f"round {number}: {word}" for word in told if word != "done"]
    live = list(PayRun.objects.filter(branch=branch).live())
    if len(live) != 1 or live[0].headcount != runs.PEOPLE:
        return [*found, f"round {number}: {len(live)} live runs"]
    slips = PaySlip.objects.filter(month=worlds.FIRST, current=True, run__branch=branch)
    ends = AuditRow.objects.filter(act="run.computed", subject_id=str(live[0].pk)).count()
    if slips.count() != runs.PEOPLE or ends != 1:
        found.append(f"round {number}: {slips.count()} slips, {ends} ends")
    actions.void(run_id=live[0].pk, reason="再来一次", by=people[0])
    return found


def _control(checks: Checks, branch: worlds.Branch, people: list[Person]) -> None:
    """The same press without the branch's lock and the unique indexes; the same deliveries without the lease."""
    logging.disable(logging.CRITICAL)  # what breaks is told here
    with _lease_ignored():
        wrong = [said for number in range(TRIES) for said in _round(number, branch, people)]
    checks.control("control, without the lease: five press 计算, three deliveries", bool(wrong), _said(wrong))
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX job_one_at_a_time, pay_run_one_live")
        cursor.execute("ALTER TABLE payroll_payrun DROP CONSTRAINT pay_run_version")
    with replaced(actions, _opened=_opened_unlocked):
        wrong = _round(0, branch, people)
    checks.control("control, without the branch's lock and the unique indexes: five press 计算", bool(wrong), _said(wrong))
    logging.disable(logging.NOTSET)


def _said(wrong: list[str]) -> str:
    return wrong[0][:160] if wrong else "nothing went wrong"


def _opened_unlocked(branch: worlds.Branch, month: Month, pay_month: Month | None, by: Person) -> PayRun:
    """Look, then open."""
    run, last = live_run(branch, month), PayRun.objects.filter(branch=branch, month=month).order_by("version").last()
    time.sleep(0.1)
    return run or actions._open(branch=branch, month=month, pay_month=pay_month, last=last, by=by)


@contextmanager
def _lease_ignored() -> Iterator[None]:
    """Whoever gets the message works, and looks neither before nor while it does whether somebody else is at it."""

    def take(job_id: int) -> tuple[Job, str]:
        Job.objects.filter(pk=job_id).update(state=Job.State.RUNNING, lease_token="anybody's")
        return Job.objects.select_related("owner", "branch").get(pk=job_id), "anybody's"

    kept = computing._kept

    def slowly(**given: Any) -> Any:
        found = list(kept(**given))
        time.sleep(0.1)
        return found

    nothing = {"report": lambda *_, **__: None, "hold": lambda *_: None}
    with replaced(jobs, _take=take), replaced(jobs.Progress, **nothing), replaced(computing, _kept=slowly):
        yield
