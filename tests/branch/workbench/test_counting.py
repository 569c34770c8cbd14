from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from branch.notices.models import Notice
from branch.people.models import Person, RoleHolding
from branch.workbench.counting import counted, in_short
from tests.branch.conftest import Office

pytestmark = pytest.mark.django_db


def test_every_row_set_is_counted_in_one_statement(office: Office) -> None:
    for number in range(3):
        Notice.objects.create(person=office["600001"], text="x", key=str(number))
    unread = Notice.objects.filter(read_at=None)
    with CaptureQueriesContext(connection) as asked:
        found = counted([unread, 7, unread.none(), (unread, unread.filter(key="1")), Person.objects.filter(staff_no="600001")])
    assert found == [3, 7, 0, 4, 1]
    assert len(asked) == 1


def test_a_distinct_set_is_counted_without_the_joins_doubles(office: Office) -> None:
    twice = Person.objects.filter(roles__in=RoleHolding.objects.all()).distinct()
    assert counted([twice, twice.order_by("-staff_no")]) == [twice.count()] * 2


def test_known_numbers_ask_nothing(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert counted([1, 0]) == [1, 0]
        assert counted([]) == []


def test_a_menu_counts_no_further_than_it_shows(office: Office, django_assert_num_queries) -> None:
    for number in range(5):
        Notice.objects.create(person=office["600001"], text="x", key=str(number))
    unread = Notice.objects.filter(read_at=None).order_by("-id")
    with django_assert_num_queries(1):
        assert counted([unread, unread.filter(key="1"), (unread, unread)], most=3) == [4, 1, 8]
    assert [in_short(number) for number in (0, 99, 100)] == [0, 99, "99+"]
