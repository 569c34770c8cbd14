"""Client rows to the managers' figures: the live aggregation, and the lock, against a bare INSERT … SELECT … GROUP BY."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from bench import rows, worlds
from bench.goals import ratio_row, row
from bench.measure import Row, counted, pairs
from clients.figures.queries import live_values
from clients.figures.rules import SUMS
from kernel.months import Month

NEEDS_DATABASE = True
FIRST = Month(2026, 9)


def floor() -> None:
    """Sums by the manager the row names: no relations, no exceptions, no new accounts, no sales."""
    sums = ", ".join(f"sum({column})" for column in SUMS.values())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE bench_figures")
        cursor.execute(
            f"INSERT INTO bench_figures SELECT manager_id, count(*), {sums}, sum(assets_in - assets_out) "
            "FROM clients_clientmonth WHERE month = %s AND exception = '' GROUP BY manager_id",
            [FIRST.number],
        )


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
    return [*found, _branch_by_branch(branches, clients // branches, reduced)]


def _branch_by_branch(branches: int, clients: int, reduced: bool) -> Row:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE clients_clientmonth, clients_relation, clients_confirmationslip, clients_client CASCADE")
    company = rows.company(branches, 30, clients, [FIRST], code="C")
    took = pairs(lambda: [live_values(world.branch, FIRST) for world in company], floor, reduced=reduced)
    shown = f"{branches} branches of {clients:,} rows"
    return ratio_row("figures.branches", "the same, branch by branch", shown, took, "one statement for all", reduced)
