"""Targets by sheet: template, pre-check, all rows or none."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from kernel.refusals import Forbidden, Refusal
from kernel.sheets import reading
from teams.plans.targets import actions, queries, sheets
from teams.plans.targets.actions.sheets import rows_for_template
from teams.plans.targets.models import Target, TargetSheet
from tests.factories.branch import People, load_roster_people
from tests.factories.plans import GROUP_LEADER, MANAGER, TEAM_LEADER, broken_down, root, year

pytestmark = pytest.mark.django_db
OWNER = "600103"


@pytest.fixture
def people() -> People:
    return load_roster_people()


@pytest.fixture
def group(people: People) -> Target:
    """第3组 of 营销一队 is to open 30 accounts a month."""
    whole = root(people)
    team = broken_down(whole, {"营销一队": year(40)}, people[MANAGER])["营销一队"]
    return broken_down(team, {"第3组": year(30)}, people[TEAM_LEADER])["第3组"]


def file_of(*rows: list[Any]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["工号", "姓名", "项目", *(f"{number}月" for number in range(1, 13))])
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def checked(people: People, *rows: list[Any], by: str = TEAM_LEADER) -> TargetSheet:
    team = people[TEAM_LEADER].postings.get().team
    content = file_of(*rows)
    return actions.check_sheet(content=content, name="目标.csv", branch=people.branch, team=team, year=2026, by=people[by])


def owner_row(people: People, amount: Any, **changes: Any) -> list[Any]:
    values = {"no": OWNER, "name": people[OWNER].name, "metric": "新开户数"} | changes
    return [values["no"], values["name"], values["metric"], *[amount] * 12]


def test_a_sound_sheet_becomes_drafts_only_when_it_is_booked(people: People, group: Target) -> None:
    sheet = checked(people, owner_row(people, 10))
    assert (sheet.refused, len(sheet.changes), sheet.changes[0]["new"]) == ([], 1, "120 户")
    assert not Target.objects.filter(parent=group).exists()
    assert actions.book_sheet(sheet_id=sheet.pk, by=people[TEAM_LEADER]).get_state_display() == "已导入"
    own = Target.objects.get(parent=group)
    assert (own.person, own.in_force, queries.months_of([own.pk])[own.pk]) == (people[OWNER], False, year(10))


@pytest.mark.parametrize(
    ("changes", "amount", "said"),
    [
        ({"no": "999999"}, 10, "不在这里可分解的人员里"),
        ({"name": "王二"}, 10, "的姓名是"),
        ({"metric": "期末资产"}, 10, "请先给所在小组或团队填写期末资产目标"),
        ({"metric": "喝茶"}, 10, ""),
        ({}, "1.5", "请填整数"),
        ({}, "-3", ""),
        ({}, 31, "分解超过了第3组的目标"),
    ],
)
def test_one_wrong_row_and_nothing_is_booked(
    people: People, group: Target, changes: dict[str, str], amount: Any, said: str
) -> None:
    sheet = checked(people, owner_row(people, amount, **changes))
    assert said in sheet.refused[0]["message"]
    with pytest.raises(Refusal, match="整份没有导入"):
        actions.book_sheet(sheet_id=sheet.pk, by=people[TEAM_LEADER])
    assert not Target.objects.filter(parent=group).exists()


def test_a_person_twice_is_refused_and_the_error_file_says_where(people: People, group: Target) -> None:
    sheet = checked(people, owner_row(people, 5), owner_row(people, 6))
    assert sheet.refused[0]["message"] == "与第 2 行重复,一人一个项目一行"
    content = sheets.errors(file_of(owner_row(people, 5), owner_row(people, 6)), "目标.csv", sheet.refused)
    table = reading.read(content, name="x.xlsx", isolated=False)
    assert table.rows[0][-1] == "错误原因"
    assert "重复" in str(table.rows[2][-1])


def test_a_target_in_force_is_not_changed_by_a_sheet(people: People, group: Target) -> None:
    broken_down(group, {str(people[OWNER]): year(10)}, people[TEAM_LEADER])
    assert "已生效" in checked(people, owner_row(people, 11)).refused[0]["message"]
    assert checked(people, owner_row(people, 10)).refused == []


def test_the_template_names_everybody_below_and_can_be_handed_in_again(people: People, group: Target) -> None:
    broken_down(group, {str(people[OWNER]): year(10)}, people[TEAM_LEADER], put=False)
    team = group.team
    content = sheets.template(rows_for_template(people.branch, team, 2026))
    read = sheets.read_sheet(content, "模板.xlsx")
    members = {
        unit.person.staff_no for unit in queries.units_below(group, people[OWNER].postings.get().effective_from) if unit.person
    }
    assert {row["staff_no"] for row in read.rows} >= {OWNER}
    assert members
    sheet = actions.check_sheet(content=content, name="模板.xlsx", branch=people.branch, team=team, year=2026, by=people[MANAGER])
    assert (sheet.refused, sheet.changes) == ([], [])


def test_a_group_leader_imports_for_the_own_group_only(people: People, group: Target) -> None:
    """600102 leads 第2组: a row of 第3组 is refused, and its template does not name them."""
    sheet = checked(people, owner_row(people, 10), by=GROUP_LEADER)
    assert "不在这里可分解的人员里" in sheet.refused[0]["message"]
    own = people[GROUP_LEADER].postings.get()
    second = broken_down(group.parent, {"第2组": year(5)}, people[TEAM_LEADER])["第2组"]  # type: ignore[arg-type]
    mine = owner_row(people, 3, no=GROUP_LEADER, name=people[GROUP_LEADER].name)
    sheet = checked(people, mine, by=GROUP_LEADER)
    assert sheet.refused == []
    actions.book_sheet(sheet_id=sheet.pk, by=people[GROUP_LEADER])
    assert Target.objects.get(parent=second).person == people[GROUP_LEADER]
    listed = {row["staff_no"] for row in rows_for_template(people.branch, own.team, 2026, frozenset([second.group_id]))}
    assert GROUP_LEADER in listed
    assert OWNER not in listed


def test_a_file_of_the_leader_or_of_another_team_is_not_the_group_leaders(people: People, group: Target) -> None:
    sheet = checked(people, owner_row(people, 10))
    assert not TargetSheet.objects.visible_to(people[GROUP_LEADER]).exists()
    assert TargetSheet.objects.visible_to(people[TEAM_LEADER]).get() == sheet
    other = people.branch.teams.exclude(pk=sheet.team_id).first()
    given = {"content": file_of(owner_row(people, 10)), "name": "x.csv", "branch": people.branch, "year": 2026}
    for team in (other, None):
        with pytest.raises(Forbidden):
            actions.check_sheet(**given, team=team, by=people[GROUP_LEADER])


def test_a_dropped_sheet_is_not_booked(people: People, group: Target) -> None:
    sheet = checked(people, owner_row(people, 10))
    actions.drop_sheet(sheet_id=sheet.pk, by=people[TEAM_LEADER])
    with pytest.raises(Refusal, match="不能确认导入"):
        actions.book_sheet(sheet_id=sheet.pk, by=people[TEAM_LEADER])
