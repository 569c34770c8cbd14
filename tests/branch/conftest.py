"""A company with two branches, head office and the demo branch's posts, all with log-ins and roles."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import pytest
from django.core.management import call_command
from django.test import Client

from branch.org.models import Branch
from branch.people.actions import Place, hold, open_log_in
from branch.people.models import Person
from config.demo_steps import branch_and_people
from tests.factories.kept import kept

LONG_AGO = date(2020, 1, 1)


class Office:
    """The people by 工号: `office["600001"]`; `.branch` is the demo branch, `.other` another one."""

    def __init__(self) -> None:
        call_command("seed_reference", verbosity=0, stdout=io.StringIO())
        branch_and_people()
        self.branch = Branch.objects.get(code="0755FT")
        self.other = Branch.objects.create(code="0755LH", name="深圳罗湖营业部", document_prefix="罗营")

    def __getitem__(self, staff_no: str) -> Person:
        return Person.objects.get(staff_no=staff_no)

    def add(self, staff_no: str, name: str, role: str = "", *, place: Place | None = None) -> Person:
        """Somebody else with a log-in, holding `role` at `place` (the demo branch)."""
        person = Person.objects.create(staff_no=staff_no, name=name)
        open_log_in(person, password="Correct-Horse-9")
        if role:
            hold(person, role, place or Place(branch=self.branch), since=LONG_AGO, reason="测试")
        return person


@kept
def made_office() -> Office:
    return Office()


@pytest.fixture
def office(db: None) -> Office:
    return made_office()


@pytest.fixture
def signed_in(office: Office) -> Callable[[str], Client]:
    """A browser of the person with that 工号."""

    def client(staff_no: str) -> Client:
        browser = Client()
        browser.force_login(office[staff_no].user, backend="django.contrib.auth.backends.ModelBackend")
        return browser

    return client
