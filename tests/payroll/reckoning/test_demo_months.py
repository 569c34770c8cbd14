"""The demo branch's three months, from the files to every column of the expected sheets, to the 分."""

from __future__ import annotations

import pytest

from kernel.months import Month
from payroll.reckoning.lines import COLUMNS, Line, Reckoning
from tests.payroll.reckoning.demo_months import MONTHS, expected, reckoned


@pytest.fixture(scope="module")
def months() -> dict[Month, list[Reckoning]]:
    return dict(reckoned())


@pytest.mark.parametrize("month", MONTHS, ids=str)
def test_every_column_of_every_person_is_as_expected(months: dict[Month, list[Reckoning]], month: Month):
    wanted = {row["工号"]: row for row in expected(month)}
    got = {reckoning.staff_no: reckoning for reckoning in months[month]}
    assert got.keys() == wanted.keys()
    differing = [
        f"{staff_no} {column}: {row[column]} ≠ {got[staff_no].figures[column]}"
        for staff_no, row in wanted.items()
        for column in COLUMNS
        if str(got[staff_no].figures[column]) != row[column]
    ]
    assert differing == []
    assert {row["工号"]: row["姓名"] for row in wanted.values()} == {number: reckoning.name for number, reckoning in got.items()}


def test_the_columns_are_the_sheet_s(months: dict[Month, list[Reckoning]]):
    header = list(expected(MONTHS[0])[0])
    assert header == ["工号", "姓名", *COLUMNS]


def test_every_line_speaks_and_survives_storage(months: dict[Month, list[Reckoning]]):
    for done in months.values():
        for reckoning in done:
            for line in reckoning.lines:
                assert "{" not in line.rule
                stored = Line.from_dict(line.as_dict())
                assert stored == line
                assert stored.rule == line.rule


def test_every_pay_column_is_explained(months: dict[Month, list[Reckoning]]):
    for reckoning in months[MONTHS[-1]]:
        explained = {line.label for line in reckoning.lines}
        silent = {column for column in COLUMNS if reckoning.figures[column] != 0} - explained
        assert silent == set()
        assert all(line.source for line in reckoning.lines)


def test_the_employer_pays_six_items_for_an_employee_and_none_for_a_broker(months: dict[Month, list[Reckoning]]):
    for reckoning in months[MONTHS[-1]]:
        items = {"养老", "医疗", "生育", "失业", "工伤", "公积金"} if reckoning.kind == "员工" else set()
        assert set(reckoning.employer) == items
        assert (reckoning.employer_total > 0) == bool(items)
