"""How far everybody is, from the CRM's figures alone."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from branch.calendar import actions as calendar
from branch.people.models import Posting
from clients.figures.queries import lines_of
from clients.imports.models import ImportBatch
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal
from teams.plans.targets import actions, progress
from teams.plans.targets.actions.progress import mark_stale
from teams.plans.targets.models import DayFigure, DeviationNote, StaleMonth, Target
from tests.factories.branch import People, load_roster_people
from tests.factories.clients import branch_with, expected
from tests.factories.plans import MANAGER, TEAM_LEADER, TRADE, broken_down, chain, imported, manager_rows, october, root, year

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)
OWNER = "600103"


@pytest.fixture
def people() -> People:
    calendar.take_reference(
        [(date(2026, 10, day), "public_holiday", "国庆") for day in range(1, 8)]
        + [(date(2026, 10, 10), "makeup_workday", "国庆")]
    )
    return load_roster_people()


def line_of(people: People, target: Target) -> progress.Standing:
    board = progress.board_for(people[MANAGER], people.branch, OCTOBER, target.metric)
    return next(line for line in board.lines if line.target.pk == target.pk)


def test_a5_after_the_import_completion_is_what_was_imported() -> None:
    people = branch_with("2026-08", "2026-09", "2026-10", sales=True)
    whole = root(people, "valid_accounts", october(100))
    team = broken_down(whole, {"营销一队": october(50)}, people[MANAGER])["营销一队"]
    actions.take_figures(branch=people.branch, month=OCTOBER)
    rows = {row["工号"]: int(row["新增有效户"]) for row in expected("2026-10")}
    assert line_of(people, whole).actual == sum(rows.values())
    first_team = set(Posting.objects.filter(team__name="营销一队").values_list("person__staff_no", flat=True))
    counted = sum(count for staff_no, count in rows.items() if staff_no in first_team)
    assert line_of(people, team).actual == counted
    assert line_of(people, team).completion == round(Decimal(counted) / 50, 4)


def test_days_sum_to_the_months_figures_and_measuring_again_writes_nothing() -> None:
    people = branch_with("2026-10", sales=True)
    assert actions.take_figures(branch=people.branch, month=OCTOBER) > 0
    kept = {row.person_id: row for row in DayFigure.objects.filter(month=OCTOBER, latest=True)}
    for line in lines_of(people.branch, OCTOBER):
        row = kept[line.person.pk]
        assert (row.accounts, row.valid_accounts) == (line.values["new_accounts"], line.values["new_valid_accounts"])
        assert row.net_income == line.values["net_commission"] + line.values["other_net_income"]
        assert (row.assets, row.product_sales) == (line.values["assets_end"], line.values["product_sales_amount"])
    assert actions.take_figures(branch=people.branch, month=OCTOBER) == 0


def test_the_days_own_dates_sum_to_the_figures_even_before_the_last_day() -> None:
    """The last day takes the figures' word; the days before must lead up to it by themselves."""
    from clients.figures.dating import dated_values

    people = branch_with("2026-10", sales=True)
    dated = dated_values(people.branch, OCTOBER)
    for line in lines_of(people.branch, OCTOBER):
        days = dated.get(line.person.pk, {}).values()
        assert sum(count for count, _ in days) == line.values["new_accounts"]
        assert sum((sold for _, sold in days), Decimal(0)) == line.values["product_sales_amount"]


def test_s3_reached_with_the_data_of_the_15th_counts_and_of_the_16th_does_not(people: People) -> None:
    own = chain(people, "accounts", october(3))[3]
    imported(people, manager_rows(people, OWNER, (9, 12, 15)), "2026-10-15 17:00")
    line = line_of(people, own)
    assert (line.reached_on, line.in_time, line.completion) == (date(2026, 10, 15), True, 1)


def test_s3_the_third_account_opened_on_the_16th_is_too_late(people: People) -> None:
    own = chain(people, "accounts", october(3))[3]
    imported(people, manager_rows(people, OWNER, (9, 12, 16)), "2026-10-20 17:00")
    line = line_of(people, own)
    assert (line.reached_on, line.in_time, line.completion) == (date(2026, 10, 16), False, 1)


