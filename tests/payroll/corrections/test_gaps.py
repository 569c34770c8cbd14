"""Months that do not follow each other: a correction across a break in service, and who goes on as the other kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from branch.people.models import Engagement
from kernel.money import total
from kernel.refusals import Refusal
from payroll.corrections.balances import lots_after
from payroll.corrections.leavers import leavers_in
from payroll.corrections.models import CorrectedSlip, PayAdjustment
from payroll.corrections.queries import oversettled
from payroll.corrections.recomputing import recompute
from payroll.intake.models import MonthlyInput
from payroll.reckoning.facts import Carried
from tests.factories.branch import People
from tests.factories.runs import AUGUST, OCTOBER, SEPTEMBER, engage
from tests.payroll.corrections import worlds
from tests.payroll.corrections.test_settlements import come_back, confirmed, leave, leaver, settled

D = Decimal
NOVEMBER = OCTOBER.next


# --- a correction across a break --------------------------------------------------------------------------------------
@pytest.fixture
def returned(people: People) -> People:
    """600101: August paid, gone in September, three instalments of the deferral settled by hand, back and paid in October."""
    worlds.ready(people, SEPTEMBER, OCTOBER, NOVEMBER)
    worlds.paid(people, AUGUST)
    leave(people, "600101", SEPTEMBER)
    worlds.paid(people, SEPTEMBER)
    lots = leaver(people).item("lots")
    confirmed(people, settled(people, "lots", str(lots.plan[2].so_far), day=date(2026, 9, 20)))
    come_back(people, "600101", OCTOBER.first)
    worlds.paid(people, OCTOBER)
    return people


def balance(state: object) -> Decimal:
    assert isinstance(state, dict)
    return total(lot.balance for lot in Carried.from_dict(state).lots)


def test_with_nothing_to_correct_the_months_across_the_break_are_as_they_were(returned: People) -> None:
    assert recompute(returned.branch, AUGUST, {}).redone == []


def test_a_month_before_the_break_hands_its_deferral_on_without_what_was_settled(returned: People) -> None:
    old = worlds.slip(returned, "600101", AUGUST)
    correction = worlds.opened(returned)
    worlds.line(returned, correction, "600101", "duty_score", "85")
    worlds.approved(returned, correction)
    august, october = CorrectedSlip.objects.filter(person=returned["600101"]).order_by("month")
    assert (august.month, october.month) == (AUGUST, OCTOBER)
    right = Carried.from_dict(august.carried_after).lots
    assert total(lot.balance for lot in right) < balance(old.carried_after)
    row = old.settlements.get()
    begun = Carried.from_dict(october.carried_before)
    assert begun.lots == lots_after(right, row.amount, AUGUST, 1)
    was = Carried.from_dict(old.carried_after).lots
    paid = {name: D(october.figures[name]) - D(october.before[name]) for name in ("递延发放", "递延")}
    due = PayAdjustment.objects.get(person=returned["600101"], month=OCTOBER)
    assert due.gross == paid["递延发放"] - paid["递延"] < 0, "October released more than August's right deferral gives"
    assert oversettled(correction) == []
    slip = worlds.following(returned, NOVEMBER)["600101"]
    assert total(lot.balance for lot in Carried.from_dict(slip.carried_before).lots) == balance(october.carried_after)
    assert was != right


def test_deferral_settled_beyond_what_the_correction_leaves_is_named(
    returned: People, signed_in: Callable[[str], Client]
) -> None:
    correction = worlds.opened(returned)
    worlds.line(returned, correction, "600101", "net_commission", "1000.00")
    done = worlds.approved(returned, correction)
    (sentence,) = oversettled(done)
    assert "多结的" in sentence
    assert "多结的" in signed_in("600002").get(f"/payroll/corrections/{done.number}/").content.decode()
    october = CorrectedSlip.objects.get(person=returned["600101"], month=OCTOBER)
    assert [lot["origin"] for lot in october.carried_before["lots"]] == []


# --- who goes on as a broker ------------------------------------------------------------------------------------------
@pytest.fixture
def turned(people: People) -> People:
    """600101, part of whose August was deferred, is a broker from September on."""
    worlds.ready(people, SEPTEMBER, OCTOBER, NOVEMBER)
    worlds.paid(people, AUGUST)
    engage(people, "600101", SEPTEMBER.first, "broker")
    MonthlyInput.objects.filter(person=people["600101"], month=SEPTEMBER).update(vat=0)
    return people


def test_deferral_of_who_became_a_broker_is_listed_and_settled_by_hand(
    turned: People, signed_in: Callable[[str], Client]
) -> None:
    for month in ((), (SEPTEMBER,)):  # before and after their first month as a broker
        worlds.paid(turned, *month)
        found = leaver(turned)
        assert (found.turned, found.back, found.words) == (True, None, "已转为证券经纪人,未结清")
        assert [item.kind for item in found.items] == ["lots"]
    page = f"/payroll/corrections/leavers/{found.slip.pk}/"
    assert "经纪人的报酬没有递延发放" in signed_in("600002").get(page).content.decode()
    item = found.item("lots")
    with pytest.raises(Refusal, match="任职"):
        settled(turned, "lots", "10", day=date(2026, 8, 31))
    confirmed(turned, settled(turned, "lots", str(item.plan[0].amount), day=date(2026, 9, 20)))
    assert leaver(turned).item("lots").left == item.owed - item.plan[0].amount
    engage(turned, "600101", OCTOBER.first)
    assert leaver(turned).back == turned.branch, "an employee again: the run goes on with the rest"
    slip = worlds.following(turned, OCTOBER)["600101"]
    assert balance(slip.carried_before) == item.owed - item.plan[0].amount
    assert D(slip.figures["递延发放"]) == item.plan[1].amount
    assert leavers_in([turned.branch]) == []


def test_what_a_brokers_pay_bears_is_not_listed_beside_it(turned: People) -> None:
    correction = worlds.opened(turned)
    worlds.line(turned, correction, "600101", "duty_score", "85")
    worlds.approved(turned, correction)
    assert [item.kind for item in leaver(turned).items] == ["lots"]
    worlds.paid(turned, SEPTEMBER)
    assert "补发补扣" in worlds.slip(turned, "600101", SEPTEMBER).figures


def test_who_then_leaves_as_a_broker_has_the_deferral_with_the_employees_slip(turned: People) -> None:
    worlds.paid(turned, SEPTEMBER)
    correction = worlds.opened(turned, SEPTEMBER)
    worlds.line(turned, correction, "600101", "net_commission", "1000.00")
    Engagement.objects.filter(person=turned["600101"], ended_on=None).update(ended_on=SEPTEMBER.last)
    worlds.approved(turned, correction)
    found = {one.slip.month: [item.kind for item in one.items] for one in leavers_in([turned.branch])}
    assert found == {AUGUST: ["lots"], SEPTEMBER: ["adjustment"]}


def test_who_becomes_a_broker_without_deferral_is_not_listed(people: People) -> None:
    worlds.paid(people, AUGUST)
    engage(people, "600104", SEPTEMBER.first, "broker")
    assert leavers_in([people.branch]) == []
