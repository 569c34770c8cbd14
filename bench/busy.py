"""Pages while a close runs: the same requests at the same rate alone, beside a worker that reckons, and alone again.

A person of one branch asks; the worker reckons that branch and the others, one after the other. Branches are of a hundred people,
some three times the demonstration's: a page shows what a large branch's would.
"""

from __future__ import annotations

import subprocess
import sys
from statistics import mean

from django.urls import reverse

from bench import pay, rows, worlds
from bench.goals import row
from bench.measure import Row
from bench.serving import ask_steadily, cookie_of, quantile, served
from branch.people.models import RoleHolding
from config import demo

NEEDS_DATABASE = True
MONTH = worlds.FIRST.next
PEOPLE = 100


def peak() -> None:
    """What the worker beside the pages does: the pay of every branch, again and again, until it is stopped."""
    found = worlds.known()
    while True:
        pay.forget_runs()
        for world in found:
            pay.ours(pay.begin(world))


def run(reduced: bool) -> list[Row]:
    branches, clients, count = (5, 1_000, 50) if reduced else (20, 5_000, 600)
    worlds.ground()
    found = worlds.ready_to_compute(PEOPLE, codes=[demo.BRANCH_CODE, *(f"Q{at:03d}" for at in range(1, branches))])
    rows.fill(found, PEOPLE, clients, [MONTH])
    world = found[0]
    RoleHolding.objects.filter(person=world.importer).exclude(branch=world.branch).delete()  # at work in one branch only
    pages = [reverse("clients:list"), reverse("clients:figures-month", args=[MONTH]), reverse("clients:slip-list"), "/"]
    cookie = cookie_of(world.importer)
    with served() as port:
        ask_steadily(port, pages, cookie, rate=5, count=20)
        before = ask_steadily(port, pages, cookie, rate=5, count=count)
        worker = subprocess.Popen([sys.executable, "-m", "bench.peak", "bench.busy"])
        try:
            ask_steadily(port, pages, cookie, rate=5, count=20)
            beside = ask_steadily(port, pages, cookie, rate=5, count=count)
            assert worker.poll() is None, "the worker ended early"
        finally:
            worker.terminate()
            worker.wait(timeout=30)
        after = ask_steadily(port, pages, cookie, rate=5, count=count)
    idle, busy = mean((quantile(before, 0.95), quantile(after, 0.95))), quantile(beside, 0.95)
    wrong = sorted({f"{answer.status} {answer.address}" for answer in (*before, *beside, *after) if answer.status != 200})
    size = f"{branches} branches of {PEOPLE} people and {clients:,} clients, 5 a second"
    shown = f"{quantile(before, 0.95):.0f} → {busy:.0f} → {quantile(after, 0.95):.0f} ms"
    return [
        row(
            "busy.ratio",
            "p95 of pages beside a worker that reckons",
            size,
            busy / idle,
            shown,
            reduced,
            floor=f"idle {idle:.0f} ms",
        ),
        row("busy.errors", "pages that did not answer 200", size, len(wrong), ", ".join(wrong) or "none", reduced),
    ]
