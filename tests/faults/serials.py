"""Twenty writers draw serials, a fifth of them roll back: no gap, no double, and each year its own run."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

from django.db import connection, transaction

from branch.serials.actions import draw
from branch.serials.models import SerialCounter
from tests.faults.checks import Checks, at_once

WRITERS, YEARS = 20, ("2026", "2027")


class _Rollback(Exception):
    """Taken back on purpose."""


def run(checks: Checks, folder: Path, reduced: bool) -> None:
    draws = 10 if reduced else 100
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE fault_serial (way text, year text, number int)")
        cursor.execute("CREATE SEQUENCE fault_sequence")
    kept = _race("draw", draws, lambda year: draw("faults", period=year)[0])
    for year in YEARS:
        numbers = _numbers("draw", year)
        last = SerialCounter.objects.get(series="faults", period=year).last
        whole = numbers == list(range(1, last + 1))
        said = f"{len(numbers)} numbers of {WRITERS} writers, {WRITERS * draws - kept} of {WRITERS * draws} rolled back"
        checks.check(f"serials of {year}: no gap, no double", whole and numbers, said if whole else f"{numbers[:30]} … {last}")
    _race("highest", draws, _highest_and_one)
    numbers = _numbers("highest", YEARS[0])
    checks.control("control: the highest number and one gives doubles", len(set(numbers)) < len(numbers), _doubles(numbers))
    _race("sequence", draws, lambda year: _one("SELECT nextval('fault_sequence')"))
    both = sorted(_numbers("sequence", YEARS[0]) + _numbers("sequence", YEARS[1]))
    checks.control("control: a database sequence leaves gaps", both[-1] > len(both), f"{both[-1] - len(both)} gaps in {both[-1]}")


def _race(way: str, draws: int, number: Callable[[str], int]) -> int:
    """Everybody draws `draws` times; every fifth is rolled back. Returns how many stayed."""
    stayed = []

    def write(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(draws):
            year = chance.choice(YEARS)
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("INSERT INTO fault_serial VALUES (%s, %s, %s)", [way, year, number(year)])
                    if chance.random() < 0.2:
                        raise _Rollback
                stayed.append(1)
            except _Rollback:
                pass

    words = at_once(*(lambda seed=seed: write(seed) for seed in range(WRITERS)))
    assert words == ["done"] * WRITERS, words
    return len(stayed)


def _numbers(way: str, year: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM fault_serial WHERE way = %s AND year = %s ORDER BY number", [way, year])
        return [row[0] for row in cursor]


def _one(sql: str, *params: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.fetchone()[0])


def _highest_and_one(year: str) -> int:
    found = _one("SELECT coalesce(max(number), 0) + 1 FROM fault_serial WHERE way = 'highest' AND year = %s", year)
    time.sleep(0.001)
    return found


def _doubles(numbers: list[int]) -> str:
    return f"{len(numbers) - len(set(numbers))} doubles in {len(numbers)}"
