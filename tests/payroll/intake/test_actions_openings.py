"""Opening balances: two persons, once, and never changed afterwards."""

from __future__ import annotations

from decimal import Decimal

import pytest

from branch.notices.models import Notice
from branch.people.models import Engagement
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal
from payroll.intake import queries, states
from payroll.intake.actions import confirm_opening, import_opening, propose_opening, reject_opening
from payroll.intake.actions.openings import CONFIRMED, PROPOSED, REFUSED, UNCHANGED, WAITING, Outcome
from payroll.intake.models import OpeningBalance, OpeningSet
from payroll.reckoning.deferral import Lot
from payroll.reckoning.tax import BrokerChain, SalaryChain
from tests.factories.branch import People, give_role
from tests.factories.payroll import OPENING, Rows, cell, changed_opening, demo_bytes, without


def give(people: People, by: str, content: bytes | None = None) -> Outcome:
    return import_opening(content=content or demo_bytes(OPENING), name=OPENING, branch=people.branch, by=people[by])


def both(people: People, content: bytes | None = None) -> OpeningSet:
    give(people, "600001", content)
    return give(people, "600002", content).opening


def test_a_second_person_confirms_the_same_file(people: People) -> None:
    first = give(people, "600001")
    assert (first.what, first.opening.state, first.opening.people_count) == (PROPOSED, states.PROPOSED, 33)
    assert queries.opening_for([people["600101"].pk]) == {}, "a proposal starts no chain"
    assert give(people, "600001").what == WAITING
    second = give(people, "600002")
    assert (second.what, second.opening.pk) == (CONFIRMED, first.opening.pk)
    assert second.opening.confirmed_by == people["600002"]
    assert len(queries.opening_for([person.pk for person in people.by_no.values()])) == 33
    assert (second.opening.refused, second.opening.exceptions, second.opening.notices) == ([], [], [])


def test_the_chief_accountant_confirms_without_importing(people: People) -> None:
    give(people, "600002")
    assert give(people, "600003").what == CONFIRMED


def test_who_may_not_confirm_cannot_by_giving_the_file_again(people: People) -> None:
    give(people, "600002")
    with pytest.raises(Forbidden, match="确认期初余额"):
        give(people, "600001")
    with pytest.raises(Forbidden):
        give(people, "600005")


def test_the_proposer_cannot_confirm_even_with_the_power(people: People) -> None:
    opening = give(people, "600002").opening
    with pytest.raises(Refusal, match="不能是同一人"):
        confirm_opening(opening_id=opening.pk, seen_digest=opening.digest, by=people["600002"])


def test_what_was_seen_is_what_is_confirmed(people: People) -> None:
    opening = give(people, "600001").opening
    with pytest.raises(Refusal, match="有变动"):
        confirm_opening(opening_id=opening.pk, seen_digest="0" * 64, by=people["600002"])


def test_other_content_is_refused_once_confirmed(people: People) -> None:
    both(people)
    changed = changed_opening(lambda sheets: cell(sheets["员工"], "600101", "累计收入", "415963.30"))
    outcome = give(people, "600001", changed)
    assert outcome.what == REFUSED
    assert [(item["staff_no"], item["column"]) for item in outcome.opening.refused] == [("600101", "累计收入")]
    assert "已确认为 415963.29" in outcome.opening.refused[0]["message"]
    assert queries.opening_for([people["600101"].pk])[people["600101"].pk].income == Decimal("415963.29")


def test_the_same_content_again_changes_nothing(people: People) -> None:
    opening = both(people)
    outcome = give(people, "600001")
    assert (outcome.what, outcome.opening.pk) == (UNCHANGED, opening.pk)
    assert OpeningSet.objects.count() == 1


def test_who_was_left_out_is_named_and_may_follow_later(people: People) -> None:
    opening = both(people, changed_opening(lambda sheets: without(sheets["员工"], "600150")))
    assert [(item["staff_no"], item["name"]) for item in opening.exceptions] == [("600150", "赵晨磊")]
    late = both(people)
    assert (late.people_count, late.state) == (1, states.CONFIRMED)
    assert late.exceptions == []
    assert OpeningBalance.objects.count() == 33


def test_two_proposals_do_not_stand_side_by_side(people: People) -> None:
    give(people, "600001")
    other = changed_opening(lambda sheets: cell(sheets["员工"], "600101", "累计收入", "1.00"))
    with pytest.raises(Refusal, match="另一份期初余额正待确认"):
        propose_opening(content=other, name=OPENING, branch=people.branch, by=people["600002"])


def test_a_rejected_file_leaves_room_for_another(people: People) -> None:
    opening = give(people, "600001").opening
    with pytest.raises(Refusal, match="原因"):
        reject_opening(opening_id=opening.pk, reason=" ", by=people["600002"])
    reject_opening(opening_id=opening.pk, reason="递延余额与账面不符", by=people["600002"])
    assert OpeningBalance.objects.count() == 0
    assert give(people, "600001").what == PROPOSED
    with pytest.raises(Refusal, match="未采纳"):
        confirm_opening(opening_id=opening.pk, seen_digest=opening.digest, by=people["600002"])


