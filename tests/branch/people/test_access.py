"""How far a power reaches, and which doors it opens."""

from __future__ import annotations

import pytest
from django.db.models import Q

from branch.org.models import Branch
from branch.people.access import Reach
from branch.people.doors import may_enter
from branch.people.models import RoleHolding
from tests.factories.branch import LONG_AGO, make_branch, make_person

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
