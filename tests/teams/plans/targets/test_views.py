"""The pages: a year filled in and broken down in a browser's way, two editors, changes, income, progress, files."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from branch.exports.models import Export
from teams.plans.targets import queries
from teams.plans.targets.models import DeviationNote, IncomePlan, Target, TargetChange
from tests.factories.branch import People, load_roster_people
from tests.factories.plans import (
    DEPUTY,
    MANAGER,
    TEAM_LEADER,
    broken_down,
    chain,
    imported,
    manager_rows,
    october,
    root,
    year,
)

pytestmark = pytest.mark.django_db
OWNER = "600103"


@pytest.fixture
def people() -> People:
    return load_roster_people()


def as_(people: People, staff_no: str) -> Client:
    browser = Client()
    browser.force_login(people[staff_no].user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def months(key: str, amount: Any) -> dict[str, str]:
    return {f"{key}:{number}": str(amount) for number in range(1, 13)}


def seen_in(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"', 1)[0] if 'name="seen" value="' in page else ""


def test_a_year_is_split_evenly_and_the_remainder_is_said(people: People) -> None:
    form = {"way": "even", f"branch-{people.branch.pk}:0": "125"}
    answer = as_(people, MANAGER).post("/plans/targets/root/?metric=accounts&year=2026", form, follow=True)
    page = answer.content.decode()
    assert "分不尽的 5 户已逐一加到前面的月份" in page
    target = Target.objects.get()
    assert [int(amount) for amount in queries.months_of([target.pk])[target.pk]] == [11] * 5 + [10] * 7


def test_last_years_shape_is_last_years_targets_where_nothing_was_measured(people: People) -> None:
    from teams.plans.targets import actions

    shape = [*year(1)[:11], year(13)[0]]
    actions.set_root(branch=people.branch, year=2025, metric="accounts", months=shape, by=people[MANAGER])
    form = {"way": "shape", f"branch-{people.branch.pk}:0": "24"}
    as_(people, MANAGER).post("/plans/targets/root/?metric=accounts&year=2026", form)
    target = Target.objects.get(year=2026)
    assert [int(amount) for amount in queries.months_of([target.pk])[target.pk]] == [1] * 11 + [13]


def test_too_much_is_refused_on_the_page_and_what_was_typed_stays(people: People) -> None:
    team = broken_down(root(people), {"营销一队": year(40)}, people[MANAGER])["营销一队"]
    key = next(unit.key for unit in queries.units_below(team, people[OWNER].postings.get().effective_from) if unit.group)
    page = as_(people, TEAM_LEADER).post(f"/plans/targets/{team.pk}/parts/", months(key, 50)).content.decode()
    assert "分解超过了营销一队的目标" in page
    assert "1 月:上级目标 40 户,已分解 50 户,多出 10 户" in page
    assert 'value="50"' in page
    assert not Target.objects.filter(parent=team).exists()


def test_the_gap_is_in_sight_on_every_page_of_the_target(people: People) -> None:
    team = broken_down(root(people), {"营销一队": year(120)}, people[MANAGER])["营销一队"]
    broken_down(team, {"第1组": year(40), "第2组": year(40), "第3组": year(30)}, people[TEAM_LEADER])
    browser = as_(people, TEAM_LEADER)
    for address in (
        "/plans/targets/?metric=accounts&year=2026",
        f"/plans/targets/{team.pk}/",
        f"/plans/targets/{team.pk}/parts/",
    ):
        page = "".join(browser.get(address).content.decode().split())
        assert "未分解" in page
        assert ">120<" in page or ">10<" in page


def test_the_second_editor_sees_both_versions_and_chooses(people: People) -> None:
    team = broken_down(root(people), {"营销一队": year(120)}, people[MANAGER])["营销一队"]
    address = f"/plans/targets/{team.pk}/parts/"
    manager, leader = as_(people, MANAGER), as_(people, TEAM_LEADER)
    seen = seen_in(leader.get(address).content.decode())
    key = next(unit.key for unit in queries.units_below(team, people[OWNER].postings.get().effective_from) if unit.group)
    manager.post(address, months(key, 10) | {"seen": seen})
    page = leader.post(address, months(key, 20) | {"seen": seen}).content.decode()
    assert "改为“10”,您填写的是“20”" in page
    assert leader.post(address, months(key, 20) | {"seen": seen_in(page)}).status_code == 302
    part = Target.objects.get(parent=team)
    assert queries.months_of([part.pk])[part.pk] == year(20)


def test_a_change_goes_from_the_leader_to_the_manager(people: People) -> None:
    own = chain(people)[3]
    form = months(f"person-{own.person_id}", 35) | {"reason": "国庆长假"}
    assert as_(people, TEAM_LEADER).post(f"/plans/targets/{own.pk}/change/", form).status_code == 302
    manager = as_(people, MANAGER)
    assert "国庆长假" in manager.get("/plans/targets/changes/?waiting=1").content.decode()
    assert "目标变更待同意" in manager.get("/").content.decode()
    change = TargetChange.objects.get()
    manager.post(f"/plans/targets/changes/{change.pk}/decide/", {"act": "agree"})
    assert queries.months_of([own.pk])[own.pk] == year(35)


def test_s22_on_the_page_in_ten_thousands(people: People) -> None:
    form = {
        "period": "h1",
        "total": "20074",
        **dict(zip([f"part{n}" for n in range(5)], ["13989", "2500", "1780", "680", "1125"], strict=True)),
    }
    as_(people, MANAGER).post("/plans/income/edit/?year=2026", form)
    plan = IncomePlan.objects.get()
    deputy = as_(people, DEPUTY)
    page = deputy.get(f"/plans/income/{plan.pk}/").content.decode()
    assert "200,740,000.00" in page
    assert "确认生效" in page
    as_(people, MANAGER).post("/plans/income/edit/?year=2026", form | {"part1": "2400", "seen": seen_in(page)})
    page = deputy.get(f"/plans/income/{plan.pk}/").content.decode()
    assert "差 <b>1,000,000.00</b> 元" in page
    assert "确认生效" not in page


def test_progress_and_the_own_page_show_what_was_imported(people: People) -> None:
    chain(people, "accounts", october(4))
    imported(people, manager_rows(people, OWNER, (9, 12)), "2026-10-20 17:00")
    page = as_(people, MANAGER).get("/plans/progress/?month=2026-10&metric=accounts").content.decode()
    assert "数据截至 2026-10-20" in page
    assert "50.00%" in page
    own = as_(people, OWNER)
    assert "50.00%" in own.get("/plans/progress/mine/?month=2026-10").content.decode()
    assert as_(people, "600104").get("/plans/progress/mine/?month=2026-10").status_code == 200


def test_a_note_is_written_by_its_owner_and_read_by_the_leader(people: People) -> None:
    own = chain(people, "accounts", october(10))[3]
    imported(people, manager_rows(people, OWNER, (9,)), "2026-10-31 17:00")
    note = DeviationNote.objects.get(target=own)
    browser = as_(people, OWNER)
    assert "目标落后,待写偏差说明" in browser.get("/").content.decode()
    browser.post(f"/plans/progress/notes/{note.pk}/", {"cause": "网点装修", "action": "社区驻点两次"})
    assert "网点装修" in as_(people, TEAM_LEADER).get(f"/plans/progress/notes/{note.pk}/").content.decode()
    assert as_(people, "600104").get(f"/plans/progress/notes/{note.pk}/").status_code == 404


def test_statements_of_the_board_do_not_grow_with_people_and_months(people: People) -> None:
    team = broken_down(root(people, monthly=year(900)), {"营销一队": year(900)}, people[MANAGER])["营销一队"]
    group = broken_down(team, {"第3组": year(500)}, people[TEAM_LEADER])["第3组"]
    imported(people, manager_rows(people, OWNER, (9, 12)), "2026-10-20 17:00")
    browser = as_(people, MANAGER)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/plans/progress/?month=2026-10&metric=accounts").status_code == 200
        return len(captured)

    browser.get("/plans/progress/")
    few = asked()
    names = [unit.name for unit in queries.units_below(group, people[OWNER].postings.get().effective_from)]
    broken_down(group, {name: year(5) for name in names}, people[TEAM_LEADER])
    assert asked() == few <= 15


def test_targets_and_progress_can_be_taken_away(people: People) -> None:
    chain(people, "accounts", october(4))
    imported(people, manager_rows(people, OWNER, (9, 12)), "2026-10-20 17:00")
    browser = as_(people, MANAGER)
    browser.post("/exports/new/targets/?metric=accounts&year=2026")
    browser.post("/exports/new/progress/?metric=accounts&month=2026-10")
    assert {(export.kind, export.rows) for export in Export.objects.all()} == {("targets", 4), ("progress", 4)}
