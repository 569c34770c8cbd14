"""What binds somebody who leaves: every app signs in, silence where there is nothing, and pay only to who may see pay."""

from __future__ import annotations

from datetime import date

import pytest

from branch import clearance
from branch.clearance import Binding
from branch.people.models import Person
from branch.people.roles import Power
from tests.factories.branch import give_role, make_branch, make_person

pytestmark = pytest.mark.django_db
DAY = date(2026, 5, 31)


def test_sources_are_asked_by_what_somebody_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clearance, "_leaving", [])
    monkeypatch.setattr(clearance, "_moving", [])
    person = make_person("700001", "甲")

    def source(one: Person, day: date) -> list[Binding]:
        assert (one, day) == (person, DAY)
        return [Binding("事项", 2, "/x/", "branch"), Binding("没有的事项", 0, "/x/", "branch")]

    clearance.add_leaving_source(source)
    clearance.add_leaving_source(source)
    assert [found.words for found in clearance.of_leaver(person, DAY)] == ["事项 2 项"]
    assert clearance.of_mover(person, DAY) == []
    clearance.add_moving_source(source)
    assert len(clearance.of_mover(person, DAY)) == 1


def test_every_app_that_can_bind_a_leaver_has_signed_in() -> None:
    signed = {source.__module__.split(".")[0] for source in clearance._leaving}
    assert signed >= {"clients", "approvals", "teams", "payroll"}


def test_what_is_owed_is_told_to_who_may_see_pay() -> None:
    branch, finance, leader = make_branch(), make_person("700002", "财务"), make_person("700003", "队长")
    give_role(finance, "branch_finance", branch=branch)
    give_role(leader, "team_leader", team=branch.teams.create(name="一队"))
    owed = Binding("待扣余额", 1, "/x/", "payroll", blocks=False, power=Power.PAY_VIEW)
    assert owed.told_to(finance)
    assert not owed.told_to(leader)
    assert Binding("客户", 1, "/x/", "clients").told_to(leader)
