"""Client rows to the managers' figures: the live aggregation against a bare INSERT … SELECT … GROUP BY.

A branch as large as the company is held against one such statement. Branch by branch, as figures are asked for, the same is held
against that statement branch by branch. Its goal was once set against one statement for all of them, which no close of a branch
could use: that ratio is still printed, without a goal.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from bench import rows, worlds
from bench.goals import ratio_row, row, unaimed
from bench.measure import Row, counted, pairs
from branch.org.models import Branch
from clients.figures.queries import live_values
from clients.figures.rules import SUMS
from kernel.months import Month

NEEDS_DATABASE = True
FIRST = Month(2026, 9)


def plain_sums(table: str, manager: str, where: str = "true") -> str:
    """Sums by the manager the row names: no relations, no exceptions, no new accounts, no sales."""
    sums = ", ".join(f"sum({column}) AS {name}" for name, column in SUMS.items())
    return (
        f"SELECT {manager}, count(*), {sums}, sum(assets_in - assets_out) AS moved FROM {table} WHERE {where} GROUP BY {manager}"
    )


def floor(branch: Branch | None = None) -> None:
    """The plain sums of one branch or of all."""
    which, given = ("AND branch_id = %s", [branch.pk]) if branch is not None else ("", [])
    with transaction.atomic(), connection.cursor() as cursor:
        if branch is None:
            cursor.execute("TRUNCATE bench_figures")
        wanted = plain_sums("clients_clientmonth", "manager_id", f"month = %s AND exception = '' {which}")
        cursor.execute(f"INSERT INTO bench_figures {wanted}", [FIRST.number, *given])


def differences(values: dict[int, dict[str, Any]]) -> int:
    """Managers whose sums are not those of the plain statement: here every relation is confirmed, so they must agree."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM bench_figures")
        plain = {line[0]: line[1:] for line in cursor.fetchall()}
    return sum(
        (figures["clients_end"], *(figures[name] for name in SUMS), figures["net_new_assets_raw"])
        != plain.get(person, (0,) * (len(SUMS) + 2))
        for person, figures in values.items()
    )


def run(reduced: bool) -> list[Row]:
    """A branch as large as the company, and the company's branches one after the other, each against one bare statement."""
    managers, clients = (450, 50_000) if reduced else (9_000, 1_000_000)
    branches = 15 if reduced else 300
    worlds.ground()
    amounts = ", ".join(f"{name} numeric" for name in (*SUMS, "moved"))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_figures (person bigint, clients int, {amounts})")
    (large,) = rows.company(1, managers, clients, [FIRST])
    took = pairs(lambda: live_values(large.branch, FIRST), floor, reduced=reduced)
    with counted(connection) as counter:
        values = live_values(large.branch, FIRST)
    wrong, shown = differences(values), f"{clients:,} rows, {len(values):,} managers"
    found = [
        ratio_row("figures.ratio", "figures of every manager", shown, took, "INSERT … SELECT GROUP BY", reduced),
        row("figures.statements", "statements for all figures", shown, counter.statements, str(counter.statements), reduced),
        row("figures.differences", "managers whose sums differ from it", shown, wrong, str(wrong), reduced),
    ]
    return [*found, *_branch_by_branch(branches, clients // branches, reduced)]


def _branch_by_branch(branches: int, clients: int, reduced: bool) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE clients_clientmonth, clients_relation, clients_confirmationslip, clients_client CASCADE")
    company = [world.branch for world in rows.company(branches, 30, clients, [FIRST], code="C")]
    shown = f"{branches} branches of {clients:,} rows"

    def ours() -> None:
        for branch in company:
            live_values(branch, FIRST)

    def each() -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE bench_figures")
        for branch in company:
            floor(branch)

    took, at_once = pairs(ours, each, reduced=reduced), pairs(ours, floor, reduced=reduced)
    return [
        ratio_row("figures.branches", "the same, branch by branch", shown, took, "INSERT … SELECT, branch by branch", reduced),
        unaimed("the same, against all at once", shown, at_once, "one statement for all"),
    ]
