"""What is frozen, from where, and what stops the month by name."""

from __future__ import annotations

from datetime import date

import pytest

from branch.parameters.models import ParameterValue
from branch.people.models import Engagement, Posting
from clients.figures.models import FiguresMonth, ManagerFigure
from kernel.months import Month
from kernel.refusals import Missing, Refusal
from payroll.intake.actions import confirm_tax_mode, propose_tax_mode
from payroll.intake.models import MonthlyInput, OpeningBalance, OpeningSet, TaxMode
from payroll.reckoning.facts import FROM_JANUARY, LUMP, STANDARD
from payroll.runs.actions import send_up
from payroll.runs.frozen import person_as_dict, person_from_dict, team_as_dict, team_from_dict
from payroll.runs.inputs import freeze
from payroll.schemes.models import SchemeVersion
from teams.plans.rulebooks.models import RuleDocument
from tests.factories.branch import People
from tests.factories.close import computed
from tests.factories.runs import AUGUST, SEPTEMBER, make_ready


def test_each_part_names_the_row_it_came_from(people: People) -> None:
    frozen = freeze(people.branch, AUGUST)
    assert frozen.problems == []
    one = next(person for person in frozen.people if person.facts.staff_no == "600103")
    assert one.sources == {
        "engagement": Engagement.objects.get(person=people["600103"]).pk,
        "posting": Posting.objects.get(person=people["600103"]).pk,
        "figure": ManagerFigure.objects.get(person=people["600103"]).pk,
        "input": MonthlyInput.objects.get(person=people["600103"]).pk,
        "sales": [],
        "opening": OpeningBalance.objects.get(person=people["600103"]).pk,
    }
    assert one.bank_masked.startswith("招商银行深圳分行 6214*")


def test_the_second_month_goes_on_from_the_first_slip(people: People) -> None:
    august = computed(people, AUGUST)
    make_ready(people, SEPTEMBER)
    frozen = freeze(people.branch, SEPTEMBER)
    assert frozen.predecessor_digest == august.digest
    for person in frozen.people:
        slip = august.slips.get(person=person.person_id)
        assert person.sources["previous_slip"] == slip.pk
        assert person.start.carried.as_dict() == slip.carried_after


def test_what_is_frozen_comes_back_as_it_was(people: People) -> None:
    frozen = freeze(people.branch, AUGUST)
    for person in frozen.people:
        assert person_from_dict(person_as_dict(person.facts)) == person.facts
    for team in frozen.teams.values():
        assert team_from_dict(team_as_dict(team)) == team


def test_everything_missing_is_one_list(people: People) -> None:
    MonthlyInput.objects.filter(person=people["600102"]).delete()
    OpeningBalance.objects.filter(person=people["600103"]).delete()
    Posting.objects.filter(person=people["600105"]).delete()
    FiguresMonth.objects.update(state="open")
    with pytest.raises(Refusal) as refused:
        freeze(people.branch, AUGUST).require_complete()
    said = "\n".join(refused.value.items)
    assert "尚未复核锁定" in said
    assert "600102 夏娜芳:2026年8月的核算输入没有此人" in said
    assert "600103 丁一凡" in said
    assert "期初余额" in said
    assert "600105 马文涛:2026年8月没有岗位记录" in said
    assert len(refused.value.items) >= 4


def test_a_joiner_needs_no_opening(people: People) -> None:
    frozen = freeze(people.branch, AUGUST)
    joiner = next(person for person in frozen.people if person.facts.staff_no == "600104")
    assert joiner.sources["start"] == "joiner"
    assert joiner.start.carried.chain is None


def test_an_input_for_somebody_not_employed_is_named(people: People) -> None:
    Engagement.objects.filter(person=people["600105"]).update(ended_on=date(2026, 7, 31))
    said = freeze(people.branch, AUGUST).problems
    assert any("600105 马文涛:核算输入有此人" in sentence for sentence in said)
    assert any("600105 马文涛:月度数据里有此人的客户" in sentence for sentence in said)


def test_two_engagements_in_one_month_are_named(people: People) -> None:
    old = Engagement.objects.get(person=people["600105"])
    Engagement.objects.filter(pk=old.pk).update(ended_on=date(2026, 8, 10))
    Engagement.objects.create(
        person=old.person, branch=old.branch, kind="employee", hired_on=date(2026, 8, 11), contract_from=date(2026, 8, 11)
    )
    assert any("600105 马文涛:本月有两段用工关系" in sentence for sentence in freeze(people.branch, AUGUST).problems)


