"""Two people at one month at the same moment: two imports, booking against 复核锁定, 计算 against 解锁, 发放 against 冲销.

Beside each the same acts without the lock that holds them apart, slowed down at the place where the other slips in.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench import worlds
from branch.jobs import actions as jobs
from branch.people.models import Person, RoleHolding
from clients.figures import actions as figures
from clients.figures import register as figures_register
from clients.figures.models import FiguresMonth
from clients.figures.queries import live_values
from clients.imports import actions as imports
from clients.imports.models import ClientMonth
from clients.imports.sheets import Upload
from clients.registry.actions import confirm_relations
from clients.registry.models import ConfirmationSlip
from kernel.refusals import Refusal
from payroll.corrections.actions.reversals import ask_reversal
from payroll.corrections.models import Reversal
from payroll.runs import actions as payroll
from payroll.runs.checks import live_run
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.states import APPROVED, COMPUTED, COMPUTING, ISSUED, REVERSING, REVIEW
from tests.factories.clients import client_row, csv_file
from tests.faults.checks import Checks, at_once, replaced

MONTH, PEOPLE, SLOW = worlds.FIRST, 4, 0.15


def _file(world: worlds.World, numbers: range, commission: str, name: str) -> Upload:
    who = world.people[0]
    net = str(Decimal(commission) - Decimal("7.01"))
    common = {
        "月份": str(MONTH),
        "营业部代码": world.branch.code,
        "客户经理工号": who.staff_no,
        "客户经理": who.name,
        "佣金收入": commission,
        "净佣金收入": net,
    }
    rows = [
        client_row(f"30{number:08d}", **common, **{"资金账号": f"{world.branch.pk:06d}{number:06d}"})  # noqa: PIE804 - Chinese names
        for number in numbers
    ]
    return csv_file(rows, name=name)


class Races:
    """Each round in a branch of its own."""

    def __init__(self) -> None:
        self.made, self.outcomes = 0, Counter[str]()
        self.colleague = Person.objects.create(staff_no="699999", name="同事")

    def at_once(self, *acts: Callable[[], Any]) -> list[str]:
        """Both at the same moment; how it went is counted."""
        words = at_once(*acts)
        self.outcomes[" / ".join(word.split(":")[0] for word in words)] += 1
        return words

    def world(self, ready: bool = False) -> worlds.World:
        self.made += 1
        made = worlds.branch_with(PEOPLE, code=f"R{self.made:04d}", first_staff_no=1_000_001 + 100 * self.made)
        for role in ("trade_admin", "branch_finance"):
            RoleHolding.objects.create(person=self.colleague, role=role, branch=made.branch, effective_from=date(2020, 1, 1))
        deputy = Person.objects.get(staff_no="600004")  # the reversal's second signer
        RoleHolding.objects.create(person=deputy, role="deputy_manager", branch=made.branch, effective_from=date(2020, 1, 1))
        self.colleague = Person.objects.get(pk=self.colleague.pk)  # a person remembers the roles they had
        if ready:
            worlds.scheme_and_opening(made)
            worlds.month_ready(made)
        return made

    def two_imports(self) -> str:
        """One after the other, whole: what stands is one of the files, and the serials have no gap."""
        world = self.world()
        first, second = _file(world, range(30), "80.00", "甲.csv"), _file(world, range(15, 45), "90.00", "乙.csv")
        words = self.at_once(
            lambda: imports.import_files(files=[first], branch=world.branch, by=world.importer),
            lambda: imports.import_files(files=[second], branch=world.branch, by=self.colleague),
        )
        rows = ClientMonth.objects.filter(branch=world.branch, month=MONTH)
        amounts = set(rows.values_list("net_commission", flat=True))
        numbers = sorted(ConfirmationSlip.objects.filter(branch=world.branch).values_list("number", flat=True))
        whole = rows.count() == 30 and len(amounts) == 1 and numbers == list(range(1, len(numbers) + 1))
        return (
            ""
            if whole and "done" in words and not _broken(words)
            else f"{words}, {rows.count()} rows, {amounts}, slips {numbers[-3:]}"
        )

    def booking_and_locking(self) -> str:
        """Whichever comes first: what is locked is what the rows say."""
        world = self.world()
        imports.import_files(files=[_file(world, range(20), "80.00", "甲.csv")], branch=world.branch, by=world.importer)
        confirm_relations(branch=world.branch, month=MONTH, by=world.importer)
        checked = imports.precheck(files=[_file(world, range(20), "95.00", "乙.csv")], branch=world.branch, by=self.colleague)
        assert checked.batch is not None
        words = self.at_once(
            lambda pk=checked.batch.pk: imports.confirm(batch_id=pk, by=self.colleague),
            lambda: figures.lock(branch=world.branch, month=MONTH, by=world.finance),
        )
        row = FiguresMonth.objects.get(branch=world.branch, month=MONTH)
        agrees = not row.is_locked or row.digest == figures.figures_digest(world.branch, MONTH, live_values(world.branch, MONTH))
        return "" if agrees and "done" in words and not _broken(words) else f"{words}, locked {row.is_locked}, agrees {agrees}"

    def computing_and_unlocking(self) -> str:
        """No slips stand on figures that are open again."""
        world = self.world(ready=True)

        def compute() -> None:
            run = payroll.compute(branch=world.branch, month=MONTH, by=world.finance)
            jobs.run(run.job_id or 0)

        words = self.at_once(compute, lambda: figures.unlock(branch=world.branch, month=MONTH, reason="更正", by=self.colleague))
        locked = FiguresMonth.objects.get(branch=world.branch, month=MONTH).is_locked
        slips = PaySlip.objects.filter(run__branch=world.branch, current=True).count()
        computed = PayRun.objects.filter(branch=world.branch, state=REVIEW).exists()
        fits = (locked and slips == PEOPLE and computed) or (not locked and not slips and not computed)
        return "" if fits and not _broken(words) else f"{words}, locked {locked}, {slips} slips, computed {computed}"

    def issuing_and_reversing(self) -> str:
        """What is paid is not being reversed."""
        world = self.world(ready=True)
        run = payroll.compute(branch=world.branch, month=MONTH, by=world.finance)
        jobs.run(run.job_id or 0)
        PayRun.objects.filter(pk=run.pk).update(state=APPROVED)
        day = PayRun.objects.get(pk=run.pk).pay_month.first
        words = self.at_once(
            lambda: payroll.issue(run_id=run.pk, issued_on=day, by=world.finance),
            lambda: ask_reversal(run_id=run.pk, reason="算错", by=self.colleague),
        )
        state, asked = PayRun.objects.get(pk=run.pk).state, Reversal.objects.filter(run=run).count()
        fits = words.count("done") == 1 and (state, asked) in ((ISSUED, 0), (REVERSING, 1))
        return "" if fits and not _broken(words) else f"{words}, {state}, {asked} reversals"


def _broken(words: list[str]) -> bool:
    return any(word.startswith("broken") for word in words)


def run(checks: Checks, folder: Path, reduced: bool) -> None:
    rounds = 10 if reduced else 100
    races = Races()
    tried = {
        "two imports of one month: one file stands whole, serials without a gap": (races.two_imports, None),
        "booking against 复核锁定: what is locked is what is booked": (races.booking_and_locking, _without_month_row),
        "计算 against 解锁: no slips on open figures": (races.computing_and_unlocking, _without_branch_row),
        "发放 against 冲销: one of them wins": (races.issuing_and_reversing, _without_run_row),
    }
    for name, (race, naive) in tried.items():
        races.outcomes.clear()
        wrong = [said for said in (race() for _ in range(rounds)) if said]
        went = ", ".join(f"{how} {count} ×" for how, count in races.outcomes.items())
        checks.check(name, not wrong, "; ".join(wrong[:2]) or f"{rounds} rounds, 0 wrong: {went}")
        if naive is None:
            continue
        with naive():
            races.outcomes.clear()
            wrong = [said for said in (race() for _ in range(min(rounds, 10))) if said]
        checks.control(
            f"control, without its lock: {name.split(':')[0]}", bool(wrong), wrong[0][:150] if wrong else "nothing went wrong"
        )


def _slowly(act: Callable[..., Any]) -> Callable[..., Any]:
    def slow(*given: Any, **named: Any) -> Any:
        found = act(*given, **named)
        time.sleep(SLOW)
        return found

    return slow


@contextmanager
def _without_month_row() -> Iterator[None]:
    def unlocked(branch: Any, month: Any) -> FiguresMonth:
        return FiguresMonth.objects.get_or_create(branch=branch, month=month)[0]

    with replaced(figures, month_row=unlocked, count=_slowly(figures.count)):
        yield


@contextmanager
def _without_branch_row() -> Iterator[None]:
    """As it was: the guard looks at the runs without taking the branch's row first."""

    def look(branch: Any, month: Any) -> None:
        found = live_run(branch, month)
        if found is not None and found.state in (COMPUTING, *COMPUTED):
            raise Refusal("正使用这些数据")
        time.sleep(SLOW * 4)

    with replaced(figures_register, require_unused=look):
        yield


@contextmanager
def _without_run_row() -> Iterator[None]:
    def unlocked(run_id: int) -> PayRun:
        found = PayRun.objects.select_related("branch", "maker", "scheme").get(pk=run_id)
        time.sleep(SLOW)
        return found

    with replaced(payroll, locked_run=unlocked):
        yield
