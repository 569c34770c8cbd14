"""The embedded default: the demonstration branch's October from its files to the signers' desk, on SQLite, without servers."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from decimal import Decimal

from django.core.management import call_command

from bench.goals import row
from bench.measure import Row, seconds
from branch.people.queries import branch_by_code, person_for
from clients.figures.actions import lock
from clients.imports.actions import import_files
from clients.imports.sheets import Upload
from clients.registry.actions import confirm_relations
from config import demo
from config.demo_steps import FINANCE, TRADE
from kernel.months import Month
from payroll.intake.actions import import_inputs
from payroll.runs import actions
from payroll.runs.models import PayRun

NEEDS_DATABASE = True
OCTOBER = Month(2026, 10)


def close() -> dict[str, float]:
    """Seconds of each step, as the persons whose work it is."""
    branch, trade, finance = branch_by_code(demo.BRANCH_CODE), person_for(TRADE), person_for(FINANCE)
    took: dict[str, float] = {}

    def step(name: str, work: Callable[[], object]) -> None:
        begun = time.perf_counter()
        work()
        took[name] = time.perf_counter() - begun

    uploads = [Upload.of(path.name, path.read_bytes()) for path in demo.client_files(OCTOBER)]
    inputs = demo.FILES / f"核算输入_{OCTOBER}.xlsx"
    step("import", lambda: import_files(files=uploads, branch=branch, by=trade))
    step("relations", lambda: confirm_relations(branch=branch, month=OCTOBER, by=trade))
    step("lock", lambda: lock(branch=branch, month=OCTOBER, by=finance))
    step("inputs", lambda: import_inputs(content=inputs.read_bytes(), name=inputs.name, branch=branch, by=finance))
    step("compute", lambda: actions.compute(branch=branch, month=OCTOBER, by=finance))
    step("send up", lambda: actions.send_up(run_id=PayRun.objects.get(branch=branch, month=OCTOBER).pk, by=finance))
    return took


def differences() -> int:
    """Cells of the slips that are not those of expected_2026-10.csv."""
    with (demo.FILES / f"expected_{OCTOBER}.csv").open(encoding="utf-8") as file:
        wanted = {line.pop("工号"): line for line in csv.DictReader(file)}
    slips = {slip.staff_no: slip.figures for slip in PayRun.objects.get(month=OCTOBER).slips.all()}
    wrong = len(wanted.keys() ^ slips.keys())
    for staff_no, cells in wanted.items():
        wrong += sum(Decimal(slips[staff_no][name]) != Decimal(text) for name, text in cells.items() if name != "姓名")
    return wrong


def run(reduced: bool) -> list[Row]:
    call_command("seed_reference", stdout=io.StringIO())
    call_command("seed_demo", stage="october", stdout=io.StringIO())
    took = close()
    whole, wrong, size = sum(took.values()), differences(), "36 people, October"
    steps = ", ".join(f"{name} {seconds(value)}" for name, value in took.items())
    return [
        row(
            "embedded.seconds",
            "import → confirm → lock → inputs → compute → send up",
            size,
            whole,
            seconds(whole),
            reduced,
            floor=steps,
        ),
        row("embedded.differences", "cells that differ from the expected pay", size, wrong, str(wrong), reduced),
    ]
