"""登记人员: whom no roster brings; and that a new installation gets from its one administrator to an imported roster."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django_otp.oath import hotp

from branch.audit.models import AuditRow
from branch.org.models import Branch, Department
from branch.people import second_factor
from branch.people.actions import register_person
from branch.people.models import Engagement, Person, RoleHolding, SecondFactor
from branch.people.queries import lines
from config import demo
from kernel.refusals import Forbidden, Refusal
from tests.branch.conftest import Office

SignedIn = Callable[[str], Client]
TODAY = datetime(2026, 11, 26, tzinfo=UTC).date()


def test_registering_gives_a_log_in_and_no_role_and_leaves_a_row(office: Office) -> None:
    finance = Department.objects.get(code="finance")
    person = register_person(staff_no="700001", name="沈予安", department=finance, by=office["100009"])
    assert (person.initials, person.department) == ("SYA", finance)
    assert person.user is not None
    assert person.user.is_active
    assert not person.roles.exists()
    row = AuditRow.objects.get(act="people.register")
    assert (row.actor_id, row.subject_id) == (office["100009"].pk, str(person.pk))
    assert lines([person], TODAY)[0].department == "财务部"


@pytest.mark.parametrize("staff_no", ["", "register", "7 01", "70/01", "7" * 21, "七零零一"])
def test_a_number_that_can_stand_in_no_address_is_refused(office: Office, staff_no: str) -> None:
    with pytest.raises(Refusal, match="工号由"):
        register_person(staff_no=staff_no, name="某人", department=None, by=office["100009"])


def test_nobody_is_registered_twice_nor_by_who_may_not_grant(office: Office) -> None:
    with pytest.raises(Refusal, match="已经登记"):
        register_person(staff_no="600001", name="某人", department=None, by=office["100009"])
    for staff_no in ("100005", "600001", "600005"):
        with pytest.raises(Forbidden):
            register_person(staff_no="700001", name="某人", department=None, by=office[staff_no])
    assert not Person.objects.filter(staff_no="700001").exists()


def test_the_api_does_the_same(office: Office, signed_in: SignedIn) -> None:
    browser = signed_in("100009")
    given = {"staff_no": "700001", "name": "沈予安", "department": "hr"}
    answer = browser.post("/api/v1/people/", given, content_type="application/json")
    assert answer.status_code == 201, answer.content
    assert (answer.json()["staff_no"], answer.json()["department"]["name"]) == ("700001", "人力资源部")
    assert browser.post("/api/v1/people/", given, content_type="application/json").status_code == 409
    unknown = given | {"staff_no": "700002", "department": "x"}
    assert browser.post("/api/v1/people/", unknown, content_type="application/json").status_code == 404


def test_pressed_twice_it_registers_once(office: Office, signed_in: SignedIn) -> None:
    browser = signed_in("100009")
    given = {"staff_no": "700001", "name": "沈予安", "department": "", "once": "a-token-of-mine"}
    urls = [browser.post("/people/register/", given)["Location"] for _ in range(2)]
    assert urls == ["/people/700001/roles/"] * 2
    assert AuditRow.objects.filter(act="people.register").count() == 1


# --- a new installation ----------------------------------------------------------------------------------------------


def browse(staff_no: str, password: str) -> Client:
    browser = Client()
    assert browser.post("/login/", {"username": staff_no, "password": password}).status_code == 302
    return browser


def appoint(administrator: Client, own: str, staff_no: str, name: str, department: str, role: str, **place: Any) -> Client:
    """登记、授予角色、重置密码, as the guide says, for the administrator's `own` password; the new person's browser, signed in
    with the password that was told."""
    head_office = Department.objects.filter(code=department).first()
    given = {"staff_no": staff_no, "name": name, "department": head_office.pk if head_office else ""}
    roles = administrator.post("/people/register/", given).url  # type: ignore[attr-defined]
    assert "重置密码" in administrator.get(roles).content.decode()
    granted = {"role": role, "since": datetime.now().date().isoformat(), "reason": "任命文件", "password": own, **place}
    assert administrator.post(f"{roles}grant/", granted).status_code == 302
    told = administrator.post(f"/people/{staff_no}/reset/", {"password": own}).content.decode()
    found = re.search(r"<code>([^<]+)</code>", told)
    assert found is not None
    return enrolled(browse(staff_no, found[1]), staff_no, found[1])


def enrolled(browser: Client, staff_no: str, password: str) -> Client:
    """The same browser, once the authenticator that the role asks for is set up."""
    assert browser.get("/people/").url == "/account/enrol/"  # type: ignore[attr-defined]
    browser.get("/account/enrol/")
    secret = SecondFactor.objects.get(person__staff_no=staff_no).secret
    code = hotp(base64.b32decode(secret), int(datetime.now(UTC).timestamp()) // second_factor.STEP, 6)
    browser.post("/account/enrol/", {"code": f"{code:06d}", "password": password})
    return browser


def test_from_the_first_administrator_to_an_imported_roster(db: None, settings: Any) -> None:
    """Nothing but migrations, reference data and `create_admin`; everything else on pages, with the second factor asked for."""
    settings.SECOND_FACTOR_REQUIRED = True
    call_command("seed_reference", stdout=io.StringIO())
    said = io.StringIO()
    call_command("create_admin", "100009", "田一鸣", stdout=said)
    password = said.getvalue().split("):")[1].split()[0]
    administrator = enrolled(browse("100009", password), "100009", password)
    assert "登记人员" in administrator.get("/people/").content.decode()
    unit = {"code": demo.BRANCH_CODE, "name": demo.BRANCH_NAME, "document_prefix": "深营", "groups_per_team": 3}
    assert administrator.post("/org/branch/new/", unit | {"opened_on": "2020-01-01"}).status_code == 302
    resources = appoint(administrator, password, "100005", "何静姝", "hr", "human_resources")
    channel = appoint(administrator, password, "100002", "段子衿", "channel", "channel_department")
    assert channel.get("/people/").status_code == 200

    with (demo.FILES / demo.ROSTER).open("rb") as roster:
        upload = {"branch": Branch.objects.get().pk, "effective": "2026-08-01", "file": roster}
        check = resources.post("/roster/", upload).url  # type: ignore[attr-defined]
    assert resources.get(check).status_code == 200
    assert resources.post(check).url == "/people/"  # type: ignore[attr-defined]
    assert Engagement.objects.filter(branch__code=demo.BRANCH_CODE).count() > 10

    posts = administrator.get("/people/600001/roles/")  # the roster brings the post, the administrator the role
    assert posts.status_code == 200
    granted = {"role": "trade_admin", "branch": Branch.objects.get().pk, "since": datetime.now().date().isoformat()}
    assert (
        administrator.post("/people/600001/roles/grant/", granted | {"reason": "任命文件", "password": password}).status_code
        == 302
    )
    assert RoleHolding.objects.filter(person__staff_no="600001", role="trade_admin").exists()
