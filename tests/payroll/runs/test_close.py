"""The three months of the demo branch, from the files to the slips, to the 分."""

from __future__ import annotations

from decimal import Decimal

import pytest

from payroll.runs.models import PaySlip
from payroll.runs.states import REVIEW
from tests.factories.close import MONTHS, computed, expected_rows, month_ready, settled_branch

pytestmark = pytest.mark.django_db


def test_three_months_equal_the_expected_tables_to_the_fen() -> None:
    people = settled_branch()
    for month in MONTHS:
        month_ready(people, month)
        run = computed(people, month)
        assert run.state == REVIEW, run.problems
        expected = expected_rows(month)
        slips = {slip.staff_no: slip for slip in PaySlip.objects.filter(run=run)}
        assert slips.keys() == expected.keys()
        for staff_no, row in expected.items():
            got = {name: Decimal(text) for name, text in slips[staff_no].figures.items()}
            want = {name: Decimal(text) for name, text in row.items() if name not in {"工号", "姓名"}}
            assert got == want, f"{month} {staff_no}"
            assert slips[staff_no].name == row["姓名"]
        assert run.net_total == sum(Decimal(row["实发"]) for row in expected.values())
        assert run.gross_total == sum(Decimal(row["应发"]) for row in expected.values())
