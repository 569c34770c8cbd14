"""What the keys that no row is checked for name is held by other keys: nothing a slip or relation names can go (ADR 0072)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from branch.org.models import Branch
from branch.people.models import Person
from clients.registry.actions import change_manager, confirm_relations, hand_over, void_proposed
from clients.registry.models import Client, ConfirmationSlip, Relation
from kernel.months import Month
from tests.factories.clients import book, branch_with, client_row, confirm, csv_file

pytestmark = pytest.mark.django_db
OCTOBER, CLERK = Month(2026, 10), "600001"


def booked(count: int = 3):
    people = branch_with()
    book(people, csv_file([client_row(str(number)) for number in range(1, count + 1)]))
    return people


def gone(row) -> bool:
    """Whether the database lets the row go when nobody asks the ORM."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.pk])
            connection.check_constraints()
    except IntegrityError:
        return False
    return True


def test_whoever_and_whatever_a_confirmed_relation_names_cannot_be_deleted():
    people = booked()
    confirm(people, "2026-10")
    slip = ConfirmationSlip.objects.select_related("created_by", "decided_by", "branch").first()
    relation = Relation.objects.select_related("client", "manager", "slip").get(slip=slip)
    for row in (relation.client, relation.manager, relation.slip, slip.branch, slip.created_by, slip.decided_by):
        assert not gone(row), row
    assert gone(relation)


def test_a_relations_client_and_manager_are_its_slips_and_a_slips_branch_is_its_clients():
    people = booked(4)
    confirm(people, "2026-10")
    first, second, third, _ = Client.objects.order_by("client_no")
    change_manager(client=first, manager=people["600102"], relation_kind="服务", month=OCTOBER, by=people[CLERK])
    given = {"giver": people["600101"], "receivers": {second.pk: people["600102"].pk, third.pk: people["600102"].pk}}
    hand_over(branch=people.branch, month=OCTOBER, effective_month=OCTOBER.next, by=people[CLERK], reason="交接", **given)
    found = Relation.objects.select_related("slip__client")
    assert {one.from_month for one in found} == {OCTOBER, OCTOBER.next}
    for one in found:
        assert (one.client_id, one.manager_id) == (one.slip.client_id, one.slip.manager_id)
        assert one.slip.branch_id == one.slip.client.branch_id


def test_somebody_who_is_not_in_the_table_decides_nothing():
    people = booked()
    nobody = Person(pk=987_654, name="无此人", staff_no="999999")
    clients = list(Client.objects.values_list("pk", flat=True))
    with pytest.raises(IntegrityError), transaction.atomic():
        void_proposed(clients=clients, by=nobody, reason="试")
    assert Branch.objects.get(pk=people.branch.pk).slips.proposed().count() == 3
    assert confirm_relations(branch=people.branch, month=OCTOBER, by=people[CLERK]) == 3
