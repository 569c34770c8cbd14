"""A secret may be tried so often: by account and address, by address, by account from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client, RequestFactory
from structlog.testing import capture_logs

from branch.people import throttle
from branch.people.models import SignInAttempt
from tests.branch.conftest import Office

PASSWORD = "Correct-Horse-9"
NOW = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling


def tried(username: str, password: str, address: str = "10.0.0.1") -> bool:
    """Whether the log-in opened."""
    answer = Client(REMOTE_ADDR=address).post("/login/", {"username": username, "password": password})
    return answer.status_code == 302


def test_five_failures_of_an_account_from_an_address_shut_it_there_only(office: Office, clock: Any) -> None:
    office.add("700001", "新人", "trade_admin")
    for _ in range(throttle.PER_PAIR):
        assert not tried("700001", "no")
    assert not tried("700001", PASSWORD)
    assert tried("700001", PASSWORD, "10.0.0.2")  # another address, and fewer than ten failures in all


def test_the_lock_ends_by_itself_and_is_not_prolonged_by_knocking(office: Office, clock: Any) -> None:
    office.add("700001", "新人", "trade_admin")
    for _ in range(throttle.PER_PAIR):
        tried("700001", "no")
    clock.shift(timedelta(minutes=14))
    assert not tried("700001", PASSWORD)
    clock.shift(timedelta(minutes=2))
    assert tried("700001", PASSWORD)


def test_twenty_failures_from_an_address_shut_the_address(office: Office, clock: Any) -> None:
    office.add("700001", "新人", "trade_admin")
    for number in range(throttle.PER_ADDRESS - 1):
        tried(f"79{number:04}", "no")  # another account each time: spraying
    assert tried("700001", PASSWORD)  # nineteen shut nothing
    tried("799999", "no")
    assert not tried("700001", PASSWORD)
    assert tried("700001", PASSWORD, "10.0.0.2")


def test_ten_failures_of_an_account_from_anywhere_shut_the_account(office: Office, clock: Any) -> None:
    office.add("700001", "新人", "trade_admin")
    for number in range(throttle.PER_ACCOUNT - 1):
        tried("700001", "no", f"10.0.1.{number}")
    assert tried("700001", PASSWORD, "10.0.2.1")  # nine shut nothing, and what opened is not counted
    tried("700001", "no", "10.0.1.99")
    assert not tried("700001", PASSWORD, "10.0.2.1")


def test_a_success_forgets_the_pair_but_not_the_address(office: Office, clock: Any) -> None:
    office.add("700001", "新人", "trade_admin")
    for number in range(throttle.PER_ADDRESS - 1):
        tried(f"79{number:04}", "no")
    assert tried("700001", PASSWORD)
    assert SignInAttempt.objects.count() == throttle.PER_ADDRESS - 1
    tried("700001", "no")
    assert not tried("700001", PASSWORD)


def test_no_log_in_name_is_kept(office: Office) -> None:
    tried("Secret-Typed-Into-The-Wrong-Box", "no")
    row = SignInAttempt.objects.get()
    assert "Secret" not in f"{row.account}{row.address}{row.kind}"


def test_failures_and_refusals_are_logged_without_the_name(office: Office, clock: Any) -> None:
    with capture_logs() as said:
        for _ in range(throttle.PER_PAIR + 1):
            tried("700001", "no-such-password")
    assert [line["event"] for line in said if line["event"] != "request"] == ["sign_in_failed"] * 5 + ["sign_in_refused"]
    assert "700001" not in str(said)
    assert "no-such-password" not in str(said)


def test_old_attempts_are_forgotten(office: Office, clock: Any) -> None:
    tried("700001", "no")
    clock.shift(throttle.WINDOW + timedelta(seconds=1))
    assert throttle.forget_old() == 1


@pytest.mark.parametrize(
    ("count", "forwarded", "expected"),
    [
        (0, "6.6.6.6", "10.0.0.9"),  # no proxy of ours: what the client claims is not believed
        (1, "6.6.6.6, 172.16.0.5", "172.16.0.5"),
        (2, "6.6.6.6, 172.16.0.5, 10.1.1.1", "172.16.0.5"),
        (2, "172.16.0.5", "10.0.0.9"),  # shorter than it must be: nothing of it is believed
    ],
)
def test_only_our_own_proxies_say_where_one_comes_from(settings: Any, count: int, forwarded: str, expected: str) -> None:
    settings.PROXY_COUNT = count
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_FOR=forwarded)
    assert throttle.address_of(request) == expected


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_moment_are_counted_too() -> None:
    def let_in(account: str, count: int) -> int:
        """How many of so many guesses at once are let in to look at the secret."""

        def one(_: int) -> bool:
            try:
                return throttle.enter(throttle.PASSWORD, account, "10.0.0.1") is not None
            finally:
                connection.close()

        with ThreadPoolExecutor(count) as pool:
            return sum(pool.map(one, range(count)))

    assert let_in("700001", throttle.PER_PAIR) == throttle.PER_PAIR  # so many are nobody's fault
    assert let_in("700001", throttle.PER_PAIR) == 0
    met = let_in("700002", 2 * throttle.PER_PAIR)  # who meet may shut each other out, never let more in
    assert met <= throttle.PER_PAIR
    later = sum(throttle.enter(throttle.PASSWORD, "700002", "10.0.0.1") is not None for _ in range(2 * throttle.PER_PAIR))
    assert met + later == throttle.PER_PAIR  # who was shut out is not counted, who was let in is
