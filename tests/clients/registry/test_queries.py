"""Who sees whom, and how a client is found."""

from __future__ import annotations

import pytest

from clients.products.models import ProductSale
from clients.registry.models import Client, ConfirmationSlip, Division, Relation
from clients.registry.queries import clients_for
from clients.registry.rules import initials, serial
from kernel.months import Month
from tests.factories.branch import give_role, make_branch, make_person, roster_rows
from tests.factories.clients import book, branch_with, client_row, confirm, csv_file

pytestmark = pytest.mark.django_db
NAMES = {row["工号"]: row["姓名"] for row in roster_rows("客户经理")}


def row_of(number, manager, **changes):
    return client_row(number, 客户经理工号=manager, 客户经理=NAMES[manager], **changes)


@pytest.fixture
def people():
    """Clients A and B of 600101 (leader of 营销一队), C of 600103 in the same team, D of 600157 in another."""
    found = branch_with()
    rows = [
        row_of("1001", "600101", 客户姓名="谢辉俊", 资金账号="301000125678"),
        row_of("1002", "600101", 客户姓名="深圳启明实业有限公司", 客户类型="机构"),
        row_of("1003", "600103", 关系类型="服务"),
        row_of("1004", "600157"),
    ]
    book(found, csv_file(rows))
    confirm(found, "2026-10")
    return found


@pytest.mark.parametrize(
    ("staff_no", "seen"),
    [
        ("600001", {"1001", "1002", "1003", "1004"}),
        ("600002", {"1001", "1002", "1003", "1004"}),
        ("600005", {"1001", "1002", "1003", "1004"}),
        ("600101", {"1001", "1002", "1003"}),
        ("600103", {"1003"}),
        ("600157", {"1004"}),
        ("600006", set()),
    ],
)
def test_each_sees_what_is_theirs(people, staff_no, seen):
    person = people[staff_no]
    assert set(Client.objects.visible_to(person).values_list("client_no", flat=True)) == seen
    assert set(ConfirmationSlip.objects.visible_to(person).values_list("client__client_no", flat=True)) == seen
    assert ProductSale.objects.visible_to(person).count() == 0


def test_another_branch_sees_nothing(people):
    stranger = make_person("700001", "外人")
    give_role(stranger, "trade_admin", branch=make_branch("0755NS", "深圳南山营业部"))
    assert not Client.objects.visible_to(stranger).exists()
    assert not ConfirmationSlip.objects.visible_to(stranger).exists()


def test_a_branchs_people_also_see_their_own_clients_of_another_branch(people):
    """Such a person's list is not the branch's alone: who came from elsewhere may still have a client there to hand over."""
    there = give_role(make_person("700001", "外人"), "trade_admin", branch=make_branch("0755NS", "深圳南山营业部")).person
    Relation.objects.filter(client__client_no="1003").update(manager=there)
    assert [client.client_no for client in Client.objects.visible_to(there)] == ["1003"]
    ConfirmationSlip.objects.filter(client__client_no="1004").update(manager=there)
    assert [slip.client.client_no for slip in ConfirmationSlip.objects.visible_to(there)] == ["1004"]
    Relation.objects.filter(client__client_no="1003").update(to_month=Month(2026, 10))
    assert not Client.objects.visible_to(there).exists()
    client = Client.objects.get(client_no="1001")
    given = {
        "from_month": Month(2026, 10),
        "developer_percent": 60,
        "decided_by": people["600001"],
        "developer": people["600101"],
    }
    Division.objects.create(branch=people.branch, client=client, service_person=there, **given)
    assert [client.client_no for client in Client.objects.visible_to(there)] == ["1001"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"text": "谢辉"}, {"1001"}),
        ({"text": "启明"}, {"1002"}),
        ({"text": "xhj"}, {"1001"}),
        ({"text": "SZQM"}, {"1002"}),
        ({"text": "5678"}, {"1001"}),
        ({"text": "1003"}, {"1003"}),
        ({"text": "301000125678"}, {"1001"}),
        ({"manager": "600101"}, {"1001", "1002"}),
        ({"kind": "机构"}, {"1002"}),
        ({"relation": "服务"}, {"1003"}),
        ({"relation": "none"}, set()),
        ({"text": "没有这人"}, set()),
    ],
)
def test_a_client_is_found_by_name_letters_number_or_tail(people, asked, found):
    assert {client.client_no for client in clients_for(people["600001"], **asked)} == found


def test_letters_and_serials():
    assert initials("谢辉俊") == "xhj"
    assert initials("ABC 欧阳-娜娜2") == "abcoynn2"
    assert serial(Month(2026, 10), "0755FT", 7) == "202610-0755FT-0007"
    assert serial(Month(2026, 10), "0755FT", 12345) == "202610-0755FT-12345"
