"""Slips without gaps, relations from their month, changes the month after."""

from __future__ import annotations

import pytest

from branch.audit.models import AuditRow
from clients.figures.actions import lock
from clients.imports.queries import waiting_counts
from clients.registry.actions import change_manager, confirm_relations, hand_over, void_slip
from clients.registry.models import Client, ConfirmationSlip, Relation
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal
from tests.factories.clients import book, branch_with, client_row, confirm, csv_file

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


def some_clients(count=3):
    people = branch_with()
    book(people, csv_file([client_row(str(number)) for number in range(1, count + 1)]))
    return people


def slips(**wanted):
    return list(ConfirmationSlip.objects.filter(**wanted).order_by("number"))


def test_the_first_month_is_the_opening_balance_and_later_clients_are_new():
    people = some_clients(2)
    confirm(people, "2026-10")
    book(people, csv_file([client_row("1", 月份="2026-11"), client_row("9", 月份="2026-11", 开户日期="2026-11-03")]))
    assert {(s.serial, s.get_basis_display()) for s in slips()} == {
        ("202610-0755FT-0001", "期初"),
        ("202610-0755FT-0002", "期初"),
        ("202611-0755FT-0001", "新开户"),
    }
    assert confirm(people, "2026-11") == 1
    assert Relation.objects.get(client__client_no="9").from_month == Month(2026, 11)


def test_confirming_is_for_those_who_may_and_counts_once():
    people = some_clients()
    for staff_no in ("600002", "600101", "600005"):
        with pytest.raises(Forbidden):
            confirm_relations(branch=people.branch, month=OCTOBER, by=people[staff_no])
    chosen = [slip.pk for slip in slips()[:2]]
    assert confirm_relations(branch=people.branch, month=OCTOBER, by=people["600001"], slip_ids=chosen) == 2
    assert waiting_counts(people.branch, OCTOBER)["unconfirmed"] == 1
    assert confirm(people, "2026-10") == 1
    assert confirm(people, "2026-10") == 0
    assert Relation.objects.count() == 3
    assert AuditRow.objects.filter(act="registry.confirm_relations").count() == 2


def test_a_void_slip_keeps_its_number_and_the_next_follows():
    people = some_clients()
    second = slips()[1]
    with pytest.raises(Refusal, match="作废原因"):
        void_slip(slip_id=second.pk, reason=" ", by=people["600001"])
    void_slip(slip_id=second.pk, reason="客户未签字", by=people["600001"])
    assert [(s.number, s.state) for s in slips()] == [(1, "proposed"), (2, "void"), (3, "proposed")]
    with pytest.raises(Refusal, match="作废"):
        void_slip(slip_id=second.pk, reason="再来", by=people["600001"])
    assert confirm(people, "2026-10") == 2


def test_voiding_a_valid_slip_takes_the_relation_away():
    people = some_clients()
    confirm(people, "2026-10")
    void_slip(slip_id=slips()[0].pk, reason="确认单作假", by=people["600001"])
    assert not Relation.objects.filter(client__client_no="1").exists()
    assert waiting_counts(people.branch, OCTOBER)["unconfirmed"] == 1


def test_nothing_that_a_locked_month_rests_on_is_voided():
    people = some_clients()
    confirm(people, "2026-10")
    lock(branch=people.branch, month=OCTOBER, by=people["600002"])
    with pytest.raises(Refusal, match="已复核锁定"):
        void_slip(slip_id=slips()[0].pk, reason="确认单作假", by=people["600001"])


def test_a_change_ends_the_old_relation_and_voiding_it_brings_it_back():
    people = some_clients(1)
    confirm(people, "2026-10")
    client = Client.objects.get()
    slip = change_manager(
        client=client, manager=people["600102"], relation_kind="服务", month=OCTOBER, by=people["600001"], reason="申请"
    )
    assert (slip.serial, slip.effective_month) == ("202610-0755FT-0002", Month(2026, 11))
    assert Relation.objects.in_month(OCTOBER).get().manager == people["600101"]
    assert Relation.objects.in_month(Month(2026, 12)).get().manager == people["600102"]
    with pytest.raises(Refusal, match="已是该客户的客户经理"):
        change_manager(client=client, manager=people["600102"], relation_kind="服务", month=OCTOBER, by=people["600001"])
    with pytest.raises(Refusal, match="不能再从更早"):
        change_manager(client=client, manager=people["600103"], relation_kind="服务", month=OCTOBER, by=people["600001"])
    void_slip(slip_id=slip.pk, reason="客户撤回", by=people["600001"])
    standing = Relation.objects.get()
    assert (standing.manager, standing.to_month, standing.slip.state) == (people["600101"], None, "valid")


def handed(people, chosen, *, month=NOVEMBER, giver="600101"):
    return hand_over(
        branch=people.branch,
        giver=people[giver],
        receivers={client.pk: people[staff_no].pk for client, staff_no in chosen.items()},
        month=OCTOBER,
        effective_month=month,
        by=people["600005"],
        reason="客户交接",
    )


def test_a_handover_changes_many_clients_from_one_month_and_leaves_the_others():
    people = some_clients(3)
    confirm(people, "2026-10")
    first, second, kept = Client.objects.order_by("client_no")
    assert handed(people, {first: "600102", second: "600103"}) == 2
    held = {(r.client_id, r.manager.staff_no, r.from_month, r.to_month) for r in Relation.objects.select_related("manager")}
    assert held == {
        (first.pk, "600101", OCTOBER, OCTOBER),
        (first.pk, "600102", Month(2026, 11), None),
        (second.pk, "600101", OCTOBER, OCTOBER),
        (second.pk, "600103", Month(2026, 11), None),
        (kept.pk, "600101", OCTOBER, None),
    }
    assert [(s.number, s.state, s.basis) for s in slips()][-2:] == [(4, "valid", "change"), (5, "valid", "change")]
    assert [s.state for s in slips()[:3]] == ["ended", "ended", "valid"]
    assert handed(people, {first: "600104"}) == 0  # no longer the giver's


def test_a_handover_asks_the_months_guard_and_never_ends_a_relation_before_it_begins():
    people = some_clients(2)
    confirm(people, "2026-10")
    first, second = Client.objects.order_by("client_no")
    with pytest.raises(Refusal, match="才归"):
        handed(people, {first: "600102"}, month=OCTOBER)
    lock(branch=people.branch, month=OCTOBER, by=people["600002"])
    with pytest.raises(Refusal, match="已复核锁定"):
        handed(people, {first: "600102"}, month=OCTOBER)
    assert handed(people, {first: "600102", second: "600102"}) == 2


def test_a_handed_clients_slip_can_be_voided_and_the_giver_has_it_again():
    people = some_clients(1)
    confirm(people, "2026-10")
    handed(people, {Client.objects.get(): "600102"})
    void_slip(slip_id=slips()[-1].pk, reason="客户不同意", by=people["600001"])
    assert Relation.objects.get().manager == people["600101"]


def test_a_handover_of_thousands_asks_no_more_than_one_of_few(django_assert_max_num_queries):
    people = some_clients(60)
    confirm(people, "2026-10")
    chosen = dict.fromkeys(Client.objects.all(), "600102")
    with django_assert_max_num_queries(25):
        assert handed(people, chosen) == 60
