"""How speed is measured here: A and B by turns in one run, the median of the ratios, counts of queries and rows, peak memory.

Seconds are printed and never decide: a machine is noisy, a ratio of two things done in the same minute much less so.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

PAIRS, REDUCED_PAIRS = 5, 3


@dataclass
class Row:
    """A line of the table: what was measured, the goal and whether it is met, the gate and whether it holds."""

    work: str
    size: str
    ours: str
    floor: str
    ratio: float | None
    goal: str
    meets: bool
    gate: str = ""
    holds: bool = True

    @property
    def verdict(self) -> str:
        if not self.holds:
            return "BROKEN"
        return "ok" if self.meets else "misses"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Pairs:
    """Seconds of A and B, taken by turns."""

    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return median(a / b for a, b in zip(self.ours, self.floor, strict=True))

    @property
    def ours_s(self) -> float:
        return median(self.ours)

    @property
    def floor_s(self) -> float:
        return median(self.floor)


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call, with the garbage of what came before collected first."""
    gc.collect()
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def pairs(
    ours: Callable[[], object],
    floor: Callable[[], object],
    *,
    reduced: bool,
    before_ours: Callable[[], object] | None = None,
    before_floor: Callable[[], object] | None = None,
    warm: bool = True,
) -> Pairs:
    """Both by turns, 5 times (reduced 3), the order changing with each turn; `before_…` makes room and isn't timed."""
    found = Pairs()
    turns = [(ours, before_ours, found.ours), (floor, before_floor, found.floor)]
    for number in range((REDUCED_PAIRS if reduced else PAIRS) + warm):
        for work, before, seconds in turns if number % 2 else reversed(turns):
            if before is not None:
                before()
            took = timed(work)
            if number or not warm:
                seconds.append(took)
    return found


class Counter:
    """Counts the statements that went to the database while it was open."""

    def __init__(self) -> None:
        self.statements = 0
        self.seen: list[str] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.statements += 1
        self.seen.append(sql)
        return execute(sql, params, many, context)


@contextmanager
def counted(connection: Any) -> Iterator[Counter]:
    counter = Counter()
    with connection.execute_wrapper(counter):
        yield counter


def peak_memory(module: str, *arguments: str) -> float:
    """Calls `peak(*arguments)` of the module in a process of its own and returns that process's peak memory in MB.

    A process's peak never goes down: here, what ran before would be counted too.
    """
    command = [sys.executable, "-m", "bench.peak", module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[2:])} failed:\n{done.stderr[-3000:]}")
    return float(done.stdout.strip().splitlines()[-1])


class Clock:
    """Seconds of wall and of processor, the latter of this process and of its database session where both are on one machine.

    On a machine that does other work besides, the processor's seconds stay what they are and the wall's don't.
    """

    def __init__(self, connection: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self._session = Path(f"/proc/{cursor.fetchone()[0]}/stat")

    def now(self) -> tuple[float, float]:
        """(wall, processor), to subtract from a later one."""
        return time.perf_counter(), time.process_time() + self._of_session()

    def _of_session(self) -> float:
        try:
            spent = self._session.read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")


HEAD = ("work", "size", "ours", "floor", "ratio", "goal", "verdict", "gate")


def table(rows: list[Row]) -> str:
    """The rows under one head, columns aligned."""
    lines = [HEAD]
    for row in rows:
        ratio = "–" if row.ratio is None else f"{row.ratio:.2f} ×"
        lines.append((row.work, row.size, row.ours, row.floor, ratio, row.goal, row.verdict, row.gate or "–"))
    widths = [max(_width(line[at]) for line in lines) for at in range(len(HEAD))]
    text = ["  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)) for line in lines]
    text.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in text)


def _width(text: str) -> int:
    """Columns a terminal takes: Chinese signs take two."""
    return sum(2 if "⺀" <= sign <= "￯" else 1 for sign in text)


def seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"
