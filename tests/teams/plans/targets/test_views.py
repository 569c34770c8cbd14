"""The pages: a year filled in and broken down in a browser's way, two editors, changes, income, progress, files."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from branch.exports.actions import ask as take
from branch.exports.models import Export
from branch.org.models import Branch, Team
from branch.people.models import RoleHolding
from kernel.refusals import Refusal, Unknown
from teams.plans.targets import queries
from teams.plans.targets.models import DeviationNote, IncomePlan, Milestone, Target, TargetChange, TargetSheet
from tests.factories.branch import People, give_role, load_roster_people, make_branch
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


def at_two(people: People) -> Branch:
    """The manager has a second branch with a team; a third is nobody's."""
    make_branch("0755LH", "深圳罗湖营业部")
    there = make_branch("0755NS", "深圳南山营业部")
    Team.objects.create(branch=there, name="南山一队")
    give_role(people[MANAGER], "branch_manager", branch=there)
    return there


PLACES = ["", "root/", "sheets/", "sheets/template/"]
PAGES = [*(f"/plans/targets/{one}" for one in PLACES), "/plans/income/", "/plans/income/edit/", "/plans/progress/"]
PAGES += ["/plans/progress/mine/", "/plans/milestones/new/"]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_of_a_foreign_branch_is_not_there_and_of_none_it_is_the_first(people: People, address: str) -> None:
    there, browser = at_two(people), as_(people, MANAGER)
    for code in ("0755LH", "nowhere"):
        assert browser.get(f"{address}?branch={code}").status_code == 404
    for query in ("", "?branch=", "?branch=0755FT", f"?branch={there.code}"):
        assert browser.get(address + query).status_code == 200


@pytest.mark.parametrize("code", ["0755LH", "nowhere", "0755NS"], ids=["foreign", "unknown", "lapsed"])
def test_a_write_never_acts_at_another_branch_than_the_one_named(people: People, code: str) -> None:
    there = at_two(people)
    RoleHolding.objects.filter(person=people[MANAGER], branch=there).update(effective_to="2026-01-01")
    browser = as_(people, MANAGER)
    grid = {"way": "even", f"branch-{people.branch.pk}:0": "12"}
    income = {"period": "h1", "total": "1", "part0": "1"}
    milestone = {"name": "签约", "due_on": "2030-01-01", "responsible": people[OWNER].pk}
    for address, form in (
        ("targets/root/?metric=accounts&year=2026&", grid),
        ("income/edit/?year=2026&", income),
        ("milestones/new/?", milestone),
    ):
        assert browser.post(f"/plans/{address}branch={code}", form).status_code == 404
    file = SimpleUploadedFile("目标.csv", "工号,姓名,项目\n".encode())
    assert browser.post("/plans/targets/sheets/", {"branch": code, "year": "2026", "file": file}).status_code == 404
    for model in (Target, IncomePlan, Milestone, TargetSheet):
        assert not model._default_manager.exists()


def test_milestones_and_sheets_are_of_the_branch_chosen(people: People) -> None:
    there, browser = at_two(people), as_(people, MANAGER)
    page = browser.get(f"/plans/milestones/new/?branch={there.code}").content.decode()
    assert f'action="/plans/milestones/new/?branch={there.code}"' in page
    assert "南山一队" in page
    assert "营销一队" not in page
    assert '?branch=0755FT">' in page  # the way to the other one
    form = {"name": "签约", "due_on": "2030-01-01", "responsible": people[MANAGER].pk}
    browser.post(f"/plans/milestones/new/?branch={there.code}", form)
    assert Milestone.objects.get().branch == there

    page = browser.get(f"/plans/targets/sheets/?branch={there.code}").content.decode()
    assert page.count(f'name="branch" value="{there.code}"') == 2
    assert "南山一队" in page
    head = "工号,姓名,项目," + ",".join(f"{month}月" for month in range(1, 13))
    file = SimpleUploadedFile("目标.csv", f"{head}\n600103,x,新开户数,{','.join('1' * 12)}\n".encode("utf-8-sig"))
    browser.post("/plans/targets/sheets/?branch=0755FT", {"branch": there.code, "year": "2026", "file": file})
    sheet = TargetSheet.objects.get()
    assert sheet.branch == there
    assert f"/plans/targets/sheets/?branch={there.code}" in browser.get(f"/plans/targets/sheets/{sheet.pk}/").content.decode()
    dropped = browser.post(f"/plans/targets/sheets/{sheet.pk}/drop/")
    assert dropped["Location"] == f"/plans/targets/sheets/?branch={there.code}"


def test_the_api_enters_a_milestone_at_the_branch_named(people: People) -> None:
    there, browser = at_two(people), as_(people, MANAGER)
    given = {"name": "签约", "due_on": "2030-01-01", "responsible": MANAGER}
    for code, status in (("0755LH", 404), (there.code, 201)):
        answer = browser.post("/api/v1/plans/milestones/", given | {"branch": code}, content_type="application/json")
        assert answer.status_code == status, answer.content
    assert Milestone.objects.get().branch == there


def test_who_only_looks_at_a_branch_is_offered_no_import_there(people: People) -> None:
    there, looked_at = at_two(people), people.branch
    RoleHolding.objects.filter(person=people[MANAGER], branch=looked_at).update(role="trade_admin")
    browser = as_(people, MANAGER)
    assert "/plans/targets/sheets/" not in browser.get("/plans/targets/?branch=0755FT").content.decode()
    assert f"/plans/targets/sheets/?branch={there.code}" in browser.get(f"/plans/targets/?branch={there.code}").content.decode()


def test_a_dropped_income_plan_leads_back_to_its_branch_and_year(people: People) -> None:
    there, browser = at_two(people), as_(people, MANAGER)
    browser.post(f"/plans/income/edit/?branch={there.code}&year=2027", {"period": "h1", "total": "1", "part0": "1"})
    plan = IncomePlan.objects.get()
    answer = browser.post(f"/plans/income/{plan.pk}/drop/")
    assert answer["Location"] == f"/plans/income/?branch={there.code}&year=2027"


@pytest.mark.parametrize("query", ["year=x", "metric=x", "year=1900"])
def test_targets_are_not_taken_by_a_filter_that_cannot_be_used(people: People, query: str) -> None:
    with pytest.raises(Refusal, match="筛选条件不能用"):
        take(kind="targets", query=QueryDict(query), by=people[MANAGER])


@pytest.mark.parametrize("query", ["month=x", "month=2026-13", "metric=x", "level=x"])
def test_progress_is_not_taken_by_a_filter_that_cannot_be_used(people: People, query: str) -> None:
    with pytest.raises(Refusal, match="筛选条件不能用"):
        take(kind="progress", query=QueryDict(query), by=people[MANAGER])
    assert as_(people, MANAGER).get(f"/plans/progress/?{query}").status_code == 200


@pytest.mark.parametrize("kind", ["targets", "progress"])
def test_nothing_is_taken_of_a_foreign_branch(people: People, kind: str) -> None:
    at_two(people)
    with pytest.raises(Unknown):
        take(kind=kind, query=QueryDict("branch=0755LH"), by=people[MANAGER])
