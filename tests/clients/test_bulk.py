"""Frames on their way into a table: one is sent while the next is made."""

from __future__ import annotations

import threading

import polars as pl
import pytest
from django.db import connection, transaction
from psycopg.errors import StringDataRightTruncation

from clients.bulk import cents, frames_into

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
COLUMNS = ("n", "said")


@pytest.fixture
def table() -> str:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE sent (n int, said varchar(5)) ON COMMIT DROP")
    return "sent"


def frame(first: int, said: str = "好") -> pl.DataFrame:
    return pl.DataFrame({"n": range(first, first + 1000), "said": [said] * 1000})


def there() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM sent ORDER BY ctid")
        return [number for (number,) in cursor.fetchall()]


def test_all_frames_come_in_and_in_their_order(table: str) -> None:
    send([frame(first) for first in range(0, 50_000, 1000)])
    assert there() == list(range(50_000))


def test_a_text_that_an_export_would_take_for_null_stays_a_text(table: str) -> None:
    with transaction.atomic(), frames_into("sent", COLUMNS) as write:
        write(pl.DataFrame({"n": [1, 2, 3], "said": ["\\N", "", None]}))
    with connection.cursor() as cursor:
        cursor.execute("SELECT said FROM sent ORDER BY n")
        assert cursor.fetchall() == [("\\N",), ("",), (None,)]


def test_texts_come_in_as_they_are_whatever_marks_they_hold(table: str) -> None:
    texts = ["\t", "a\nb", "\r\n", "\\.", "\\t", "\\", '"', '""', ",", " a ", "\\N\\", "é客"]
    for said in (*([text] for text in texts), texts):
        send([pl.DataFrame({"n": range(len(said)), "said": said})])
    with connection.cursor() as cursor:
        cursor.execute("SELECT said FROM sent ORDER BY ctid")
        assert [text for (text,) in cursor.fetchall()] == texts * 2


def test_whole_cents_come_in_as_yuan_with_two_places_whatever_their_size(table: str) -> None:
    amounts = [0, 1, -1, 99, -99, 100, -12_345, 10**14, -(10**17) - 5, 2**63 - 1, -(2**63)]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sent ADD amount numeric(20,2)")
    with transaction.atomic(), frames_into("sent", ("n", "amount"), money=["amount"]) as write:
        write(pl.DataFrame({"n": range(len(amounts)), "amount": amounts}))
    with connection.cursor() as cursor:
        cursor.execute("SELECT amount FROM sent ORDER BY n")
        assert [amount for (amount,) in cursor.fetchall()] == [cents(amount) for amount in amounts]


def send(frames: list[pl.DataFrame], then: Exception | None = None) -> None:
    with transaction.atomic(), frames_into("sent", COLUMNS) as write:
        for one in frames:
            write(one)
        if then is not None:
            raise then


@pytest.mark.parametrize("after", [0, 1, 20])
def test_what_the_table_does_not_take_is_told_whether_it_was_the_last_frame_or_not(table: str, after: int) -> None:
    with pytest.raises(StringDataRightTruncation):
        send([frame(0, "六个字就太长了"), *(frame(1000 * first) for first in range(after))])
    assert there() == []


def test_an_error_of_the_caller_waits_for_what_is_under_way_and_leaves_nothing(table: str) -> None:
    running = threading.active_count()
    with pytest.raises(ValueError, match="caller"):
        send([frame(0)], ValueError("caller"))
    assert there() == []
    assert threading.active_count() == running
