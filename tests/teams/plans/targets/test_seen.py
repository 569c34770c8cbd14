"""Two people at one deviation note, or at the targets a pre-checked file would change: the second sees both values."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kernel.seen import Overtaken, stamp
from teams.plans.targets import actions, queries
from teams.plans.targets.models import DeviationNote, Target, TargetSheet
from tests.factories.branch import People, load_roster_people
from tests.factories.plans import DEPUTY, MANAGER, TEAM_LEADER, broken_down, chain, imported, manager_rows, october, root, year
from tests.teams.plans.targets.test_sheets import OWNER, checked, owner_row

pytestmark = pytest.mark.django_db
API = "/api/v1/plans/"
WORDS = {"cause": "网点装修", "action": "社区驻点两次"}
OTHER = {"cause": "人手不足", "action": "调两人驻点"}


@pytest.fixture
def people() -> People:
    return load_roster_people()


def browser(people: People, staff_no: str) -> Client:
    found = Client()
    found.force_login(people[staff_no].user, backend="django.contrib.auth.backends.ModelBackend")
    return found


def seen_in(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"', 1)[0]


@pytest.fixture
def note(people: People) -> DeviationNote:
    """The branch's, which manager and deputy may both answer."""
    whole = chain(people, "accounts", october(10))[0]
    imported(people, manager_rows(people, OWNER, (9,)), "2026-10-31 17:00")
    return DeviationNote.objects.get(target=whole)


def test_the_second_to_answer_a_note_sees_both_answers_and_chooses(people: People, note: DeviationNote) -> None:
    manager, address = browser(people, MANAGER), f"/plans/progress/notes/{note.pk}/"
    seen = seen_in(manager.get(address).content.decode())
    assert browser(people, DEPUTY).post(address, {**OTHER, "seen": seen}).status_code == 302
    late = manager.post(address, {**WORDS, "seen": seen})
    said = late.content.decode()
    assert late.status_code == 409
    assert "改为“人手不足”,您填写的是“网点装修”" in said
    assert "改为“调两人驻点”,您填写的是“社区驻点两次”" in said
    note.refresh_from_db()
    assert note.cause == OTHER["cause"], "nothing is written over"
    assert manager.post(address, {**WORDS, "seen": seen_in(said)}).status_code == 302
    note.refresh_from_db()
    assert note.cause == WORDS["cause"]


def test_a_program_that_answers_a_note_brings_the_stamp_of_what_it_read(people: People, note: DeviationNote) -> None:
    def answered(staff_no: str, **body: str) -> Any:
        return browser(people, staff_no).post(f"{API}progress/notes/{note.pk}/answer/", body, content_type="application/json")

    first = answered(DEPUTY, **OTHER)
    assert first.status_code == 200, first.content
    blind = answered(MANAGER, **WORDS)
    assert (blind.status_code, blind.json()["code"]) == (409, "overtaken"), "without a stamp it is written where none is yet"
    assert answered(MANAGER, **WORDS, seen=first.json()["seen"]).json()["cause"] == WORDS["cause"]
    assert answered(DEPUTY, **OTHER, seen=first.json()["seen"]).status_code == 409


@pytest.fixture
def group(people: People) -> Target:
    team = broken_down(root(people), {"营销一队": year(40)}, people[MANAGER])["营销一队"]
    return broken_down(team, {"第3组": year(30)}, people[TEAM_LEADER])["第3组"]


def given_meanwhile(people: People, group: Target, months: Any) -> None:
    """A colleague gives the owner of the file's row a target of their own."""
    key = f"person-{people[OWNER].pk}"
    actions.set_parts(target_id=group.pk, parts={key: months}, by=people[MANAGER])


def test_a_file_is_not_booked_over_targets_that_were_not_seen(people: People, group: Target) -> None:
    sheet = checked(people, owner_row(people, 10))
    seen = stamp(actions.shown_changes(sheet.changes))
    given_meanwhile(people, group, year(5))
    with pytest.raises(Overtaken) as overtaken:
        actions.book_sheet(sheet_id=sheet.pk, by=people[TEAM_LEADER], seen=seen)
    assert overtaken.value.items == [f"{people[OWNER]}新开户数:现有全年目标“60 户”,您文件里是“120 户”"]
    assert queries.months_of([Target.objects.get(parent=group).pk]).popitem()[1] == year(5)


def test_months_moved_within_the_same_year_are_noticed_too(people: People, group: Target) -> None:
    given_meanwhile(people, group, year(5))
    sheet = checked(people, owner_row(people, 10))
    seen = stamp(actions.shown_changes(sheet.changes))
    given_meanwhile(people, group, [*year(5)[:10], *year(4)[:1], *year(6)[:1]])
    with pytest.raises(Overtaken):
        actions.book_sheet(sheet_id=sheet.pk, by=people[TEAM_LEADER], seen=seen)


def test_on_the_page_the_file_is_compared_anew_and_booked_by_choice(people: People, group: Target) -> None:
    sheet, leader = checked(people, owner_row(people, 10)), browser(people, TEAM_LEADER)
    address = f"/plans/targets/sheets/{sheet.pk}/"
    seen = seen_in(leader.get(address).content.decode())
    given_meanwhile(people, group, year(5))
    late = leader.post(f"{address}book/", {"seen": seen})
    said = late.content.decode()
    assert late.status_code == 409
    assert "现有全年目标“60 户”,您文件里是“120 户”" in said
    assert TargetSheet.objects.get().state == "checked"
    assert leader.post(f"{address}book/", {"seen": seen_in(said)}).status_code == 302
    assert queries.months_of([Target.objects.get(parent=group).pk]).popitem()[1] == year(10)


def test_a_program_books_what_it_read(people: People, group: Target) -> None:
    sheet, leader = checked(people, owner_row(people, 10)), browser(people, TEAM_LEADER)
    address = f"{API}targets/sheets/{sheet.pk}/"
    seen = leader.get(address).json()["seen"]
    given_meanwhile(people, group, year(5))

    def booked(stamp_read: str) -> Any:
        return leader.post(f"{address}book/", {"seen": stamp_read}, content_type="application/json")

    late = booked(seen)
    assert (late.status_code, late.json()["code"]) == (409, "overtaken")
    again = leader.get(address).json()
    assert again["changes"][0]["old"] == "60 户", "compared with what is set by now"
    assert booked(again["seen"]).json()["state"] == "booked"
