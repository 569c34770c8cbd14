"""The goals and the gates, in one place.

A goal is what is aimed at; a figure beyond it is printed as "misses". One in seconds was set on another machine, and is held
against this one at its pace (`bench/pace.py`), which is printed beside it. A gate is what must hold for the command to end
well: only ratios against a floor taken in the same run, counts of statements, rows and differences, and peak memory, never
seconds. Ratios are generous (a busy machine of two cores still holds them); they catch a piece of work that has become a
different one, such as a query for each row. `full` and `reduced` differ where a fixed cost weighs more on a small size.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.measure import Pairs, Row, seconds
from bench.pace import pace


@dataclass(frozen=True)
class Goal:
    """`goal` in the unit of the measure (None: nothing is aimed at); `full`/`reduced`: the gate (None: printed, not gated);
    `unit` as shown."""

    goal: float | None
    full: float | None
    reduced: float | None
    unit: str

    def gate(self, reduced: bool) -> float | None:
        return self.reduced if reduced else self.full

    @property
    def pace(self) -> float:
        """How many times as long as where the goal was set anything takes here; of what is no time 1."""
        return pace() if self.unit in ("s", "ms") and self.goal is not None else 1

    def meets(self, value: float) -> bool:
        return self.goal is None or value <= self.goal * self.pace

    def holds(self, value: float, reduced: bool) -> bool:
        gate = self.gate(reduced)
        return gate is None or value <= gate

    def said(self) -> str:
        if self.goal is None:
            return "–"
        return f"≤ {self.goal:g} {self.unit}".strip() + (f" × pace {self.pace:.1f}" if self.pace > 1 else "")

    def gate_said(self, reduced: bool) -> str:
        gate = self.gate(reduced)
        return "" if gate is None else f"≤ {gate:g} {self.unit}".strip()


GOALS: dict[str, Goal] = {
    # measure: goal, gate in full, gate reduced, unit
    "read_xlsx.here": Goal(1.5, 2.5, 3.0, "×"),
    "read_xlsx.isolated": Goal(1.5, 3.5, None, "×"),  # a process of its own costs the same for 10 rows as for 100,000
    "import.ratio": Goal(8, 20, 30, "×"),
    "import.opening": Goal(None, 60, 60, "×"),  # once in a branch's life: what it writes is four tables' rows, not one's
    "import.again": Goal(0, 0, 0, "rows"),
    "import.differences": Goal(0, 0, 0, "differences"),
    "import.statements": Goal(30, 5, 5, "per 2,000 rows"),
    "import.memory": Goal(250, 450, 350, "MB"),
    "figures.ratio": Goal(2, 5, 8, "×"),
    "figures.branches": Goal(2, 6, 8, "×"),  # four statements a branch, however few its rows
    "figures.differences": Goal(0, 0, 0, "differences"),
    "figures.statements": Goal(10, 10, 10, "statements"),
    "pay.ratio": Goal(4, 6, 8, "×"),  # 3 s for 10,000 people, where the bare COPY of their slips takes 0.75 s
    "pay.statements": Goal(12, 6, 6, "per 500"),
    "pay.again": Goal(0, 0, 0, "rows"),
    "pay.memory": Goal(250, 220, 140, "MB"),
    "report.seconds": Goal(5, None, None, "s"),
    "report.ratio": Goal(1, 1.2, 1.5, "×"),
    "report.memory": Goal(120, 130, 130, "MB"),
    "report.differences": Goal(0, 0, 0, "differences"),
    "pages.errors": Goal(0, 0, 0, "pages"),
    "pages.queries": Goal(15, 15, 15, "queries"),
    "pages.p95": Goal(150, None, None, "ms"),
    "pages.growth": Goal(0, 0, 0, "more queries"),
    "lists.growth": Goal(1.2, 2, 2.5, "×"),
    "lists.p95": Goal(150, None, None, "ms"),
    "lists.queries": Goal(15, 15, 15, "statements"),
    "lists.scans": Goal(0, 0, 0, "searches"),
    "lists.errors": Goal(0, 0, 0, "pages"),
    "approvals.p95": Goal(150, None, None, "ms"),
    "approvals.worst": Goal(150, None, None, "ms"),
    "approvals.badge": Goal(150, None, None, "ms"),
    "approvals.growth": Goal(1.2, 2, 2.5, "×"),
    "approvals.lists": Goal(150, None, None, "ms"),
    "approvals.statements": Goal(15, 15, 15, "statements"),
    "approvals.errors": Goal(0, 0, 0, "pages"),
    "approvals.signing": Goal(60, None, None, "s"),  # 1,000 a minute
    "approvals.missing": Goal(0, 0, 0, "requests"),
    "busy.ratio": Goal(4, 10, None, "×"),
    "busy.errors": Goal(0, 0, 0, "pages"),
    "company.ratio": Goal(9.5, 40, 40, "×"),  # 20 s where COPY and GROUP BY of a million rows take 2.1 s
    "company.processor": Goal(None, None, None, "s"),
    "company.opening": Goal(None, 6, 6, "×"),  # once in a company's life; against the month after, in the same run
    "company.growth": Goal(1.2, 2, 2.5, "×"),
    "company.statements": Goal(200, 250, 250, "statements"),
    "company.missing": Goal(0, 0, 0, "missing"),
    "embedded.seconds": Goal(10, None, None, "s"),
    "embedded.differences": Goal(0, 0, 0, "differences"),
}


def row(key: str, work: str, size: str, value: float, shown: str, reduced: bool, *, floor: str = "–") -> Row:
    """A line of the table for a figure that is no ratio; `value` is in the unit of GOALS[key]."""
    goal = GOALS[key]
    gate, holds = goal.gate_said(reduced), goal.holds(value, reduced)
    return Row(work, size, shown, floor, None, goal.said(), goal.meets(value), gate, holds)


def ratio_row(key: str, work: str, size: str, took: Pairs, peer: str, reduced: bool) -> Row:
    """A line for two things timed by turns."""
    goal, ratio = GOALS[key], took.ratio
    floor = f"{seconds(took.floor_s)} ({peer})"
    gate, holds = goal.gate_said(reduced), goal.holds(ratio, reduced)
    return Row(work, size, seconds(took.ours_s), floor, ratio, goal.said(), goal.meets(ratio), gate, holds)


def unaimed(work: str, size: str, took: Pairs, peer: str) -> Row:
    """A line for two things timed by turns that is only there to be known: no goal, no gate."""
    return Row(work, size, seconds(took.ours_s), f"{seconds(took.floor_s)} ({peer})", took.ratio, "–", meets=True)
