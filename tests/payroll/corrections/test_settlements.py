"""Leavers' balances: listed, settled outside the pay run by two people, and then neither paid nor taken again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from branch.audit.models import AuditRow
from branch.exports.actions import ask
from branch.notices.models import Notice
from branch.org.models import Branch
from branch.workbench.register import todos_for
from clients.figures.models import ManagerFigure
from kernel.money import grouped, total
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.corrections.actions import settlements
from payroll.corrections.actions.settlements import Settling
from payroll.corrections.leavers import Leaver, leavers_in
from payroll.corrections.lending import adjustments_due
from payroll.corrections.models import OutsideSettlement
from payroll.corrections.queries import adjustments_of, arrears_in
from payroll.intake.models import MonthlyInput
from payroll.reckoning.facts import Carried
from tests.factories.branch import People, give_role, make_person
from tests.factories.close import committed
from tests.factories.runs import AUGUST, OCTOBER, SEPTEMBER, approved_run
from tests.payroll.corrections import worlds
from tests.payroll.corrections.test_views import stored

D = Decimal
DAY = date(2026, 9, 10)
LIST = "/payroll/corrections/leavers/"


def leave(people: People, staff_no: str, *absent: Month, day: date = AUGUST.last) -> None:
    """Their last day, and nothing of them in the months after it."""
    people[staff_no].engagements.update(ended_on=day)
    people[staff_no].postings.update(effective_to=day)
    MonthlyInput.objects.filter(person=people[staff_no], month__in=absent).delete()
    ManagerFigure.objects.filter(person=people[staff_no], month__in=absent).delete()


def come_back(people: People, staff_no: str, day: date, branch: Branch | None = None) -> None:
    old, posted = people[staff_no].engagements.get(), people[staff_no].postings.get()
    old.pk, old.hired_on, old.contract_from, old.ended_on = None, day, day, None
    old.branch = branch or old.branch
    old.save(force_insert=True)
    if branch is None:
        posted.pk, posted.effective_from, posted.effective_to = None, day, None
        posted.save(force_insert=True)


def settled(people: People, key: str, amount: str, *, slip: int | None = None, **others: Any) -> OutsideSettlement:
    given: dict[str, Any] = {
        "day": DAY,
        "how": "transfer",
        "reason": "转入本人工资卡",
        "voucher": "记-0912",
        "tax": D(0),
    } | others
    if slip is None:
        slip = leaver(people).slip.pk
    with committed():
        return settlements.propose_settlement(slip_id=slip, key=key, given=Settling(D(amount), **given), by=people["600002"])


def confirmed(people: People, row: OutsideSettlement, by: str = "600003") -> OutsideSettlement:
    with committed():
        return settlements.confirm_settlement(settlement_id=row.pk, by=people[by])


def leaver(people: People) -> Leaver:
    (found,) = leavers_in([people.branch])
    return found


@pytest.fixture
def left(people: People) -> People:
    """August paid; the team leader, whose August was deferred in part, left with it."""
    worlds.paid(people, AUGUST)
    leave(people, "600101")
    return people


@pytest.fixture
def corrected(people: People) -> People:
    """August paid and then corrected for somebody who left with it: something to be taken back."""
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "65")
    worlds.approved(people, correction)
    leave(people, "600103")
    return people


def owing(people: People) -> Leaver:
    return next(one for one in leavers_in([people.branch]) if one.slip.staff_no == "600103")


def test_a_leavers_deferral_is_listed_with_its_plan(left: People) -> None:
    found = leaver(left)
    lots = Carried.from_dict(found.slip.carried_after).lots
    item = found.item("lots")
    assert item.owed == item.left == total(lot.balance for lot in lots) > 0
    assert [one.month for one in item.plan] == [AUGUST + count for count in range(1, 13)]
    assert item.plan[-1].so_far == item.owed
    assert item.plan[0].amount == lots[0].instalment


def test_nobody_is_listed_who_stays_moves_renews_or_has_a_month_to_come(people: People) -> None:
    worlds.paid(people, AUGUST)
    assert leavers_in([people.branch]) == []
    leave(people, "600101", day=SEPTEMBER.first)
    assert leavers_in([people.branch]) == [], "September's own run pays the last day"
    leave(people, "600101")
    come_back(people, "600101", SEPTEMBER.first, branch=Branch.objects.create(code="0755LH", name="深圳罗湖营业部"))
    assert leavers_in([people.branch]) == [], "moved: the other branch goes on"


def test_one_registers_another_confirms_and_what_is_left_is_the_rest(left: People) -> None:
    item = leaver(left).item("lots")
    row = settled(left, "lots", str(item.plan[2].so_far))
    assert row.label.endswith(":2026年9月至2026年11月")
    waiting = leaver(left).item("lots")
    assert waiting.left == item.owed, "nothing counts before it is confirmed"
    assert waiting.pending
    assert Notice.objects.filter(person=left["600003"], key=f"settlement:{row.pk}:proposed").exists()
    assert any("线下结清" in todo.label for todo in todos_for(left["600003"]))
    confirmed(left, row)
    after = leaver(left).item("lots")
    assert after.settled + after.left == item.owed
    assert after.plan[0].month == AUGUST + 4
    assert [one.amount for one in after.plan] == [one.amount for one in item.plan[3:]]
    confirmed(left, settled(left, "lots", str(after.left)))
    assert not leaver(left).is_open
    acts = AuditRow.objects.filter(act__startswith="settlement.").order_by("pk")
    assert [one.act for one in acts] == ["settlement.propose", "settlement.confirm"] * 2
    assert not any(grouped(amount) in one.summary for one in acts for amount in (row.size, after.left)), "no pay in the log"


def test_two_people_or_nothing(left: People) -> None:
    row = settled(left, "lots", "10")
    give_role(left["600002"], "chief_accountant", branch=left.branch)
    left["600002"].__dict__.pop("_holdings", None)
    with pytest.raises(Refusal, match="同一人"):
        confirmed(left, row, by="600002")
    with pytest.raises(Refusal):
        confirmed(left, row, by="600103")
    with pytest.raises(Refusal):
        settlements.propose_settlement(
            slip_id=row.slip_id, key="lots", given=Settling(D(1), DAY, "cash", "x", "y"), by=left["600003"]
        )


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "more than is owed": ({"amount": "999999"}, "只剩"),
    "nothing": ({"amount": "0"}, "大于 0"),
    "less than a 分": ({"amount": "1.005"}, "两位小数"),
    "while still in service": ({"day": date(2026, 8, 31)}, "任职"),
    "before the last month": ({"day": date(2026, 7, 31)}, "不能早于"),
    "without a proof": ({"voucher": " "}, "凭证号或上传"),
    "without a word": ({"reason": " "}, "怎样结清"),
    "no way that is known": ({"how": "gift"}, "转账、现金或放弃"),
    "another's item": ({"key": "adjustment:9"}, "没有这一项"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_may_not_be_registered(left: People, name: str) -> None:
    changes, words = WRONG[name]
    given = {"key": "lots", "amount": "10"} | changes
    with pytest.raises(Refusal, match=words):
        settled(left, **given)
    assert not OutsideSettlement.objects.exists()


def test_not_on_a_day_to_come(left: People) -> None:
    with pytest.raises(Refusal, match="晚于今天"):
        settled(left, "lots", "10", day=timezone.localdate() + timedelta(1))


def test_not_before_the_last_month_is_paid_out(people: People) -> None:
    approved_run(people, AUGUST)
    leave(people, "600101")
    with pytest.raises(Refusal, match="还没有发放"):
        settled(people, "lots", "10")


def test_one_waits_at_a_time_and_is_taken_back_or_sent_back_with_a_reason(left: People) -> None:
    row = settled(left, "lots", "10")
    with pytest.raises(Refusal, match="待确认"):
        settled(left, "lots", "10")
    with pytest.raises(Refusal, match="原因"):
        settlements.reject_settlement(settlement_id=row.pk, reason=" ", by=left["600002"])
    settlements.reject_settlement(settlement_id=row.pk, reason="填错了金额", by=left["600002"])
    again = settled(left, "lots", "11")
    settlements.reject_settlement(settlement_id=again.pk, reason="没有回单", by=left["600004"])
    assert leaver(left).item("lots").settled == 0
    with pytest.raises(Refusal):
        confirmed(left, again)


def test_the_database_itself_keeps_what_was_decided(left: People) -> None:
    row = settled(left, "lots", "10")
    for act in (lambda: OutsideSettlement.objects.update(amount=9), lambda: OutsideSettlement.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    confirmed(left, row)
    with pytest.raises(DatabaseError), transaction.atomic():
        OutsideSettlement.objects.update(state="rejected")
    assert OutsideSettlement.objects.get().state == "confirmed"


# --- neither paid nor taken again -------------------------------------------------------------------------------------
def test_an_adjustment_settled_is_not_taken_again(corrected: People) -> None:
    who = corrected["600103"].pk
    (before,) = adjustments_due([who], SEPTEMBER)[who]
    item = owing(corrected).item(f"adjustment:{before.key}")
    assert item.left == before.gross < 0
    row = settled(corrected, item.key, "30", slip=owing(corrected).slip.pk, how="cash")
    assert adjustments_due([who], SEPTEMBER)[who] == (before,)
    confirmed(corrected, row)
    (rest,) = adjustments_due([who], SEPTEMBER)[who]
    assert rest.gross == before.gross + 30
    confirmed(corrected, settled(corrected, item.key, str(-rest.gross), slip=row.slip_id, how="waived"))
    assert adjustments_due([who], SEPTEMBER) == {}
    correction = OutsideSettlement.objects.last().adjustment.correction  # type: ignore[union-attr]
    assert [one.words for one in adjustments_of(correction)] == ["已线下结清"]


def test_who_comes_back_is_neither_paid_nor_taken_what_was_settled(people: People) -> None:
    """Back in October after August's deferral was paid out by hand for three months and a 扣回 was paid back in part."""
    worlds.ready(people, SEPTEMBER, OCTOBER)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600101", "duty_score", "85")
    worlds.approved(people, correction)
    leave(people, "600101", SEPTEMBER)
    worlds.paid(people, SEPTEMBER)
    found = leaver(people)
    lots = found.item("lots")
    adjustment = next(item for item in found.items if item.kind == "adjustment")
    confirmed(people, settled(people, "lots", str(lots.plan[2].so_far), day=date(2026, 9, 20)))
    confirmed(people, settled(people, adjustment.key, str(-adjustment.left), day=date(2026, 9, 20)))
    come_back(people, "600101", OCTOBER.first)
    slip = worlds.following(people, OCTOBER)["600101"]
    begun = Carried.from_dict(slip.carried_before)
    assert total(lot.balance for lot in begun.lots) == lots.owed - lots.plan[2].so_far
    assert Decimal(slip.figures["递延发放"]) == lots.plan[3].amount
    assert "补发补扣" not in slip.figures
    assert leavers_in([people.branch]) == []


