"""Who was left out of a month, has no slip at all and has left: listed with the leavers, and settled like them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.test import Client

from branch.exports.actions import ask
from branch.files.actions import keep
from branch.people.models import Engagement
from kernel.refusals import Refusal, Unknown
from payroll.corrections.actions import settlements
from payroll.corrections.actions.settlements import Settling
from payroll.corrections.leavers import Leaver
from payroll.corrections.lending import adjustments_due
from payroll.corrections.models import OutsideSettlement, PayAdjustment
from payroll.corrections.queries import adjustments_of
from payroll.corrections.unpaid import unpaid_in
from tests.factories.branch import People, make_branch, make_person
from tests.factories.close import committed
from tests.factories.runs import AUGUST, OCTOBER, SEPTEMBER
from tests.payroll.corrections import worlds
from tests.payroll.corrections.test_settlements import confirmed

D = Decimal
NO = "600199"
LIST = "/payroll/corrections/leavers/"


@pytest.fixture
def left(people: People) -> People:
    """At the branch in late August by a roster that came too late, left out of August's month, awarded 800 yuan, and gone."""
    worlds.paid(people, AUGUST)
    people.by_no[NO] = make_person(NO, "漏发人")
    Engagement.objects.create(
        person=people[NO], branch=people.branch, kind="broker", hired_on=date(2026, 8, 20), contract_from=date(2026, 8, 20),
        ended_on=date(2026, 8, 31),
    )  # fmt: skip
    correction = worlds.opened(people)
    proof = keep(b"%PDF-1.7", name="裁决书.pdf", content_type="application/pdf", by=people["600002"])
    worlds.line(people, correction, NO, "manual", "800.00", evidence=proof)
    worlds.approved(people, correction)
    return people


def found(people: People) -> Leaver:
    (one,) = unpaid_in([people.branch])
    return one


def settled(people: People, amount: str, **others: Any) -> OutsideSettlement:
    given: dict[str, Any] = {"day": date(2026, 9, 10), "how": "transfer", "reason": "转账", "voucher": "记-1"} | others
    key = found(people).items[0].key
    with committed():
        return settlements.propose_settlement(slip_id=None, key=key, given=Settling(D(amount), **given), by=people["600002"])


def test_they_are_listed_and_settled_and_then_left_alone(left: People) -> None:
    one = found(left)
    assert (one.staff_no, one.name, one.month, one.branch) == (NO, "漏发人", AUGUST, left.branch)
    (item,) = one.items
    assert (item.owed, item.left, one.words, one.is_employees) == (800, 800, "未结清", False)
    row = settled(left, "300")
    assert found(left).waiting == 1
    confirmed(left, row)
    assert found(left).items[0].left == 500
    confirmed(left, settled(left, "500"))
    assert not found(left).is_open
    correction = PayAdjustment.objects.get(person=left[NO]).correction
    assert [standing.words for standing in adjustments_of(correction)] == ["已线下结清"]
    assert adjustments_due([left[NO].pk], SEPTEMBER) == {}, "nor paid again to who comes back"


def test_what_may_not_be_registered_of_them(left: People) -> None:
    for given, words in (
        ({"amount": "801"}, "只剩"),
        ({"day": date(2026, 8, 25)}, "任职"),
        ({"day": date(2026, 7, 31)}, "不能早于更正的月份"),
        ({"tax": D("1")}, "没有工资单的人的线下结清不进累计预扣"),
    ):
        with pytest.raises(Refusal, match=words):
            settled(left, **({"amount": "10"} | given))
    with pytest.raises(Unknown):
        settlements.propose_settlement(
            slip_id=None, key="lots", given=Settling(D(1), date(2026, 9, 10), "cash", "x", "y"), by=left["600002"]
        )
    row = settled(left, "10")
    with pytest.raises(IntegrityError), transaction.atomic():
        OutsideSettlement.objects.bulk_create([
            OutsideSettlement(
                branch=row.branch, person=row.person, kind="lots", key="lots", label="x", amount=1, day=row.day, how="cash",
                reason="x", voucher="x", proposed_by=row.proposed_by,
            )
        ])  # fmt: skip


def test_who_comes_back_is_paid_the_rest_by_the_run(left: People) -> None:
    row = settled(left, "300")
    back = {"person": left[NO], "branch": left.branch, "kind": "broker"}
    Engagement.objects.create(**back, hired_on=OCTOBER.first, contract_from=OCTOBER.first)
    assert found(left).back == left.branch
    confirmed(left, row)
    assert found(left).words.startswith("已返聘")
    (due,) = adjustments_due([left[NO].pk], OCTOBER)[left[NO].pk]
    assert due.gross == 500


def test_who_went_on_is_no_leaver(left: People) -> None:
    Engagement.objects.filter(person=left[NO]).update(ended_on=SEPTEMBER.last)
    assert unpaid_in([left.branch]) == []
    key = f"adjustment:{PayAdjustment.objects.get(person=left[NO]).pk}"
    given = Settling(D(1), date(2026, 10, 10), "cash", "x", "y")
    with pytest.raises(Refusal, match="没有离职"):
        settlements.propose_settlement(slip_id=None, key=key, given=given, by=left["600002"])


def test_another_branch_sees_nothing_of_them(left: People) -> None:
    assert unpaid_in([make_branch("0755LH", "深圳罗湖营业部")]) == []


def test_on_the_pages_by_the_api_and_in_the_export(left: People, signed_in: Callable[[str], Client]) -> None:
    finance, accountant = signed_in("600002"), signed_in("600003")
    page = found(left).page
    assert page in finance.get(LIST).content.decode()
    text = finance.get(page).content.decode()
    assert "2026年8月没有工资单" in text
    given = {
        "item": found(left).items[0].key,
        "amount": "300",
        "day": "2026-09-10",
        "how": "cash",
        "reason": "领取",
        "voucher": "x",
    }
    assert "待确认" in finance.post(f"{page}settle/", given, follow=True).content.decode()
    row = OutsideSettlement.objects.get()
    assert row.get_absolute_url() == page
    answer = accountant.post(f"/payroll/corrections/settlements/{row.pk}/confirm/", follow=True)
    assert answer.redirect_chain[-1][0] == page
    assert "税款由财务另行申报" in answer.content.decode()
    (one,) = finance.get("/api/v1/corrections/leavers/").json()["items"]
    assert (one["slip"], one["staff_no"], one["adjustments"]) == (None, NO, "500.00")
    api = f"/api/v1/corrections/leavers/unpaid/{one['unpaid']}/"
    answer = finance.post(f"{api}settle/", given | {"amount": "500"}, content_type="application/json")
    assert answer.status_code == 201, answer.content
    assert answer.json()["slip"] is None
    assert len(finance.get(api).json()["settlements"]) == 2
    assert ask(kind="leaver-balances", query=QueryDict(""), by=left["600002"]).rows == 1
