"""A row against itself, and whose it is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from branch.org.models import Branch
from clients.imports.checking import ClientCheck
from clients.imports.rules import Manager, balance, impossible_month, manager_exception
from clients.imports.sheets import open_upload
from kernel.months import Month
from tests.factories.clients import client_row, csv_file

OCTOBER = Month(2026, 10)
cents = st.integers(-(10**9), 10**9).map(lambda number: Decimal(number) / 100)


@given(cents, st.tuples(cents, cents, cents, cents))
def test_the_balance_is_exact_to_the_cent(gross, fees):
    assert balance(gross, fees) + sum(fees) == gross


@pytest.mark.parametrize(
    ("month", "said"),
    [
        (Month(1900, 1), "早于"),
        (Month(1999, 12), "早于"),
        (Month(2000, 1), ""),
        (OCTOBER, ""),
        (OCTOBER.next, "还没有到"),
        (Month(9999, 12), "还没有到"),
    ],
)
def test_no_file_is_of_a_month_long_ago_or_to_come(month, said):
    assert said in impossible_month(month, date(2026, 10, 31)) if said else not impossible_month(month, date(2026, 10, 31))


def manager(number="600101", name="陆晨伟", person_id=1, start=date(2024, 2, 20), end=None):
    return Manager(person_id, number, name, ((start, end),))


@pytest.mark.parametrize(
    ("number", "name", "expected", "kind"),
    [
        ("600101", "陆晨伟", None, ""),
        ("600101", "陆晨伟", 1, ""),
        ("600101", "", None, ""),
        ("600101", "陆 晨伟", 1, ""),
        ("699901", "陆晨伟", 1, "unknown_manager"),
        ("", "", 1, "unknown_manager"),
        ("600101", "姜霞兰", 1, "name_mismatch"),
        ("600101", "姜霞兰", 2, "name_mismatch"),
        ("600101", "陆晨伟", 2, "manager_changed"),
        ("600102", "夏娜芳", 1, "not_employed"),
        ("600103", "韦飞", None, "not_employed"),
    ],
)
def test_one_kind_of_exception_a_row_the_gravest_first(number, name, expected, kind):
    managers = {
        "600101": manager(),
        "600102": manager("600102", "夏娜芳", 2, end=date(2026, 9, 30)),
        "600103": manager("600103", "韦飞", 3, start=date(2026, 11, 1)),
    }
    assert manager_exception(number, name, OCTOBER, managers, expected)[0] == kind


ROSTER = {
    "600101": manager(),
    "600102": manager("600102", "夏娜芳", 2, end=date(2026, 9, 30)),
    "600104": manager("600104", "Ann Lee", 4),
}


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*ROSTER, "", "699901"]),
            st.sampled_from(["", "陆晨伟", "陆 晨伟", "夏娜芳", "Ann Lee", "AnnLee"]),
        ),
        min_size=1,
        max_size=6,
    )
)
@settings(deadline=None)
def test_many_rows_wait_for_what_each_of_them_would(named):
    file = csv_file([client_row(f"{at}", 客户经理工号=number, 客户经理=name) for at, (number, name) in enumerate(named)])
    staged = []
    check = ClientCheck(
        Branch(code="0755FT"), open_upload(file), OCTOBER, ROSTER, lambda frame: staged.extend(frame["exception"])
    )
    check.run()
    assert staged == [manager_exception(number, name, OCTOBER, ROSTER)[0] for number, name in named]
    assert check.accepted.rows == staged.count("")


@pytest.mark.parametrize(
    ("start", "end", "employed"),
    [
        (date(2026, 10, 31), None, True),
        (date(2026, 11, 1), None, False),
        (date(2020, 1, 1), date(2026, 10, 1), True),
        (date(2020, 1, 1), date(2026, 9, 30), False),
    ],
)
def test_who_served_any_day_of_the_month_is_employed_in_it(start, end, employed):
    assert manager(start=start, end=end).employed_in(OCTOBER) is employed
