"""When clients stay, when they count for their new manager, when a late move begins."""

from __future__ import annotations

from datetime import date

import pytest

from kernel.months import Month
from kernel.refusals import Refusal
from teams.plans.moves import rules


@pytest.mark.parametrize(
    ("now", "then", "keeps"), [((1, 2, 3), (1, 2, 4), True), ((1, 2, 3), (1, 5, 3), False), ((1, 2, 3), (6, 7, 4), False)]
)
def test_clients_stay_when_only_the_outlet_changes(now: rules.Place, then: rules.Place, keeps: bool) -> None:
    assert rules.keeps_clients(now, then) is keeps


@pytest.mark.parametrize(
    ("today", "last_day", "month"),
    [
        (date(2026, 8, 25), date(2026, 8, 31), Month(2026, 9)),
        (date(2026, 8, 25), date(2026, 9, 9), Month(2026, 10)),
        (date(2026, 9, 3), date(2026, 8, 31), Month(2026, 10)),
        (date(2026, 12, 31), date(2026, 12, 31), Month(2027, 1)),
    ],
)
def test_handed_clients_count_from_the_month_after_both(today: date, last_day: date, month: Month) -> None:
    assert rules.first_month(today, last_day) == month


def test_a_move_never_begins_before_its_handover() -> None:
    assert rules.day_of_effect(date(2026, 5, 10), date(2026, 5, 1)) == date(2026, 5, 10)
    assert rules.day_of_effect(date(2026, 5, 10), date(2026, 5, 12)) == date(2026, 5, 12)


def test_the_same_place_and_an_empty_reason_are_refused() -> None:
    for call in (
        lambda: rules.require_another_place((1, 2, 3), (1, 2, 3)),
        lambda: rules.require_reason("  ", to="原因"),
        lambda: rules.require_reason("长" * 401, to="原因"),
        lambda: rules.require_nothing_bound(["客户 3 项"], verb="办结"),
    ):
        with pytest.raises(Refusal):
            call()
    rules.require_nothing_bound([], verb="办结")
