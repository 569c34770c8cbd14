"""Client rows to the managers' figures: the live aggregation, and the lock, against a bare INSERT … SELECT … GROUP BY."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from bench import worlds
from bench.goals import ratio_row, row
from bench.import_csv import FIRST, Bench, book_and_confirm
from bench.measure import Row, counted, pairs
from clients.figures.queries import live_values
from clients.figures.rules import SUMS

NEEDS_DATABASE = True


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
    size = 10_000 if reduced else 100_000
    worlds.ground()
    bench = Bench(size, size // 100)
    book_and_confirm(bench)
    amounts = ", ".join(f"{name} numeric" for name in (*SUMS, "moved"))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_figures (person bigint, clients int, {amounts})")
        cursor.execute("ANALYZE")
    took = pairs(lambda: live_values(bench.world.branch, FIRST), floor, reduced=reduced)
    with counted(connection) as counter:
        values = live_values(bench.world.branch, FIRST)
    wrong, shown = differences(values), f"{size:,} rows, {len(values):,} managers"
    return [
        ratio_row("figures.ratio", "figures of every manager", shown, took, "INSERT … SELECT GROUP BY", reduced),
        row("figures.statements", "statements for all figures", shown, counter.statements, str(counter.statements), reduced),
        row("figures.differences", "managers whose sums differ from it", shown, wrong, str(wrong), reduced),
    ]
