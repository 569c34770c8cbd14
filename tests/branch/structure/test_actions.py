from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

import pytest
from django.test import Client

from branch.audit.models import AuditRow
from branch.org.models import Branch, Outlet, Team
from branch.people.models import Leadership, Posting
from branch.structure.actions import save_unit
from branch.structure.queries import teams_on
from kernel.refusals import Forbidden, Refusal
from tests.branch.conftest import Office


def test_who_led_which_team_on_which_day(office: Office, django_assert_num_queries: Callable[..., object]) -> None:
    team = Team.objects.create(branch=office.branch, name="一队")
    first, second = office["600001"], office["600002"]
    Leadership.objects.create(team=team, person=first, effective_from=date(2026, 1, 1), effective_to=date(2026, 6, 30))
    Leadership.objects.create(team=team, person=second, effective_from=date(2026, 7, 1))
    led = [teams_on(office.branch, day)[0].leader for day in (date(2025, 12, 31), date(2026, 6, 30), date(2026, 7, 1))]
    assert led == [None, first, second]
    with django_assert_num_queries(3):
        teams_on(office.branch, date(2026, 7, 1))
    for name in ("二队", "三队"):
        Team.objects.create(branch=office.branch, name=name)
    with django_assert_num_queries(3):
        teams_on(office.branch, date(2026, 7, 1))


def test_changes_are_logged_field_by_field(office: Office) -> None:
    outlet = Outlet(branch=office.branch, name="岗厦网点")
    save_unit(unit=outlet, by=office["100009"])
    outlet.opens_at = time(8, 30)
    save_unit(unit=outlet, by=office["100009"])
    row = AuditRow.objects.get(act="org.change")
    assert row.details["changes"] == {"opens_at": ["09:00:00", "08:30:00"]}
    assert row.branch_code == "0755FT"
    save_unit(unit=outlet, by=office["100009"])
    assert AuditRow.objects.filter(act="org.change").count() == 1


def test_a_team_with_people_is_not_closed(office: Office) -> None:
    team = Team.objects.create(branch=office.branch, name="一队")
    Posting.objects.create(
        person=office["600001"], branch=office.branch, team=team, post="客户经理", effective_from=date(2026, 1, 1)
    )
    team.closed_on = date(2026, 12, 31)
    with pytest.raises(Refusal, match=r"还有在岗人员.*潘怡丽"):
        save_unit(unit=team, by=office["100009"])


def test_a_double_name_and_a_wrong_hour_are_refused(office: Office) -> None:
    Team.objects.create(branch=office.branch, name="一队")
    with pytest.raises(Refusal):
        save_unit(unit=Team(branch=office.branch, name="一队"), by=office["100009"])
    with pytest.raises(Refusal):
        save_unit(unit=Outlet(branch=office.branch, name="x", opens_at=time(18), closes_at=time(9)), by=office["100009"])


def test_only_org_edit_changes_it(office: Office, signed_in: Callable[[str], Client]) -> None:
    with pytest.raises(Forbidden):
        save_unit(unit=Branch(code="x", name="x"), by=office["600005"])
    browser = signed_in("100005")
    given = {
        "code": "0755NS",
        "name": "深圳南山营业部",
        "document_prefix": "南营",
        "groups_per_team": 3,
        "opened_on": "2026-01-01",
    }
    browser.post("/org/branch/new/", given)
    branch = Branch.objects.get(code="0755NS")
    assert browser.get(f"/org/branches/{branch.pk}/").status_code == 200
    assert signed_in("600001").get(f"/org/branches/{branch.pk}/").status_code == 404
