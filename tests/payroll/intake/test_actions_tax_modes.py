"""Tax modes: two persons, what the law excludes is refused, one confirmed a person and year."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from branch.notices.models import Notice
from branch.people.models import Engagement
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal
from payroll.intake import states, tax_modes
from payroll.intake.actions import confirm_tax_mode, propose_lump, propose_tax_mode, reject_tax_mode
from payroll.intake.models import OpeningBalance, OpeningSet, TaxMode
from payroll.reckoning.facts import FROM_JANUARY, LUMP, STANDARD
from payroll.runs.actions import send_up
from tests.factories.branch import People, give_role
from tests.factories.close import committed, computed
from tests.factories.runs import AUGUST, make_ready, sign, small_branch, three

JOINER, VETERAN, BROKER = "600104", "600103", "600105"


@pytest.fixture
def people(db: None) -> People:
    found = small_branch()
    give_role(found["600001"], "branch_finance", branch=found.branch)  # a second 营业部财务
    return found


def propose(people: People, who: str, mode: str, year: int = 2026, by: str = "600002", reason: str = "毕业证 A1") -> TaxMode:
    return propose_tax_mode(person=people[who], branch=people.branch, tax_year=year, mode=mode, reason=reason, by=people[by])


def paid_all_year(people: People, **income: str) -> None:
    """Openings that contain the twelve payments of 2026; the incomes of some people in place of theirs."""
    OpeningSet.objects.update(first_month=Month(2026, 12))
    for who, amount in income.items():
        broker = who.strip("p") == BROKER
        OpeningBalance.objects.filter(person=people[who.strip("p")]).update(**{"net_income" if broker else "income": amount})


def test_one_proposes_another_confirms(people: People) -> None:
    with committed():
        mode = propose(people, JOINER, FROM_JANUARY)
    assert tax_modes.confirmed_modes([people[JOINER].pk], 2026) == {}, "a proposal counts for nothing"
    assert Notice.objects.filter(person=people["600003"], text__contains="等您确认").exists()
    with pytest.raises(Refusal, match="不能是同一人"):
        confirm_tax_mode(tax_mode_id=mode.pk, by=people["600002"])
    with pytest.raises(Forbidden):
        confirm_tax_mode(tax_mode_id=mode.pk, by=people["600005"])
    confirm_tax_mode(tax_mode_id=mode.pk, by=people["600003"])
    assert tax_modes.confirmed_modes([people[JOINER].pk], 2026)[people[JOINER].pk].mode == FROM_JANUARY


def test_the_database_keeps_two_persons_and_one_a_year(people: People) -> None:
    mode = propose(people, JOINER, FROM_JANUARY)
    with pytest.raises(IntegrityError, match="tax_mode_two_persons"), transaction.atomic():
        TaxMode.objects.filter(pk=mode.pk).update(state=states.CONFIRMED, confirmed_by=people["600002"])
    with pytest.raises(IntegrityError, match="tax_mode_confirmed_by_someone"), transaction.atomic():
        TaxMode.objects.filter(pk=mode.pk).update(state=states.CONFIRMED)
    confirm_tax_mode(tax_mode_id=mode.pk, by=people["600003"])
    twin = TaxMode(person=people[JOINER], branch=people.branch, tax_year=2026, mode=STANDARD, reason="x")
    twin.state, twin.proposed_by, twin.confirmed_by = states.CONFIRMED, people["600002"], people["600003"]
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_a_later_one_replaces_it(people: People) -> None:
    first = confirm_tax_mode(tax_mode_id=propose(people, JOINER, FROM_JANUARY).pk, by=people["600003"])
    with pytest.raises(Refusal, match="无需再提"):
        propose(people, JOINER, FROM_JANUARY)
    confirm_tax_mode(tax_mode_id=propose(people, JOINER, STANDARD, reason="此前在他处有工资").pk, by=people["600001"])
    first.refresh_from_db()
    assert first.state == states.REPLACED
    assert tax_modes.confirmed_modes([people[JOINER].pk], 2026)[people[JOINER].pk].mode == STANDARD


def test_sent_back_with_a_reason_it_may_be_proposed_again(people: People) -> None:
    mode = propose(people, JOINER, FROM_JANUARY)
    with pytest.raises(Refusal, match="已有一条待确认"):
        propose(people, JOINER, FROM_JANUARY)
    with pytest.raises(Refusal, match="退回的原因"):
        reject_tax_mode(tax_mode_id=mode.pk, reason=" ", by=people["600003"])
    with committed():
        reject_tax_mode(tax_mode_id=mode.pk, reason="缺声明", by=people["600003"])
    assert Notice.objects.filter(person=people["600002"], text__contains="缺声明").exists()
    assert propose(people, JOINER, FROM_JANUARY).pk != mode.pk


@pytest.mark.parametrize(
    ("who", "mode", "year", "said"),
    [
        (BROKER, FROM_JANUARY, 2027, "劳务报酬"),
        (VETERAN, FROM_JANUARY, 2027, "不是 2027 年新入职"),
        (VETERAN, LUMP, 2026, "已随期初余额确定"),
        (JOINER, LUMP, 2027, "并非每月都由本单位预扣"),
        (VETERAN, LUMP, 2027, "收入超过 60,000.00 元"),
        (JOINER, STANDARD, 2026, "无需再提"),
        (JOINER, FROM_JANUARY, 2025, "不是罗湖"),
    ],
)
def test_what_the_law_excludes_is_refused(people: People, who: str, mode: str, year: int, said: str) -> None:
    said = said.replace("罗湖", people.branch.name)
    with pytest.raises(Refusal, match=said):
        propose(people, who, mode, year)


def test_reason_and_power_are_needed(people: People) -> None:
    with pytest.raises(Refusal, match="理由和凭据"):
        propose(people, JOINER, FROM_JANUARY, reason="  ")
    with pytest.raises(Forbidden):
        propose(people, JOINER, FROM_JANUARY, by="600005")


def test_who_qualifies_by_our_own_history(people: People) -> None:
    paid_all_year(people, p600103="60000.00", p600102="60000.01", p600105="30000.00")
    found = {one.engagement.person.staff_no: one for one in tax_modes.lump_candidates(people.branch, 2027)}
    assert {who for who, one in found.items() if one.qualifies} == {VETERAN, BROKER}
    assert "超过 60,000.00" in found["600102"].why_not
    OpeningBalance.objects.filter(person=people[VETERAN]).update(started=Month(2026, 3))
    found = {one.engagement.person.staff_no: one for one in tax_modes.lump_candidates(people.branch, 2027)}
    assert "1 月、2 月" in found[VETERAN].why_not


def test_those_suggested_are_proposed_at_once(people: People) -> None:
    paid_all_year(people, p600103="50000.00", p600105="30000.00")
    wanted = [people[VETERAN].pk, people[BROKER].pk]
    made = propose_lump(person_ids=wanted, branch=people.branch, tax_year=2027, by=people["600002"])
    assert [(row.person.staff_no, row.mode) for row in made] == [(VETERAN, LUMP), (BROKER, LUMP)]
    assert "50" not in made[0].reason.replace("60,000", ""), "the reason tells nobody's income"
    assert tax_modes.lump_suggestions(people.branch, 2027) == []
    with pytest.raises(Refusal, match="名单有变动"):
        propose_lump(person_ids=wanted, branch=people.branch, tax_year=2027, by=people["600002"])
    with pytest.raises(Refusal, match="先勾选"):
        propose_lump(person_ids=[], branch=people.branch, tax_year=2027, by=people["600002"])


def test_openings_and_approved_runs_make_one_history(people: People) -> None:
    make_ready(people, AUGUST)
    who = people[VETERAN].pk
    run = computed(people, AUGUST)
    assert tax_modes.paid_in([who], Engagement.Kind.EMPLOYEE, 2026)[who].months == frozenset(range(1, 9)), "not approved yet"
    from_opening = tax_modes.paid_in([who], Engagement.Kind.EMPLOYEE, 2026)[who].income
    send_and_sign(people, run.pk)
    paid = tax_modes.paid_in([who], Engagement.Kind.EMPLOYEE, 2026)[who]
    assert paid.months == frozenset(range(1, 10))
    assert paid.income == from_opening + run.slips.get(person=who).gross_pay


def send_and_sign(people: People, run_id: int) -> None:
    run = send_up(run_id=run_id, by=people["600002"])
    assert run.approval is not None
    sign(run.approval, *three(people))


def test_after_the_run_is_sent_up_the_year_is_settled(people: People) -> None:
    make_ready(people, AUGUST)
    mode = propose(people, JOINER, FROM_JANUARY)
    run = computed(people, AUGUST)
    send_and_sign(people, run.pk)
    with pytest.raises(Refusal, match="减除方式不能再改"):
        confirm_tax_mode(tax_mode_id=mode.pk, by=people["600003"])
    reject_tax_mode(tax_mode_id=mode.pk, reason="月报已批", by=people["600003"])
    with pytest.raises(Refusal, match="减除方式不能再改"):
        propose(people, JOINER, FROM_JANUARY)
