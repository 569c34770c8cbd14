"""Fifty writers draw serials, a fifth of them roll back: no gap, no double; each year its own run, also across new year."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from approvals.requests import kinds
from approvals.requests.actions import submitting
from branch.serials.actions import draw
from branch.serials.models import SerialCounter
from tests.approvals.conftest import World
from tests.faults.checks import Checks, at_once

WRITERS, YEARS = 50, ("2026", "2027")
MIDNIGHT = datetime(2026, 12, 31, 16, tzinfo=UTC)  # in Shanghai the year ends at 16:00 UTC


class _Rollback(Exception):
    """Taken back on purpose."""


def run(checks: Checks, folder: Path, reduced: bool) -> None:
    draws = 5 if reduced else 100
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
    _new_year(checks, draws)
    checks.control("control: a database sequence leaves gaps", both[-1] > len(both), f"{both[-1] - len(both)} gaps in {both[-1]}")


def _new_year(checks: Checks, draws: int) -> None:
    """Requests sent up on both sides of midnight in Shanghai, by the real verb: every number has the year of its own day."""
    world, seconds = World(), random.Random(31)
    world.three_signers()
    world.route(*World.THREE, kind="faults-year")
    kinds.register(_kind("faults-year"))
    moments = [MIDNIGHT + timedelta(seconds=seconds.uniform(-2, 2)) for _ in range(WRITERS)]
    clock = _Clock()
    made = list[tuple[datetime, str]]()

    def write(at: int) -> None:
        chance = random.Random(at)
        for _ in range(draws):
            clock.moment.set(moments[at])
            try:
                with transaction.atomic():
                    number = world.ask(kind="faults-year").number
                    if chance.random() < 0.2:
                        raise _Rollback
                made.append((moments[at], number))
            except _Rollback:
                pass

    former, submitting.timezone = submitting.timezone, clock  # type: ignore[assignment]
    try:
        words = at_once(*(lambda at=at: write(at) for at in range(WRITERS)))
    finally:
        submitting.timezone = former
    wrong = [word for word in words if word != "done"]
    wrong += [f"{number} at {at:%H:%M:%S} UTC" for at, number in made if number[3:7] != ("2027" if at >= MIDNIGHT else "2026")]
    for year in YEARS:
        numbers = sorted(int(number[8:]) for _, number in made if number[3:7] == year)
        wrong += [] if numbers and numbers == list(range(1, len(numbers) + 1)) else [f"{year}: {numbers[:10]}…"]
    counts = {year: sum(number[3:7] == year for _, number in made) for year in YEARS}
    checks.check(
        "serials across the new year: the local day's year, no gap, no double", not wrong, "; ".join(wrong[:3]) or f"{counts}"
    )
    by_utc = sum(at.year != int(number[3:7]) for at, number in made)
    checks.control(
        "control: the year by UTC is another for hours", by_utc > 0, f"{by_utc} of {len(made)} numbers in the wrong year"
    )


class _Clock:
    """`django.utils.timezone` with a moment for each thread."""

    def __init__(self) -> None:
        self.moment: ContextVar[datetime] = ContextVar("moment")

    def now(self) -> datetime:
        return self.moment.get()

    def localdate(self, value: datetime | None = None) -> date:
        return timezone.localdate(value or self.now())


def _kind(code: str) -> kinds.Kind:
    return kinds.Kind(
        code=code,
        label="试办事项",
        describe=lambda request: kinds.Document(facts=[], url="/"),
        on_approved=lambda request, by: None,
        on_returned=lambda request, by: None,
        on_rejected=lambda request, by: None,
        on_withdrawn=lambda request, by: None,
        may_sign=lambda person, request: None,
        may_see=lambda person, request: True,
        digest=lambda request: request.content_digest,
    )


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
