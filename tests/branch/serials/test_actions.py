from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
from django.db import connection, models, transaction

from branch.serials.actions import draw
from branch.serials.models import SerialCounter

WRITERS, EACH = 20, 10


@pytest.mark.django_db
def test_numbers_follow_one_another_and_each_run_is_its_own() -> None:
    assert list(draw("pay_run", scope="0755FT", period="2026")) == [1]
    assert list(draw("pay_run", scope="0755FT", period="2026", count=3)) == [2, 3, 4]
    assert list(draw("pay_run", scope="0755FT", period="2027")) == [1]
    assert list(draw("pay_run", scope="0755LH", period="2026")) == [1]


@pytest.mark.django_db
def test_a_rollback_gives_the_number_back() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        draw("a", period="2026")
        raise ZeroDivisionError
    assert list(draw("a", period="2026")) == [1]


@pytest.mark.django_db(transaction=True)
def test_a_number_is_drawn_inside_a_transaction_only() -> None:
    with pytest.raises(RuntimeError):
        draw("a", period="2026")


@pytest.mark.django_db
def test_nothing_drawn_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        draw("a", period="2026", count=0)


class _Undone(Exception):
    """A forced rollback."""


def writers(pull: Any) -> list[int]:
    """20 writers draw 10 numbers each, every fifth transaction rolled back; the numbers that were kept."""

    def one(seed: int) -> list[int]:
        kept, chance = [], Random(seed)
        try:
            for _ in range(EACH):
                try:
                    with transaction.atomic():
                        number = pull()
                        if chance.random() < 0.2:
                            raise _Undone
                    kept.append(number)
                except _Undone:
                    pass
        finally:
            connection.close()
        return kept

    with ThreadPoolExecutor(WRITERS) as pool:
        return [number for numbers in pool.map(one, range(WRITERS)) for number in numbers]


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_twenty_writers_leave_no_gap_and_no_double() -> None:
    kept = writers(lambda: draw("race", scope="0755FT", period="2026")[0])
    assert len(kept) < WRITERS * EACH  # some were really rolled back
    assert sorted(kept) == list(range(1, len(kept) + 1))


def naive() -> int:
    """What a careless hand would write: read, add one, save."""
    counter, _ = SerialCounter.objects.get_or_create(series="naive", scope="", period="2026")
    number = counter.last + 1
    SerialCounter.objects.filter(pk=counter.pk).update(last=models.Value(number))
    return number


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_race_would_catch_a_naive_counter() -> None:
    SerialCounter.objects.create(series="naive", scope="", period="2026")
    kept = writers(naive)
    assert len(set(kept)) < len(kept)