def test_arrears_settled_are_not_taken_again(people: People) -> None:
    worlds.ready(people, SEPTEMBER, OCTOBER)
    worlds.ready(people, OCTOBER.next)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600102", "net_commission", "1000.00")
    worlds.approved(people, correction)
    worlds.paid(people, SEPTEMBER)
    leave(people, "600102", OCTOBER, day=SEPTEMBER.last)
    (owed,) = arrears_in([people.branch])
    assert owed.left
    found = leaver(people)
    item = next(one for one in found.items if one.kind == "arrear")
    assert item.left == -owed.arrear.balance
    day = date(2026, 10, 15)
    confirmed(people, settled(people, item.key, "0.01", day=day))
    assert arrears_in([people.branch])[0].arrear.balance == owed.arrear.balance - D("0.01")
    confirmed(people, settled(people, item.key, str(owed.arrear.balance - D("0.01")), day=day))
    assert arrears_in([people.branch]) == []
    worlds.paid(people, OCTOBER)
    come_back(people, "600102", OCTOBER.next.first)
    slip = worlds.following(people, OCTOBER.next)["600102"]
    assert Carried.from_dict(slip.carried_before).arrears == ()
    assert "补发补扣" not in slip.figures


def test_what_a_later_slip_took_up_can_not_be_settled_any_more(people: People) -> None:
    worlds.ready(people, SEPTEMBER, OCTOBER)
    worlds.paid(people, AUGUST)
    leave(people, "600101", SEPTEMBER)
    worlds.paid(people, SEPTEMBER)
    row = settled(people, "lots", "10", day=date(2026, 9, 20))
    come_back(people, "600101", OCTOBER.first)
    assert leaver(people).back == people.branch
    worlds.following(people, OCTOBER)
    with pytest.raises(Refusal, match="承接"):
        confirmed(people, row)


