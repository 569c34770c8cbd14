"""`among` finds what `in` finds."""

from __future__ import annotations

import pytest

from branch.people.models import Engagement, Person
from tests.factories.branch import People
from tests.factories.runs import small_branch


@pytest.fixture
def people(db: None) -> People:
    return small_branch()


def test_among_finds_what_in_finds(people: People) -> None:
    everybody = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    for wanted in ([], everybody[:1], everybody[3:9], [*everybody, 0, 10**12]):
        rows = Engagement.objects.filter(person__among=wanted).order_by("pk")
        assert list(rows) == list(Engagement.objects.filter(person__in=wanted).order_by("pk"))
        assert set(Person.objects.filter(pk__among=wanted)) == set(Person.objects.filter(pk__in=wanted))


def test_the_keys_go_as_one_value_however_many_they_are(people: People) -> None:
    few, many = (Engagement.objects.filter(person__among=range(count)).order_by() for count in (2, 2000))
    assert few.query.sql_with_params()[0] == many.query.sql_with_params()[0]
    assert len(many.query.sql_with_params()[1]) == 1
