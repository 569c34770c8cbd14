"""Next year's holidays: from November on the page and the to-dos say that nobody has entered them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import time_machine
from django.test import Client

from branch.calendar.actions import set_day
from branch.calendar.queries import years_missing
from branch.calendar.rules import years_due
from branch.people.models import Person
from branch.workbench.register import todos_for
from tests.branch.conftest import Office

TODO = "2027 年的放假安排还没有录入日历"


def labels(person: Person) -> list[str]:
    person.__dict__.pop("_holdings", None)
    return [todo.label for todo in todos_for(person)]


@pytest.mark.parametrize(
    ("today", "years"),
    [(date(2026, 10, 31), [2026]), (date(2026, 11, 1), [2026, 2027]), (date(2027, 1, 1), [2027])],
)
def test_which_years_are_due(today: date, years: list[int]) -> None:
    assert years_due(today) == years


def test_from_november_the_missing_year_is_told_until_it_is_entered(office: Office, signed_in: Callable[[str], Client]) -> None:
    admin = office["100009"]
    with time_machine.travel("2026-10-31 12:00"):
        assert TODO not in labels(admin)
    with time_machine.travel("2026-11-01 12:00"):
        assert TODO in labels(admin)
        assert TODO not in labels(office["600005"]), "who can't enter it isn't asked"
        page = signed_in("100009").get("/calendar/").content.decode()
        assert "2027 年的放假安排还没有录入" in page
        assert "请按国务院办公厅的放假通知" in page
        assert "请联系人力资源部或系统管理员录入" in signed_in("600005").get("/calendar/").content.decode()
        set_day(day=date(2027, 2, 5), kind="market_closure", name="休市", reason="交易所通知", by=admin)
        assert years_missing(date(2026, 11, 1)) == [2027], "a closure alone is no holiday"
        set_day(day=date(2027, 1, 1), kind="statutory_holiday", name="元旦", reason="国办发明电〔2026〕1号", by=admin)
        assert years_missing(date(2026, 11, 1)) == []
        assert TODO not in labels(admin)
        assert "还没有录入" not in signed_in("100009").get("/calendar/").content.decode()