def test_a_computed_month_is_computed_again_once_something_was_settled(people: People) -> None:
    """Registered in time, confirmed after the new month was computed and taken back: the month that is sent up knows it."""
    worlds.ready(people, SEPTEMBER, OCTOBER)
    worlds.paid(people, AUGUST)
    leave(people, "600101", SEPTEMBER)
    worlds.paid(people, SEPTEMBER)
    row = settled(people, "lots", "10", day=date(2026, 9, 20))
    come_back(people, "600101", OCTOBER.first)
    confirmed(people, row)
    assert worlds.following(people, OCTOBER)["600101"].facts["sources"]["settled"] == [row.pk]


# --- who moved --------------------------------------------------------------------------------------------------------
def test_who_moved_is_paid_by_the_other_branch_and_its_finance_is_told(people: People) -> None:
    other = Branch.objects.create(code="0755LH", name="深圳罗湖营业部")
    finance = make_person("700001", "罗湖财务")
    give_role(finance, "branch_finance", branch=other)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "65")
    leave(people, "600103")
    come_back(people, "600103", SEPTEMBER.first, branch=other)
    done = worlds.approved(people, correction)
    (standing,) = adjustments_of(done)
    assert standing.words == "由深圳罗湖营业部随工资扣回"
    assert not standing.left
    assert Notice.objects.filter(person=finance, text__contains=correction.number).exists()
    with pytest.raises(Refusal, match="没有离职"):
        settled(people, f"adjustment:{standing.row.pk}", "10", slip=standing.row.slip_id)


