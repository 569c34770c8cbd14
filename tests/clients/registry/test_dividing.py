"""Divisions: who may be one of the two, from which month, and what ends them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branch.audit.models import AuditRow
from clients.figures.actions import lock
from clients.registry.actions import change_manager, hand_over, void_slip
from clients.registry.dividing import Shares, divide, end_divisions
from clients.registry.models import Client, ConfirmationSlip, Division
from clients.registry.queries import clients_for, divided_with
from clients.registry.rules import shared
from kernel.months import Month
from kernel.refusals import Refusal
from tests.factories.clients import book, branch_with, client_row, confirm, csv_file

OCTOBER = Month(2026, 10)
CENTS = st.integers(-(10**14), 10**14).map(lambda number: Decimal(number).scaleb(-2))
PERCENTS = st.integers(0, 10_000).map(lambda number: Decimal(number).scaleb(-2))


@given(CENTS, PERCENTS)
def test_the_parts_sum_to_the_amount_and_a_refund_mirrors_its_income(amount, percent):
    developers, services = shared(amount, percent)
    assert developers + services == amount
    assert developers == developers.quantize(Decimal("0.01"))
    assert abs(developers - amount * percent / 100) <= Decimal("0.005")
    assert shared(-amount, percent) == (-developers, -services)


@pytest.mark.parametrize(
    ("amount", "percent", "parts"),
    [
        ("1234.56", "70", ("864.19", "370.37")),
        ("0.01", "50", ("0.01", "0.00")),
        ("-0.01", "50", ("-0.01", "0.00")),
        ("0.03", "33.33", ("0.01", "0.02")),
        ("100.00", "0", ("0.00", "100.00")),
        ("100.00", "100", ("100.00", "0.00")),
    ],
)
def test_examples_of_parts(amount, percent, parts):
    assert tuple(map(str, shared(Decimal(amount), Decimal(percent)))) == parts


@pytest.fixture
def people(db):
    found = branch_with()
    book(found, csv_file([client_row(str(number)) for number in (1, 2, 3)]))
    confirm(found, "2026-10")
    return found


def client(number: str) -> Client:
    return Client.objects.get(client_no=number)


def shares(people, percent="70", since=OCTOBER, until=None, developer="600101", service="600102"):
    return Shares(people[developer], people[service], Decimal(percent), since, until)


def make(people, *numbers, **given):
    clients = [client(number) for number in numbers]
    return divide(branch=people.branch, clients=clients, shares=shares(people, **given), paper="SP-1", by=people["600005"])


def spans():
    return [(d.developer_percent, str(d.from_month), str(d.to_month or ""), d.void) for d in Division.objects.order_by("pk")]


def test_many_at_once_under_one_paper_and_told_in_the_log(people):
    made = make(people, "1", "2")
    assert [str(one.service_percent) for one in made] == ["30", "30"]
    row = AuditRow.objects.get(act="registry.divide")
    assert row.details["clients"] == ["1", "2"]
    assert row.details["paper"] == "SP-1"
    assert [one.client.client_no for one in divided_with(people["600102"], OCTOBER)] == ["1", "2"]
    assert {one.client_no for one in clients_for(people["600102"])} == {"1", "2"}, "the partner sees the clients"


def test_a_later_one_follows_and_an_earlier_one_is_refused(people):
    make(people, "1", since=Month(2026, 11))
    make(people, "1", percent="60", since=Month(2027, 1))
    assert spans() == [(70, "2026-11", "2026-12", False), (60, "2027-01", "", False)]
    with pytest.raises(Refusal) as refused:
        make(people, "1", "2", since=Month(2026, 12))
    assert "已有自2027年1月起的分工" in refused.value.items[0]
    assert Division.objects.count() == 2, "nothing of the other client either"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"service": "600101"}, "不能是同一个人"),
        ({"percent": "100.01"}, "0% 到 100%"),
        ({"percent": "-1"}, "0% 到 100%"),
        ({"percent": "33.333"}, "两位小数"),
        ({"until": Month(2026, 9)}, "终止月份不能早于"),
    ],
)
def test_shares_that_cannot_be(people, given, said):
    with pytest.raises(Refusal, match=said):
        make(people, "1", **given)


def test_who_does_not_work_at_the_branch_in_the_first_month_is_named(people):
    people["600102"].engagements.update(ended_on=date(2026, 9, 30))
    with pytest.raises(Refusal, match=r"600102.2026年10月不在深圳福田营业部任职"):
        make(people, "1")


def test_one_of_the_two_is_the_manager_and_the_relation_is_there(people):
    with pytest.raises(Refusal) as refused:
        make(people, "1", developer="600103", service="600102")
    assert "现任客户经理" in refused.value.items[0]
    with pytest.raises(Refusal) as refused:
        make(people, "1", since=Month(2026, 9))
    assert "自2026年10月起" in refused.value.items[0]


def test_a_locked_month_is_never_divided(people):
    lock(branch=people.branch, month=OCTOBER, by=people["600002"])
    with pytest.raises(Refusal, match="已复核锁定"):
        make(people, "1")
    make(people, "1", since=Month(2026, 11))
    assert spans() == [(70, "2026-11", "", False)]


def test_ended_by_paper(people):
    make(people, "1", until=Month(2027, 3))
    clients = [client("1")]
    assert (
        end_divisions(branch=people.branch, clients=clients, from_month=Month(2026, 12), paper="SP-2", by=people["600005"]) == 1
    )
    assert spans() == [(70, "2026-10", "2026-11", False)]
    with pytest.raises(Refusal) as refused:
        end_divisions(branch=people.branch, clients=clients, from_month=Month(2026, 12), paper="SP-3", by=people["600005"])
    assert "没有分工" in refused.value.items[0]


def test_another_manager_ends_it_and_voiding_the_slip_brings_it_back(people):
    make(people, "1", until=Month(2027, 3))
    make(people, "1", percent="50", since=Month(2027, 1))
    one = client("1")
    change_manager(client=one, manager=people["600103"], relation_kind="服务", month=OCTOBER, by=people["600001"])
    assert spans() == [(70, "2026-10", "2026-10", False), (50, "2027-01", "", True)]
    assert AuditRow.objects.filter(act="registry.end_division").count() == 1
    make(people, "1", developer="600103", service="600102", since=Month(2026, 11))
    slip = ConfirmationSlip.objects.get(client=one, state="valid")
    void_slip(slip_id=slip.pk, reason="客户未签字", by=people["600001"])
    assert spans()[2][3], "what rested on the voided relation counts no more"
    assert spans()[:2] == [(70, "2026-10", "2026-12", False), (50, "2027-01", "", False)]


def test_clients_handed_over_together_lose_theirs_and_the_others_keep_them(people):
    make(people, "1", "2")
    hand_over(
        branch=people.branch,
        giver=people["600101"],
        receivers={client(number).pk: people["600103"].pk for number in ("1", "3")},
        month=OCTOBER,
        effective_month=Month(2026, 11),
        by=people["600001"],
        reason="离职交接",
    )
    assert spans() == [(70, "2026-10", "2026-10", False), (70, "2026-10", "", False)]
    ended = Division.objects.get(client=client("1"))
    assert ended.ended_by == ConfirmationSlip.objects.get(client=client("1"), state="valid")
    assert AuditRow.objects.get(act="registry.end_division").details["clients"] == ["1"]