def test_a_month_without_a_parameter_is_refused_naming_it(people: People) -> None:
    until_july = ParameterValue.objects.filter(effective_from__lte=date(2026, 7, 31))
    until_july.filter(code="si.sz.medical_1").update(effective_to=date(2026, 7, 31))
    until_july.filter(code="wage.min_month").update(effective_to=date(2026, 7, 31))
    said = freeze(people.branch, AUGUST).problems
    assert any("医疗" in sentence and "2026-08-01" in sentence for sentence in said)
    assert any("最低工资" in sentence and "2026-08-01" in sentence for sentence in said)


def test_a_month_before_the_scheme_is_refused_naming_the_paper(people: People) -> None:
    with pytest.raises(Missing, match="深营营销〔2026〕1号"):
        freeze(people.branch, Month(2026, 7))


def test_months_are_reckoned_one_after_the_other(people: People) -> None:
    make_ready(people, SEPTEMBER)
    assert any("请先核算 2026年8月" in sentence for sentence in freeze(people.branch, SEPTEMBER).problems)


def test_nothing_is_reckoned_before_the_openings(people: People) -> None:
    SchemeVersion.objects.update(effective_from=Month(2026, 7))
    RuleDocument.objects.update(effective_from=date(2026, 7, 1))
    SchemeVersion.objects.update(data={**SchemeVersion.objects.get().data, "effective_from": "2026-07"})
    assert any("期初余额从 2026年8月起算" in sentence for sentence in freeze(people.branch, Month(2026, 7)).problems)


def confirmed(people: People, who: str, mode: str, year: int) -> TaxMode:
    made = propose_tax_mode(
        person=people[who], branch=people.branch, tax_year=year, mode=mode, reason="凭据", by=people["600002"]
    )
    return confirm_tax_mode(tax_mode_id=made.pk, by=people["600003"])


def test_a_joiners_first_wage_of_the_year_counts_from_january(people: People) -> None:
    before = computed(people, AUGUST).slips.get(person=people["600104"])
    assert before.carried_after["chain"]["basic"] == "10000"
    mode = confirmed(people, "600104", FROM_JANUARY, 2026)
    frozen = next(one for one in freeze(people.branch, AUGUST).people if one.facts.staff_no == "600104")
    assert (frozen.facts.tax_mode, frozen.sources["tax_mode"]) == (FROM_JANUARY, mode.pk)
    after = computed(people, AUGUST).slips.get(person=people["600104"])
    assert after.carried_after["chain"]["basic"] == "45000", "nine months at the payment of September"
    make_ready(people, SEPTEMBER)
    later = computed(people, SEPTEMBER).slips.get(person=people["600104"])
    assert later.carried_after["chain"]["basic"] == "50000"


def test_a_mode_confirmed_after_the_computation_stops_the_sending_up(people: People) -> None:
    run = computed(people, AUGUST)
    confirmed(people, "600104", FROM_JANUARY, 2026)
    with pytest.raises(Refusal, match="请重新计算") as refused:
        send_up(run_id=run.pk, by=people["600002"])
    assert refused.value.items == ["600104 方小雨"]


@pytest.mark.parametrize("who", ["600103", "600105"])
def test_a_new_tax_year_takes_its_own_mode(people: People, who: str) -> None:
    december = Month(2026, 12)
    OpeningSet.objects.update(first_month=december)
    OpeningBalance.objects.update(income=50000, net_income=50000, tax_mode=LUMP)
    make_ready(people, december)

    def mode_of() -> tuple[str, int | None]:
        one = next(one for one in freeze(people.branch, december).people if one.facts.staff_no == who)
        return one.facts.tax_mode, one.sources.get("tax_mode")

    assert mode_of() == (STANDARD, None), "last year's mode is not this year's"
    mode = confirmed(people, who, LUMP, 2027)
    assert mode_of() == (LUMP, mode.pk)
    assert freeze(people.branch, december, pay_month=december).people[0].facts.tax_mode == LUMP, "paid in the old year: its own"
