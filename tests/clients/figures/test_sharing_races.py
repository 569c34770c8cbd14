"""Two branches with one account, in real transactions: never are both months locked with the account undecided."""

from __future__ import annotations

import time
from threading import Event

import pytest

from clients.figures import sharing as figures_sharing
from clients.figures.models import FiguresMonth
from clients.imports import sharing
from kernel.months import Month
from tests.approvals.requests.test_actions_races import at_once
from tests.factories.neighbours import two_offices

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
OCTOBER = Month(2026, 10)
SAME = {"资金账号": "301000110001"}


@pytest.fixture
def slowly(monkeypatch):
    """Whoever has compared takes a moment, so that the other could come between."""
    sound = sharing.compare

    def late(*args, **given):
        found = sound(*args, **given)
        time.sleep(0.5)
        return found

    monkeypatch.setattr(sharing, "compare", late)


def locked():
    return sorted(FiguresMonth.objects.filter(state="locked").values_list("branch__code", "month"))


def test_of_two_that_lock_at_the_same_moment_neither_counts_it_unasked(transactional_db, slowly):
    here, there = two_offices()
    here.book(here.row(**SAME))
    there.book(there.row(**SAME))
    assert at_once(here.lock, there.lock) == ["refused account_twice"] * 2
    assert not locked()


@pytest.fixture
def brings_it_meanwhile(transactional_db, monkeypatch):
    """`here` was looked at before the account came to `there`. While `there` locks October and has looked for the last time,
    `here` brings its own October with the account and locks it."""
    here, there = two_offices()
    here.book(here.row(**SAME), month="2026-09")
    here.lock("2026-09")
    there.book(there.row(**SAME))
    looks, looked, over, sound = [], Event(), Event(), sharing.compare

    def compare(branch, month, **given):
        found = sound(branch, month, **given)
        if branch == there.branch:
            looks.append(month)
            if len(looks) == 2:
                looked.set()
                over.wait(2)
        return found

    def bring():
        looked.wait(10)
        here.book(here.row(**SAME))
        try:
            here.lock()
        finally:
            over.set()

    monkeypatch.setattr(sharing, "compare", compare)
    return lambda: at_once(there.lock, bring)


def test_who_brings_the_account_while_the_other_locks_waits_and_is_asked(brings_it_meanwhile):
    assert brings_it_meanwhile() == ["done", "refused account_twice"]
    assert [code for code, month in locked() if month == OCTOBER] == ["0755NS"]


def test_without_the_others_month_held_both_would_have_it(brings_it_meanwhile, monkeypatch):
    monkeypatch.setattr(figures_sharing, "_hold", lambda branches, month: None)
    assert brings_it_meanwhile() == ["done", "done"]
    assert [code for code, month in locked() if month == OCTOBER] == ["0755FT", "0755NS"]


def test_whose_month_is_being_worked_at_is_not_waited_for(transactional_db, slowly):
    """Each finds the other's account for the first time, and holds its own month."""
    here, there = two_offices()
    here.book(here.row("1", **SAME), here.row("2", 资金账号="9"), month="2026-09")
    there.book(there.row("7", 资金账号="9"), there.row("8"), month="2026-09")
    here.book(here.row("2", 资金账号="9"))
    there.book(there.row("8"))
    words = at_once(here.lock, there.lock)
    assert set(words) <= {"done", "refused others_at_work"}
    assert "refused others_at_work" in words