@pytest.mark.parametrize(("at", "day", "in_time"), [("2026-10-16 08:00", 15, True), ("2026-10-16 16:00", 16, False)])
def test_s3_income_is_reached_on_the_day_whose_data_tell_it(people: People, at: str, day: int, in_time: bool) -> None:
    """What has no date in its row goes by the import: before trading begins it holds the day before."""
    own = chain(people, "net_income", october("100.00"))[3]
    rows = manager_rows(people, OWNER, (9, 12))
    imported(people, rows[:1], "2026-10-12 17:00")
    imported(people, rows, at)
    line = line_of(people, own)
    assert (line.reached_on, line.in_time) == (date(2026, 10, day), in_time)


def test_an_earlier_imports_total_stays_the_day_it_was_known(people: People) -> None:
    chain(people, "net_income", october("100.00"))
    rows = manager_rows(people, OWNER, (9, 12))
    imported(people, rows[:1], "2026-10-12 17:00")
    imported(people, rows, "2026-10-20 17:00")
    days = DayFigure.objects.filter(person=people[OWNER], taken=True).order_by("day").values_list("day", "net_income")
    assert [(day.day, str(amount)) for day, amount in days] == [(12, "72.99"), (20, "145.98")]


def move(people: People, staff_no: str, day: date, group_name: str) -> None:
    """To another group of the same team from that day."""
    former = Posting.objects.get(person=people[staff_no])
    former.effective_to = day - timedelta(1)
    former.save()
    group = former.team.groups.get(name=group_name)  # type: ignore[union-attr]
    Posting.objects.create(
        person=people[staff_no], branch=people.branch, post=former.post, team=former.team, group=group, effective_from=day
    )


def test_s1_moving_a_member_on_the_11th_splits_the_months_group_totals_by_date(people: People) -> None:
    whole = root(people, "accounts", october(9))
    team = broken_down(whole, {"营销一队": october(9)}, people[MANAGER])["营销一队"]
    groups = broken_down(team, {"第1组": october(3), "第3组": october(3)}, people[TEAM_LEADER])
    imported(people, manager_rows(people, OWNER, (9, 10, 11, 20)), "2026-10-31 17:00")
    assert [line_of(people, groups[name]).actual for name in ("第1组", "第3组")] == [0, 4]
    move(people, OWNER, date(2026, 10, 11), "第1组")
    assert [line_of(people, groups[name]).actual for name in ("第1组", "第3组")] == [2, 2]
    assert line_of(people, team).actual == 4


def test_s1_income_of_a_mover_is_split_at_the_import_of_the_10th(people: People) -> None:
    whole = root(people, "net_income", october(900))
    team = broken_down(whole, {"营销一队": october(900)}, people[MANAGER])["营销一队"]
    groups = broken_down(team, {"第1组": october(300), "第3组": october(300)}, people[TEAM_LEADER])
    move(people, OWNER, date(2026, 10, 11), "第1组")
    rows = manager_rows(people, OWNER, (9, 12, 13))
    imported(people, rows[:1], "2026-10-10 17:00")
    imported(people, rows, "2026-10-31 17:00")
    assert [str(line_of(people, groups[name]).actual) for name in ("第1组", "第3组")] == ["145.98", "72.99"]


def test_s11_assets_planned_10_million_reached_6_5_million_are_65_percent(people: People) -> None:
    own = chain(people, "assets", october(10_000_000))[3]
    rows = manager_rows(people, OWNER, (9,))
    for row in rows:
        row.update({"期初资产": "0.00", "资产转入": "6500000.00", "资产转出": "0.00", "期末资产": "6500000.00"})
    imported(people, rows, "2026-10-31 17:00")
    line = line_of(people, own)
    assert (line.actual, line.completion, line.year_completion) == (6_500_000, Decimal("0.6500"), Decimal("0.6500"))


def test_s11_heads_are_who_is_posted_there(people: People) -> None:
    whole = root(people, "headcount", year(40))
    team = broken_down(whole, {"营销一队": year(20)}, people[MANAGER])["营销一队"]
    imported(people, manager_rows(people, OWNER, (9,)), "2026-10-15 17:00")
    here = Posting.objects.filter(team__name="营销一队").count()
    line = line_of(people, team)
    assert line.actual == here
    assert line.completion == round(Decimal(here) / 20, 4)


