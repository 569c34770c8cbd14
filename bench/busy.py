"""Pages while a close runs: the same requests at the same rate alone, beside a worker that reckons, and alone again."""

from __future__ import annotations

import subprocess
import sys
from statistics import mean

from django.urls import reverse

from bench import pay, rows, worlds
from bench.goals import row
from bench.measure import Row
from bench.serving import ask_steadily, cookie_of, quantile, served

NEEDS_DATABASE = True
MONTH = worlds.FIRST.next


def peak() -> None:
    """What the worker beside the pages does: the branch's pay, again and again, until it is stopped."""
    world = worlds.known()
    while True:
        pay.ours(pay.reset(world))


def run(reduced: bool) -> list[Row]:
    people, clients, count = (500, 5_000, 50) if reduced else (2_000, 100_000, 600)
    worlds.ground()
    world = worlds.ready_to_compute(people)[0]
    rows.fill([world], people, clients, [MONTH])
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
    size = f"{people:,} people, {clients:,} clients, 5 a second"
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
