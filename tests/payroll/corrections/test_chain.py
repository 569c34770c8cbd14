"""The chain corrects itself: months paid after a correction stand where right inputs would have put them from day one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from payroll.corrections.models import CorrectedSlip, PayAdjustment
from payroll.corrections.rules import differences
from payroll.reckoning.lines import EARLIER, EARLIER_DEDUCTIONS
from payroll.runs.models import PaySlip
from tests.factories.branch import People
from tests.factories.runs import AUGUST, OCTOBER, SEPTEMBER, paid_run
from tests.payroll.corrections import worlds

# What was wrong in August: (who, field, as it was delivered, as it should have been).
WRONG: dict[str, tuple[str, str, str, str]] = {
    "a duty score too low, 补发": ("600103", "duty_score", "65.00", "92.00"),
    "a score too high, 扣回": ("600103", "duty_score", "92.00", "85.00"),
    "commission that was another's": ("600102", "net_commission", "31000.00", "29500.00"),
    "a negative commission to carry on": ("600103", "net_commission", "500.00", "-800.00"),
    "damages that were forgotten": ("600102", "damages_balance", "0.00", "1500.00"),
    "sick days not delivered": ("600103", "other_deduction", "10.00", "35.00"),
    "a broker's commission": ("600105", "net_commission", "30000.00", "31000.00"),
}


def _set(people: People, staff_no: str, field: str, value: str) -> None:
    if field == "net_commission":
        worlds.figures(people, staff_no, AUGUST, net_commission=Decimal(value))
    else:
        worlds.inputs(people, staff_no, AUGUST, **{field: Decimal(value)})


def _undone(work: Callable[[], Any]) -> Any:
    """What `work` gives; the database is as before."""
    with transaction.atomic():
        found = work()
        transaction.set_rollback(True)
    return found


def _right(people: People, case: tuple[str, str, str, str]) -> dict[str, PaySlip]:
    """All months with right inputs from the start."""
    staff_no, field, _, right = case
    _set(people, staff_no, field, right)
    worlds.paid(people, AUGUST, SEPTEMBER)
    return worlds.following(people, OCTOBER)


def _corrected(people: People, case: tuple[str, str, str, str]) -> dict[str, PaySlip]:
    """August and September paid with what was delivered, August corrected, October computed."""
    staff_no, field, wrong, right = case
    _set(people, staff_no, field, wrong)
    worlds.paid(people, AUGUST, SEPTEMBER)
    correction = worlds.opened(people)
    worlds.line(people, correction, staff_no, field, right)
    worlds.approved(people, correction)
    return worlds.following(people, OCTOBER)


@pytest.mark.parametrize("name", WRONG)
def test_after_the_correction_the_sums_are_those_of_right_inputs(people: People, name: str) -> None:
    case = WRONG[name]
    worlds.ready(people, SEPTEMBER, OCTOBER)
    for month in (
        SEPTEMBER,
        OCTOBER,
    ):  # enough to be taxed in each month: what was withheld too much is never paid back in the year
        worlds.figures(people, "600105", month, net_commission=Decimal("30000.00"))
    right = _undone(lambda: _right(people, case))
    found = _corrected(people, case)
    for staff_no, want in right.items():
        got = found[staff_no]
        if got.carried_after.get("arrears"):
            pytest.fail(f"{staff_no} still owes: choose a smaller case")
        for key in ("lots", "negative_commission"):
            assert got.carried_after[key] == want.carried_after[key], (staff_no, key)
        _same_chain(got.carried_after["chain"], want.carried_after["chain"], staff_no)


def _same_chain(got: dict[str, Any], want: dict[str, Any], staff_no: str) -> None:
    """Cumulative income, deductions and tax, to the 分. Of a broker the 费用 is rounded payment by payment: at most a 分 each."""
    broker = got["kind"] == "broker"
    for key, value in want.items():
        if broker and key in ("income_amount", "development_cost", "withheld"):
            assert abs(Decimal(got[key]) - Decimal(value)) <= Decimal("0.02"), (staff_no, key)
        elif isinstance(value, str) and key != "kind":
            assert Decimal(got[key]) == Decimal(value), (staff_no, key, got[key], value)
        else:
            assert got[key] == value, (staff_no, key)


@pytest.mark.parametrize("name", ["a duty score too low, 补发", "commission that was another's", "a broker's commission"])
def test_original_and_adjustments_make_the_corrected_month(people: People, name: str) -> None:
    """To the 分, for each amount of each month, and the month that takes them up sums to what is paid."""
    staff_no, field, wrong, right = WRONG[name]
    worlds.ready(people, SEPTEMBER, OCTOBER)
    _set(people, staff_no, field, wrong)
    worlds.paid(people, AUGUST, SEPTEMBER)
    correction = worlds.opened(people)
    worlds.line(people, correction, staff_no, field, right)
    worlds.approved(people, correction)
    for row in CorrectedSlip.objects.select_related("slip"):
        paid = {column: Decimal(text) for column, text in row.slip.figures.items()}
        corrected = {column: Decimal(text) for column, text in row.figures.items()}
        made = PayAdjustment.objects.filter(slip=row.slip).first()
        wanted = differences(paid, corrected, Decimal(row.amounts["additional"]))
        assert {key: getattr(made, key) if made else Decimal(0) for key in wanted} == wanted
        if made:
            assert paid["应发"] + made.gross == corrected["应发"]
    for slip in worlds.following(people, OCTOBER).values():
        figures = {column: Decimal(text) for column, text in slip.figures.items()}
        lines = [line for line in slip.lines if line["code"] == "adjustment"]
        assert figures.get(EARLIER, Decimal(0)) == sum((Decimal(line["amount"]) for line in lines), Decimal(0))
        due = PayAdjustment.objects.filter(person=slip.person_id)
        deducted = sum((one.special + one.vat + one.surtax + one.after_tax for one in due), Decimal(0))
        assert figures.get(EARLIER_DEDUCTIONS, Decimal(0)) == deducted


def test_the_state_of_later_paid_months_is_corrected_without_paying_it_twice(people: People) -> None:
    """A deferral corrected in August moves September's release as well: each month brings its own difference."""
    worlds.ready(people, SEPTEMBER, OCTOBER)
    worlds.paid(people, AUGUST, SEPTEMBER)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600101", "net_commission", "56000.00")
    worlds.approved(people, correction)
    months = set(PayAdjustment.objects.filter(person=people["600101"]).values_list("month", flat=True))
    assert months == {AUGUST, SEPTEMBER}
    august, september = CorrectedSlip.objects.filter(person=people["600101"]).order_by("month")
    assert Decimal(september.amounts["gross"]) == Decimal(september.figures["递延发放"]) - Decimal(september.before["递延发放"])
    assert september.carried_before["lots"] == august.carried_after["lots"]


def test_a_later_balance_of_damages_knows_what_the_corrected_month_takes(people: People) -> None:
    """Delivered a month late, September's sheet had the whole balance. Once August takes it, September has none left."""
    worlds.ready(people, SEPTEMBER)
    worlds.inputs(people, "600102", SEPTEMBER, damages_balance=Decimal("1500.00"))
    worlds.paid(people, AUGUST, SEPTEMBER)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600102", "damages_balance", "1500.00")
    worlds.approved(people, correction)
    amounts = dict(PayAdjustment.objects.filter(person=people["600102"]).values_list("month", "gross"))
    assert amounts == {AUGUST: Decimal("-1500.00"), SEPTEMBER: Decimal("1500.00")}


def test_a_corrected_month_is_paid_before_the_following_one_is_approved(people: People) -> None:
    worlds.ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "65")
    worlds.approved(people, correction)
    run = paid_run(people, SEPTEMBER)
    assert run.gross_total == sum((slip.gross_pay for slip in run.slips.all()), Decimal(0))
    assert run.net_total == sum((slip.net_pay for slip in run.slips.all()), Decimal(0))
