"""The commands of an installation: the first administrator, and the one whose phone is lost."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from branch.audit.models import AuditRow
from branch.people import second_factor
from branch.people.models import Person, SecondFactor
from branch.people.queries import holders
from tests.branch.conftest import Office


@pytest.mark.django_db
def test_the_first_administrator_and_no_second_one() -> None:
    out = io.StringIO()
    call_command("create_admin", "100009", "田一鸣", stdout=out, stderr=out)
    person = Person.objects.get(staff_no="100009")
    password = out.getvalue().split("):")[1].split()[0]
    assert person.user.check_password(password)
    assert holders("administrator") == [person]
    assert password not in " ".join(AuditRow.objects.values_list("summary", flat=True))
    with pytest.raises(SystemExit):
        call_command("create_admin", "100010", "别人", stdout=out, stderr=out)
    assert "已有系统管理员" in out.getvalue()


def test_a_lost_phone_is_taken_off_on_the_server_and_logged(office: Office) -> None:
    out = io.StringIO()
    second_factor.offered(office["100009"])
    call_command("reset_second_factor", "100009", "--reason", "唯一的管理员丢了手机", stdout=out, stderr=out)
    assert not SecondFactor.objects.exists()
    row = AuditRow.objects.get(act="second_factor.reset")
    assert (row.actor_name, row.source) == ("系统", "command")
    with pytest.raises(SystemExit):
        call_command("reset_second_factor", "100009", "--reason", "再次", stdout=out, stderr=out)
    with pytest.raises(SystemExit):
        call_command("reset_second_factor", "nobody", "--reason", "x", stdout=out, stderr=out)


def test_a_lost_password_of_the_only_administrator_is_replaced_on_the_server_and_logged(office: Office) -> None:
    out = io.StringIO()
    call_command("reset_password", "100009", "--reason", "唯一的管理员忘了密码", stdout=out, stderr=out)
    password = out.getvalue().split("):")[1].split()[0]
    assert office["100009"].user.check_password(password)
    row = AuditRow.objects.get(act="people.reset_password")
    assert (row.actor_name, row.source) == ("系统", "command")
    assert "唯一的管理员忘了密码" in row.summary
    assert password not in row.summary
    for staff_no, reason in (("nobody", "x"), ("100009", " ")):
        with pytest.raises(SystemExit):
            call_command("reset_password", staff_no, "--reason", reason, stdout=out, stderr=out)
