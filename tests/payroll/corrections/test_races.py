"""Two people at once, in real transactions. Each race has a negative control: without its guard it must go wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import DatabaseError, connection

from approvals.requests.actions import decide
from kernel.refusals import Refusal
from payroll.corrections.actions import corrections
from payroll.corrections.actions.reversals import ask_reversal
from payroll.corrections.models import Correction, PayAdjustment, Reversal
from payroll.corrections.states import UNFINISHED, VOID
from payroll.runs import actions
from payroll.runs import states as runs
from payroll.runs.models import PayRun
from tests.factories.branch import People
from tests.factories.close import computed
from tests.factories.runs import AUGUST, SEPTEMBER, approved_run, fresh, make_ready, paid_run, ready_small_branch, sign, three
from tests.payroll.corrections import worlds

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROUNDS = 10


@pytest.fixture
def people(transactional_db: None) -> People:
    return ready_small_branch()


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """Run the acts at the same moment in threads of their own; what became of each: done, refused, broken."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        try:
            barrier.wait(10)
            act()
        except Refusal:
            return "refused"
        except DatabaseError:
            return "broken"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


# --- two corrections of one month ------------------------------------------------------------------------------------
def two_corrections(people: People) -> list[list[str]]:
    paid_run(people, AUGUST)
    results = []
    for _ in range(ROUNDS):
        act = lambda: corrections.open_correction(  # noqa: E731
            branch=people.branch, month=AUGUST, reason="职责分录错", by=people["600002"]
        )
        results.append(at_once(act, act))
        results[-1].append(str(Correction.objects.filter(state__in=UNFINISHED).count()))
        Correction.objects.update(state=VOID)
    return results


def test_of_two_corrections_of_one_month_one_is_opened(people: People) -> None:
    assert {tuple(result) for result in two_corrections(people)} == {("done", "refused", "1")}


@pytest.fixture
def without_the_index() -> Iterator[None]:
    """The naive table: only the look before the leap."""
    constraint = next(one for one in Correction._meta.constraints if one.name == "correction_one_open")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Correction, constraint)
    yield
    with connection.schema_editor() as editor:
        editor.add_constraint(Correction, constraint)


def test_control_without_the_index_two_stand_side_by_side(people: People, without_the_index: None) -> None:
    assert "2" in {result[-1] for result in two_corrections(people)}


# --- reversing against paying ----------------------------------------------------------------------------------------
def reverse_and_pay(people: People) -> list[tuple[list[str], str]]:
    run = approved_run(people, AUGUST)
    results = []
    for _ in range(ROUNDS):
        told = at_once(
            lambda: ask_reversal(run_id=run.pk, reason="职责分录错", by=people["600002"]),
            lambda: actions.issue(run_id=run.pk, issued_on=date(2026, 9, 7), by=people["600002"]),
        )
        results.append((told, fresh(run).state))
        Reversal.objects.all().delete()
        PayRun.objects.filter(pk=run.pk).update(state=runs.APPROVED, issued_on=None, issued_by=None)
    return results


def test_a_run_is_either_paid_or_held_for_reversal(people: People) -> None:
    for told, state in reverse_and_pay(people):
        assert told == ["done", "refused"]
        assert state in (runs.ISSUED, runs.REVERSING)


def test_control_without_the_runs_lock_both_are_done(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked(run_id: int) -> PayRun:
        found = PayRun.objects.select_related("branch", "maker", "scheme").get(pk=run_id)
        time.sleep(0.05)
        return found

    monkeypatch.setattr(actions, "locked_run", unlocked)
    assert ["done", "done"] in [told for told, _ in reverse_and_pay(people)]


# --- approving a correction while the next month is sent up ----------------------------------------------------------
def approve_and_send_up(people: People, monkeypatch: pytest.MonkeyPatch, *, patience: float) -> tuple[list[str], bool]:
    """What became of both, and whether September is under signature without the approved difference. `patience`: seconds that
    each of the two, once it has looked, waits until the other has looked as well."""
    make_ready(people, SEPTEMBER)
    paid_run(people, AUGUST)
    run = computed(people, SEPTEMBER)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "65")
    found = worlds.sent(people, worlds.reckoned(people, correction))
    accountant, deputy, manager = three(people)
    sign(found.approval, accountant, deputy)
    check, look = corrections.require_current, actions.require_predecessor
    both_looked = Barrier(2)

    def wait() -> None:
        with suppress(BrokenBarrierError):
            both_looked.wait(patience)

    def checked(one: Correction) -> None:
        check(one)
        wait()

    def last_looked(one: PayRun) -> None:
        look(one)  # the last of its checks
        wait()

    monkeypatch.setattr(corrections, "require_current", checked)
    monkeypatch.setattr(actions, "require_predecessor", last_looked)
    told = at_once(
        lambda: decide(
            request_id=found.approval_id,
            act="agree",
            opinion="",
            seen_digest=found.digest,
            by=manager,
            reentered=True,
        ),
        lambda: actions.send_up(run_id=run.pk, by=people["600002"]),
    )
    without = fresh(run).state == runs.APPROVING and PayAdjustment.objects.exists()
    return told, without


def test_a_month_is_not_sent_up_without_a_difference_approved_meanwhile(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    assert approve_and_send_up(people, monkeypatch, patience=0.5) == (["done", "refused"], False)


def test_control_without_the_branchs_lock_it_is(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "lock_branch", lambda branch: None)
    monkeypatch.setattr(corrections, "lock_branch", lambda branch: None)
    assert approve_and_send_up(people, monkeypatch, patience=30) == (["done", "done"], True)
