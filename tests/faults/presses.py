"""Five people press 计算 at the same moment, and the broker hands the message out three times."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

from django.db import connection

from bench import worlds
from branch.audit.models import AuditRow
from branch.jobs import actions as jobs
from branch.jobs.models import Job
from branch.people.models import Person, RoleHolding
from payroll.runs import actions
from payroll.runs.models import PayRun, PaySlip
from tests.faults import runs
from tests.faults.checks import Checks, at_once

PRESSING = 5


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
    _control(checks, rounds)


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


def _control(checks: Checks, rounds: int) -> None:
    """Look, then create: what a double click finds without the row lock and the unique index."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE fault_press (round int)")

    def press(number: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM fault_press WHERE round = %s", [number])
            if not cursor.fetchone()[0]:
                time.sleep(0.005)
                cursor.execute("INSERT INTO fault_press VALUES (%s)", [number])

    for number in range(rounds):
        at_once(*(lambda number=number: press(number) for _ in range(PRESSING)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM fault_press")
        made = cursor.fetchone()[0]
    checks.control("control: look first, then create, makes several", made > rounds, f"{made} runs in {rounds} rounds")
