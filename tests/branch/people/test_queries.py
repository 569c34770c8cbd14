"""What pay reads of the people of a month."""

from __future__ import annotations

from datetime import date

import pytest

from branch.people.actions import Place, hold
from branch.people.employment import employed_in, employed_rows
from branch.people.models import Engagement, Posting
from branch.people.queries import within_reach
from branch.people.roles import Power
from kernel.months import Month
from tests.factories.branch import give_role, make_branch, make_person


def test_employed_rows_say_what_the_engagements_say(db: None) -> None:
    branch, since = make_branch(), date(2024, 5, 1)
    for number, kind in (("700001", "employee"), ("700002", "broker")):
        person = make_person(number, "丁一凡")
        person.bank_name, person.bank_account = "某银行", f"62220200000{number}"
        person.save()
        Engagement.objects.create(
            person=person,
            branch=branch,
            kind=kind,
            hired_on=since,
            contract_from=since,
            additional_deductions={"子女教育": "2000"},
        )
    make_person("700003", "没有合同")
    rows, engagements = employed_rows(branch, Month(2026, 8)), list(employed_in(branch, Month(2026, 8)))
    assert [row.staff_no for row in rows] == ["700001", "700002"]
    for row, one in zip(rows, engagements, strict=True):
        plain = [name for name in row._fields if name not in ("staff_no", "name", "bank_name", "bank_account_sealed")]
        assert [getattr(row, name) for name in plain] == [getattr(one, name) for name in plain]
        assert (row.name, row.bank_name, row.kind_label) == (one.person.name, "某银行", one.get_kind_display())
        assert row.masked_bank_account == one.person.masked_bank_account != ""
        assert row.staff_no not in row.masked_bank_account


def test_somebody_without_an_account_shows_none(db: None) -> None:
    person = make_person("700001", "丁一凡")
    since = date(2024, 5, 1)
    branch = make_branch()
    Engagement.objects.create(person=person, branch=branch, kind="broker", hired_on=since, contract_from=since)
    (row,) = employed_rows(branch, Month(2026, 8))
    assert row.masked_bank_account == person.masked_bank_account


PAST, SINCE, ENDED = date(2020, 1, 1), date(2026, 1, 1), date(2026, 6, 30)


@pytest.mark.parametrize(
    ("engaged", "posted", "held", "reached"),
    [
        ([("here", None)], [], [], True),
        ([("there", None)], [], [], False),
        ([("here", ENDED), ("there", None)], [], [], False),
        ([("there", ENDED), ("here", None)], [], [], True),
        ([("here", ENDED)], [], [], True),
        ([("here", ENDED)], ["there"], [], False),
        ([("there", ENDED)], [], ["here"], True),
        ([("there", None)], [], ["here"], False),
        ([], ["here"], [], True),
        ([], [], ["here"], True),
        ([], [], ["there"], False),
        ([], [], [], False),
    ],
)
def test_a_power_reaches_people_where_they_are_now(
    db: None, engaged: list[tuple[str, date | None]], posted: list[str], held: list[str], reached: bool
) -> None:
    places = {"here": make_branch(), "there": make_branch("0755LH", "深圳罗湖营业部")}
    viewer, person = make_person("700001", "交易"), make_person("700002", "丁一凡")
    give_role(viewer, "trade_admin", branch=places["here"])
    for place, ended_on in engaged:
        hired_on = PAST if ended_on else SINCE
        Engagement.objects.create(
            person=person, branch=places[place], kind="broker", hired_on=hired_on, contract_from=hired_on, ended_on=ended_on
        )
    for place in posted:
        Posting.objects.create(person=person, branch=places[place], post="考勤员", effective_from=SINCE)
    for place in held:
        give_role(person, "attendance_clerk", branch=places[place])
    found = within_reach(viewer, Power.PERSONAL_DATA_REVEAL)
    assert found.filter(pk=person.pk).exists() == reached


def test_a_lent_role_puts_nobody_elsewhere(db: None) -> None:
    here, there = make_branch(), make_branch("0755LH", "深圳罗湖营业部")
    viewer, person = make_person("700001", "交易"), make_person("700002", "丁一凡")
    give_role(viewer, "trade_admin", branch=here)
    give_role(person, "attendance_clerk", branch=there)
    hold(person, "trade_admin", Place(branch=here), since=SINCE, lent_by=viewer)
    assert not within_reach(viewer, Power.PERSONAL_DATA_REVEAL).filter(pk=person.pk).exists()