# --- pages, API, export -----------------------------------------------------------------------------------------------
@pytest.fixture
def at(people: People) -> Callable[[str], Client]:
    def sign_in(staff_no: str) -> Client:
        browser = Client()
        browser.force_login(people[staff_no].user)
        return browser

    return sign_in


def _given(**others: object) -> dict[str, object]:
    plain = {
        "item": "lots",
        "amount": "50",
        "day": "2026-09-10",
        "how": "transfer",
        "tax": "0",
        "reason": "转账",
        "voucher": "记-1",
    }
    return plain | others


def test_from_the_list_to_the_confirmation_on_the_pages(left: People, at: Callable[[str], Client]) -> None:
    finance, accountant = at("600002"), at("600003")
    page = f"{LIST}{leaver(left).slip.pk}/"
    assert page in finance.get(LIST).content.decode()
    assert "登记线下结清" in finance.get(page).content.decode()
    assert "登记</button>" not in accountant.get(page).content.decode()
    answer = finance.post(f"{page}settle/", _given(amount="999999"))
    assert answer.status_code == 409
    assert "只剩" in answer.content.decode()
    proof = SimpleUploadedFile("回单.pdf", b"%PDF-1.7 x", "application/pdf")
    answer = finance.post(f"{page}settle/", _given(voucher="", evidence=proof), follow=True)
    assert "待确认" in answer.content.decode()
    row = OutsideSettlement.objects.get()
    assert finance.post(f"/payroll/corrections/settlements/{row.pk}/confirm/").status_code == 403
    assert page in accountant.get(f"{LIST}?show=waiting").content.decode()
    answer = accountant.post(f"/payroll/corrections/settlements/{row.pk}/confirm/", follow=True)
    assert "已确认" in answer.content.decode()
    answer = accountant.get(f"/payroll/corrections/settlements/{row.pk}/evidence/")
    assert answer["Content-Disposition"].startswith("attachment")
    accountant.get(f"/api/v1/corrections/settlements/{row.pk}/evidence/")
    taken = AuditRow.objects.filter(act="settlement.evidence", subject_id=str(row.pk), actor_id=left["600003"].pk)
    assert [row.branch_code for row in taken] == ["0755FT"] * 2
    assert "已线下结清 50.00 元" in finance.get(page).content.decode()