def test_the_proposer_may_take_it_back_but_a_stranger_may_not(people: People) -> None:
    opening = give(people, "600001").opening
    with pytest.raises(Forbidden):
        reject_opening(opening_id=opening.pk, reason="不对", by=people["600101"])
    assert reject_opening(opening_id=opening.pk, reason="传错文件", by=people["600001"]).state == states.REJECTED


def test_a_confirmed_set_is_not_taken_back(people: People) -> None:
    opening = both(people)
    with pytest.raises(Refusal, match="已确认"):
        reject_opening(opening_id=opening.pk, reason="想改", by=people["600003"])


def test_a_file_with_mistakes_books_nothing_and_is_kept_for_its_error_file(people: People) -> None:
    def change(sheets: dict[str, Rows]) -> None:
        cell(sheets["员工"], "600101", "累计减除费用", "35000.00")
        cell(sheets["员工"], "600102", "累计收入", "许多")
        cell(sheets["证券经纪人"], "600112", "负佣金结转", "5.00")

    outcome = give(people, "600001", changed_opening(change))
    found = [(item["sheet"], item["row"], item["column"]) for item in outcome.opening.refused]
    assert outcome.what == REFUSED
    assert sorted(found) == [("员工", 2, "累计减除费用"), ("员工", 3, "累计收入"), ("证券经纪人", 2, "负佣金结转")]
    assert OpeningBalance.objects.count() == 0
    assert outcome.opening.exceptions == [], "who stands in a bad row is not called missing"


def test_an_employee_balance_starts_the_chain_and_the_lot(people: People) -> None:
    both(people)
    balance = queries.opening_for([people["600101"].pk])[people["600101"].pk]
    carried = queries.carried_from(balance)
    assert carried.chain == SalaryChain(
        year=2026,
        employed_from=1,
        basic_start=1,
        last_month=8,
        income=Decimal("415963.29"),
        basic=Decimal("40000.00"),
        special=Decimal("43172.16"),
        additional=Decimal("28000.00"),
        withheld=Decimal("44277.78"),
    )
    assert carried.lots == (Lot(None, Decimal("25244.96"), 11, Decimal("2295.00")),)
    assert queries.carried_from(_balance(people, "600104")).lots == ()


def test_a_broker_balance_starts_the_other_chain(people: People) -> None:
    both(people)
    carried = queries.carried_from(_balance(people, "600115"))
    assert carried.chain == BrokerChain(
        year=2026,
        last_month=8,
        net_income=Decimal("73653.85"),
        income_amount=Decimal("58923.08"),
        development_cost=Decimal("14730.80"),
        surtax=Decimal("44.19"),
        basic=Decimal("40000.00"),
        withheld=Decimal("124.44"),
    )


def test_a_mid_year_start_and_the_rule_of_notice_13_reach_the_chain(people: People) -> None:
    Engagement.objects.filter(person__staff_no__in=["600101", "600102"]).update(hired_on="2026-03-02")

    def change(sheets: dict[str, Rows]) -> None:
        for staff_no, basic in (("600101", "30000.00"), ("600102", "40000.00")):
            cell(sheets["员工"], staff_no, "任职受雇起始月", "2026-03")
            cell(sheets["员工"], staff_no, "累计减除费用", basic)

    both(people, changed_opening(change))
    plain, from_january = (queries.carried_from(_balance(people, staff_no)).chain for staff_no in ("600101", "600102"))
    assert plain is not None
    assert from_january is not None
    assert (plain.employed_from, plain.basic_start) == (3, 3)
    assert (from_january.employed_from, from_january.basic_start) == (3, 1)


def test_the_other_is_told_once(people: People) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda work, **_: work())
        give(people, "600001")
        give(people, "600001")
    told = sorted(Notice.objects.values_list("person__staff_no", flat=True))
    assert told == ["600002", "600003"]


def test_the_month_comes_from_the_name(people: People) -> None:
    with pytest.raises(Refusal, match="看不出"):
        import_opening(content=demo_bytes(OPENING), name="期初.xlsx", branch=people.branch, by=people["600001"])
    outcome = import_opening(
        content=demo_bytes(OPENING), name="期初.xlsx", branch=people.branch, by=people["600001"], month=Month(2026, 8)
    )
    assert outcome.opening.first_month == Month(2026, 8)


def test_another_first_month_does_not_fit_the_figures(people: People) -> None:
    outcome = import_opening(content=demo_bytes(OPENING), name="期初_2026-09.xlsx", branch=people.branch, by=people["600001"])
    assert outcome.what == REFUSED
    assert {item["column"] for item in outcome.opening.refused} == {"累计减除费用"}


def test_a_dated_role_counts_on_the_day_alone(people: People) -> None:
    give(people, "600001")
    people["600002"].roles.update(effective_to="2026-01-31")
    people["600002"].__dict__.pop("_holdings", None)
    with pytest.raises(Forbidden):
        give(people, "600002")
    give_role(people["600005"], "chief_accountant", branch=people.branch)
    assert give(people, "600005").what == CONFIRMED


def _balance(people: People, staff_no: str) -> OpeningBalance:
    person = people[staff_no].pk
    return queries.opening_for([person])[person]
