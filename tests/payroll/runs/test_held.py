"""What was sent up to be signed is held by the database itself, whatever the code does (ADR 0115)."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from payroll.runs.models import PayRun, PaySlip
from payroll.runs.states import APPROVED, APPROVING, COMPUTING, DRAFT, FILED, ISSUED, RETURNED, REVERSED, REVERSING, REVIEW, VOID
from tests.factories.branch import People
from tests.factories.close import computed
from tests.factories.runs import AUGUST
from tests.factories.tampering import tampering

pytestmark = pytest.mark.django_db
SIGNED = (APPROVING, APPROVED, ISSUED, FILED, RETURNED, REVERSING, REVERSED)
FREE_OF_A_RUN = {
    *("state", "job_id", "approval_id", "problems", "sent_at", "approved_at"),
    *("issued_on", "issued_by_id", "filing_id", "report_file_id"),
}
FREE_OF_A_SLIP = {"current", "confirmed_at", "confirmed_by_id"}


@pytest.fixture
def slip(people: People) -> PaySlip:
    return computed(people, AUGUST).slips.get(staff_no="600103")


def in_state(run: PayRun, state: str) -> None:
    PayRun.objects.filter(pk=run.pk).update(state=state, issued_on=timezone.localdate())


def refused(statement: str) -> bool:
    """Whether the database holds what the statement would change; anything else that it says is raised."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        if "is held" not in str(error):
            raise
        return True
    return False


def changes(model: type[PayRun] | type[PaySlip], pk: int, free: set[str]) -> dict[str, str]:
    """A statement for each column that must stand: it takes what is there away."""
    columns = {field.column for field in model._meta.concrete_fields if not field.primary_key} - free
    return {column: f'UPDATE {model._meta.db_table} SET "{column}" = NULL WHERE id = {pk}' for column in columns}


@pytest.mark.parametrize("state", SIGNED)
def test_a_signed_run_and_its_slips_are_neither_changed_nor_deleted(slip: PaySlip, state: str) -> None:
    in_state(slip.run, state)
    assert refused(f"UPDATE payroll_payslip SET net_pay = net_pay + 1 WHERE id = {slip.pk}")
    assert refused(f"UPDATE payroll_payslip SET figures = '{{}}' WHERE id = {slip.pk}")
    assert refused(f"DELETE FROM payroll_payslip WHERE id = {slip.pk}")
    assert refused(f"UPDATE payroll_payrun SET net_total = net_total + 1 WHERE id = {slip.run_id}")
    assert refused(f"UPDATE payroll_payrun SET digest = '0' WHERE id = {slip.run_id}")
    assert refused(f"DELETE FROM payroll_payrun WHERE id = {slip.run_id}")


def test_no_column_is_forgotten(slip: PaySlip) -> None:
    in_state(slip.run, APPROVED)
    for statements in (changes(PayRun, slip.run_id, FREE_OF_A_RUN), changes(PaySlip, slip.pk, FREE_OF_A_SLIP)):
        let = {column for column, statement in statements.items() if not refused(statement)}
        assert let <= {"predecessor_id"}, "which is NULL in a branch's first month"


@pytest.mark.parametrize("state", [DRAFT, COMPUTING, REVIEW, VOID])
def test_until_it_is_sent_up_the_computation_writes_as_it_likes(slip: PaySlip, state: str) -> None:
    in_state(slip.run, state)
    assert not refused(f"UPDATE payroll_payslip SET net_pay = net_pay + 1 WHERE id = {slip.pk}")
    assert not refused(f"UPDATE payroll_payrun SET net_total = net_total + 1 WHERE id = {slip.run_id}")
    assert not refused(f"DELETE FROM payroll_payslip WHERE id = {slip.pk}")


def test_a_signed_run_goes_on_and_its_slips_are_confirmed(slip: PaySlip) -> None:
    in_state(slip.run, APPROVED)
    slip.confirmed_at, slip.confirmed_by = timezone.now(), slip.person
    slip.save(update_fields=["confirmed_at", "confirmed_by"])
    slip.run.refresh_from_db()
    slip.run.state = ISSUED
    slip.run.save()
    PaySlip.objects.filter(run=slip.run).update(current=False)
    slip.refresh_from_db()
    assert slip.confirmed_at
    assert not slip.current


def test_the_owner_can_still_tamper_and_is_told_by_the_digest(slip: PaySlip) -> None:
    """So that the tests of the digest test it."""
    in_state(slip.run, APPROVED)
    change = f"UPDATE payroll_payslip SET net_pay = net_pay + 1 WHERE id = {slip.pk}"
    with tampering():
        assert not refused(change)
    assert refused(change), "and then no more"