def test_the_year_adds_up_and_a_forecast_follows_the_pace(people: People) -> None:
    own = chain(people, "accounts", year(10))[3]
    imported(people, manager_rows(people, OWNER, (9, 12, 13)), "2026-10-15 17:00")
    line = line_of(people, own)
    assert (line.goal, line.year_goal, line.year_actual) == (10, 100, 3)
    assert str(line.forecast) == "7.71"  # 3 in 7 of 18 working days
    assert str(line.lag) == "0.0889"  # 7/18 of the time gone, 30 % done


def test_falling_behind_by_the_15th_asks_for_a_note_and_catching_up_ends_it(people: People) -> None:
    targets = chain(people, "accounts", october(10))
    imported(people, manager_rows(people, OWNER, (9,)), "2026-10-14 17:00")
    assert not DeviationNote.objects.exists()
    imported(people, manager_rows(people, OWNER, (9, 12)), "2026-10-19 17:00")
    assert {note.target.level for note in DeviationNote.objects.asked()} == {"branch", "team", "group", "person"}
    note = DeviationNote.objects.get(target=targets[3])
    assert (note.completion, str(note.deviation)) == (Decimal("0.2000"), "0.3000")
    assert list(DeviationNote.objects.waiting_for(people[OWNER])) == [note]
    assert {one.target.level for one in DeviationNote.objects.waiting_for(people[TEAM_LEADER])} == {"team"}
    assert {one.target.level for one in DeviationNote.objects.waiting_for(people[MANAGER])} == {"branch"}
    imported(people, manager_rows(people, OWNER, (9, 12, 13, 14, 15, 16, 19, 20)), "2026-10-20 17:00")
    assert not DeviationNote.objects.asked().exists()


def test_a_note_is_answered_by_whose_target_it_is_with_cause_and_action(people: People) -> None:
    own = chain(people, "accounts", october(10))[3]
    imported(people, manager_rows(people, OWNER, (9,)), "2026-10-31 17:00")
    note = DeviationNote.objects.get(target=own)
    with pytest.raises(Forbidden, match="由其责任人填写"):
        actions.answer_note(note_id=note.pk, cause="x", action="y", by=people["600104"])
    with pytest.raises(Refusal, match="都要写"):
        actions.answer_note(note_id=note.pk, cause="网点装修", action=" ", by=people[OWNER])
    answered = actions.answer_note(note_id=note.pk, cause="网点装修", action="下周增加两次社区驻点", by=people[OWNER])
    assert answered.get_state_display() == "已说明"
    imported(people, manager_rows(people, OWNER, (9, 12)), "2026-10-31 18:00")
    assert DeviationNote.objects.get(pk=note.pk).cause == "网点装修"


def test_whatever_changes_figures_leaves_a_mark_that_is_taken_once(people: People) -> None:
    chain(people, "accounts", october(10))
    assert not StaleMonth.objects.exists()
    imported(people, manager_rows(people, OWNER, (9,)), "2026-10-31 17:00")
    assert StaleMonth.objects.get().month == OCTOBER
    assert actions.take_marked() == 1
    assert not StaleMonth.objects.exists()
    mark_stale(people.branch, OCTOBER, False)
    mark_stale(people.branch, OCTOBER, False)
    assert StaleMonth.objects.count() == 1


def test_the_sweep_finds_a_month_without_a_mark(people: People) -> None:
    imported(people, manager_rows(people, OWNER, (9,)), "2026-10-31 17:00")
    DayFigure.objects.all().delete()
    StaleMonth.objects.all().delete()
    assert actions.take_open_months(date(2026, 11, 5)) > 0
    assert actions.take_open_months(date(2026, 11, 5)) == 0


def test_without_an_import_nothing_is_known(people: People) -> None:
    own = chain(people, "accounts", october(10))[3]
    assert actions.take_figures(branch=people.branch, month=OCTOBER, by=people[TRADE]) == 0
    assert not ImportBatch.objects.exists()
    line = line_of(people, own)
    assert (line.actual, line.completion, line.forecast, line.is_behind) == (None, None, None, False)
