"""How far a power reaches, and which doors it opens."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from branch.org.models import Branch
from branch.people.access import Reach, reach
from branch.people.choices import branches_of
from branch.people.doors import may_enter
from branch.people.models import RoleHolding
from branch.people.roles import Power
from tests.factories.branch import LONG_AGO, give_role, make_branch, make_person

pytestmark = pytest.mark.django_db


def test_the_whole_company_survives_an_or() -> None:
    """`own | reach` for somebody of the head office is every row, not only the own."""
    branch = make_branch()
    nobody = Q(pk__in=[])
    whole, one, none = Reach(company=True), Reach(branches=frozenset({branch.pk})), Reach()
    assert list(Branch.objects.filter(nobody | whole.branch_rows("pk"))) == [branch]
    assert list(Branch.objects.filter(nobody | one.branch_rows("pk"))) == [branch]
    assert not Branch.objects.filter(nobody | none.branch_rows("pk"))
    assert list(Branch.objects.filter(none.branch_rows("pk") | whole.branch_rows("pk"))) == [branch]


def test_links_are_offered_to_whom_the_door_lets_in() -> None:
    make_branch()
    outsider, administrator = make_person("900001", "甲"), make_person("900002", "乙")
    RoleHolding.objects.create(person=administrator, role="administrator", effective_from=LONG_AGO)
    assert not may_enter(outsider, "/audit/?who=1")
    assert may_enter(administrator, "/audit/?who=1")
    assert may_enter(outsider, "/notices/")
    assert not may_enter(administrator, "/no-such-page/")


def test_branches_are_read_once_for_powers_that_reach_alike() -> None:
    branch, person = make_branch(), make_person("900003", "丙")
    give_role(person, "branch_finance", branch=branch)
    assert reach(person, Power.FIGURES_LOCK) == reach(person, Power.INPUTS_IMPORT)
    with CaptureQueriesContext(connection) as asked:
        for power in (Power.FIGURES_LOCK, Power.INPUTS_IMPORT, Power.FIGURES_LOCK):
            assert branches_of(person, power) == [branch]
    assert len(asked) == 0, "a branch comes along with the role that reaches over it"
    assert branches_of(person, Power.COMPANY_IMPORT) == []
    assert branches_of(person, Power.FIGURES_LOCK, Power.COMPANY_IMPORT) == [branch]
