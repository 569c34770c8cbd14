"""The database's own guards: each constraint refuses what it names."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from branch.files.actions import keep
from kernel.months import Month
from payroll.intake.models import InputSheet, MonthlyInput, OpeningBalance, OpeningSet
from tests.factories.branch import People

AUGUST, OCTOBER = Month(2026, 8), Month(2026, 10)


def refused(make: Any, constraint: str) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        make()
    assert constraint in str(caught.value) or "UNIQUE" in str(caught.value)


def opening(people: People, **changes: Any) -> OpeningSet:
    file = keep(b"x", name="x.xlsx", content_type="x", by=None)
    given = {"branch": people.branch, "first_month": AUGUST, "file": file, "digest": "d", "proposed_by": people["600001"]}
    return OpeningSet.objects.create(**{**given, **changes})


def balance(people: People, **changes: Any) -> OpeningBalance:
    given = {"person": people["600101"], "kind": "employee", "row": 2, "started": AUGUST}
    return OpeningBalance.objects.create(**{**given, **changes})


def sheet(people: People, **changes: Any) -> InputSheet:
    file = keep(b"x", name="x.xlsx", content_type="x", by=None)
    given = {"branch": people.branch, "month": OCTOBER, "file": file, "imported_by": people["600002"]}
    return InputSheet.objects.create(**{**given, **changes})


def month_row(people: People, of: InputSheet, **changes: Any) -> MonthlyInput:
    given = {"sheet": of, "row": 2, "person": people["600101"], "branch": people.branch, "month": OCTOBER}
    return MonthlyInput.objects.create(**{**given, **changes})


def test_the_proposer_never_confirms(people: People) -> None:
    one = people["600002"]
    refused(lambda: opening(people, state="confirmed", proposed_by=one, confirmed_by=one), "opening_two_persons")


def test_nothing_is_confirmed_by_nobody(people: People) -> None:
    refused(lambda: opening(people, state="confirmed"), "opening_confirmed_by_someone")
    refused(lambda: opening(people, confirmed_by=people["600002"]), "opening_confirmed_by_someone")


def test_one_proposal_waits_at_a_time(people: People) -> None:
    opening(people)
    refused(lambda: opening(people), "opening_one_pending")
    opening(people, state="refused")


def test_a_person_has_one_opening_balance(people: People) -> None:
    of = opening(people)
    balance(people, opening=of)
    refused(lambda: balance(people, opening=of), "person_id")


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"negative_commission": Decimal("0.01")}, "opening_carry_not_positive"),
        ({"deferral_left": 3}, "opening_deferral_whole"),
        ({"deferral_balance": Decimal(5)}, "opening_deferral_whole"),
        ({"tax_mode": "other"}, "opening_tax_mode_known"),
    ],
)
def test_impossible_balances(people: People, changes: dict[str, Any], constraint: str) -> None:
    of = opening(people)
    refused(lambda: balance(people, opening=of, **changes), constraint)


def test_one_booked_sheet_and_one_row_a_person_and_month(people: People) -> None:
    first = sheet(people, state="booked")
    refused(lambda: sheet(people, state="booked"), "inputs_one_booked_a_month")
    sheet(people, state="booked", month=AUGUST)
    month_row(people, first)
    refused(lambda: month_row(people, first), "inputs_one_a_month")


FULL = {"due_days": 18, "worked_days": 18, "personal_leave": 0, "sick_leave": 0, "absence": 0}


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({**FULL, "absence": 1}, "inputs_days_within_due"),
        ({"duty_score": Decimal("100.01")}, "inputs_duty_0_to_100"),
        ({"duty_score": -1}, "inputs_duty_0_to_100"),
        ({"vat": Decimal("-0.01")}, "inputs_vat_not_negative"),
        ({"damages_balance": -1}, "inputs_damages_not_negative"),
    ],
)
def test_impossible_inputs(people: People, changes: dict[str, Any], constraint: str) -> None:
    of = sheet(people)
    month_row(people, of, person=people["600102"], **FULL)
    refused(lambda: month_row(people, of, **changes), constraint)