def test_the_proof_is_what_its_bytes_say(left: People, at: Callable[[str], Client]) -> None:
    page = f"{LIST}{leaver(left).slip.pk}/"
    proof = SimpleUploadedFile("回单.pdf", b"<html>", "application/pdf")
    answer = at("600002").post(f"{page}settle/", _given(evidence=proof))
    assert "PDF、PNG" in answer.content.decode()
    assert not OutsideSettlement.objects.exists()


def test_a_refused_registration_leaves_no_file_behind(left: People, at: Callable[[str], Client]) -> None:
    finance, slip, before = at("600002"), leaver(left).slip.pk, stored()
    page, api = f"{LIST}{slip}/settle/", f"/api/v1/corrections/leavers/{slip}/settle/"
    for address, more, headers in (
        (page, {}, {}),
        (page, {"once": "a-token-of-mine"}, {}),
        (api, {}, {}),
        (api, {}, {"Idempotency-Key": "a-key-of-mine"}),
    ):
        proof = SimpleUploadedFile("回单.pdf", b"%PDF-1.7 x", "application/pdf")
        answer = finance.post(address, _given(amount="999999", evidence=proof, **more), headers=headers)
        assert (answer.status_code, stored()) == (409, before), address
    proof = SimpleUploadedFile("回单.pdf", b"%PDF-1.7 x", "application/pdf")
    assert finance.post(api, _given(evidence=proof)).status_code == 201
    assert stored() == (before[0] + 1, before[1] + 1)


def test_a_form_sent_twice_registers_once(left: People, at: Callable[[str], Client]) -> None:
    finance, page = at("600002"), f"{LIST}{leaver(left).slip.pk}/settle/"
    for _ in range(2):
        assert finance.post(page, _given(once="a-token-of-mine")).status_code == 302
    assert OutsideSettlement.objects.count() == 1


def test_the_api_does_the_same(left: People, at: Callable[[str], Client]) -> None:
    finance, accountant = at("600002"), at("600003")
    (one,) = finance.get("/api/v1/corrections/leavers/").json()["items"]
    detail = finance.get(f"/api/v1/corrections/leavers/{one['slip']}/").json()
    assert detail["items"][0]["left"] == one["lots"]
    assert len(detail["items"][0]["plan"]) == 12
    answer = finance.post(f"/api/v1/corrections/leavers/{one['slip']}/settle/", _given(), content_type="application/json")
    assert answer.status_code == 201, answer.content
    key = answer.json()["id"]
    assert accountant.post(f"/api/v1/corrections/settlements/{key}/confirm/").json()["state"] == "confirmed"
    answer = finance.post(f"/api/v1/corrections/settlements/{key}/reject/", {"reason": "x"}, content_type="application/json")
    assert answer.status_code == 409
    (row,) = finance.get("/api/v1/corrections/settlements/?state=confirmed").json()["items"]
    assert row["amount"] == "50.00"


def test_the_list_is_taken_away_with_its_filters(left: People) -> None:
    export = ask(kind="leaver-balances", query=QueryDict("show=all"), by=left["600002"])
    assert export.rows == 1


def test_the_list_asks_no_more_for_two_than_for_one(people: People, django_assert_max_num_queries: Any) -> None:
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    for staff_no in ("600101", "600102", "600103"):
        worlds.line(people, correction, staff_no, "duty_score", "65")
    worlds.approved(people, correction)
    for staff_no in ("600101", "600102", "600103"):
        leave(people, staff_no)
    with django_assert_max_num_queries(9):
        assert len(leavers_in([people.branch])) == 3
