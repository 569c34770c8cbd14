"""A prepared query gives what the query itself gives, whatever it is asked with."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, models

from branch.people.models import Engagement, Person
from branch.prepared import Prepared, loaded
from kernel.months import Month
from payroll.intake.models import MonthlyInput
from tests.factories.branch import People
from tests.factories.runs import AUGUST, SEPTEMBER, make_ready, small_branch

COLUMNS = ("person_id", "person__staff_no", "hired_on", "insurance_base", "additional_deductions", "additional_total", "kind")


def engaged(people: Any, day: Any, kind: Any) -> models.QuerySet[Engagement, Any]:
    rows = Engagement.objects.filter(person__among=people, hired_on__lte=day, kind=kind)
    return rows.order_by("person__staff_no").values_list(*COLUMNS)


def of_month(month: Any, branch: Any) -> models.QuerySet[MonthlyInput, Any]:
    rows = MonthlyInput.objects.filter(month__lt=month, branch=branch).order_by("pk")
    return rows.values_list("month", "target", "serious_violation", "person__engagements__additional_deductions")


@pytest.fixture
def people(db: None) -> People:
    return small_branch()


def test_each_call_gives_what_the_query_gives_with_its_values(people: People) -> None:
    everybody, asked = list(Person.objects.values_list("pk", flat=True)), Prepared(engaged)
    seen = set()
    for given in (everybody, everybody[:3], []):
        for day in (date(2020, 1, 1), date(2026, 8, 1), date(2030, 1, 1)):
            for kind in Engagement.Kind.values:
                rows = asked(people=given, day=day, kind=kind)
                assert rows == list(engaged(given, day, kind))
                assert [list(map(type, row)) for row in rows] == [list(map(type, row)) for row in engaged(given, day, kind)]
                seen.add(len(rows))
    assert len(seen) > 2, "the values make a difference"


def test_it_is_put_together_once(people: People) -> None:
    built: list[object] = []

    def build(people: Any, day: Any, kind: Any) -> models.QuerySet[Engagement, Any]:
        built.append(people)
        return engaged(people, day, kind)

    asked = Prepared(build)
    for _ in range(3):
        asked(people=[1], day=date(2026, 1, 1), kind="employee")
    assert len(built) == 1


def test_months_and_what_the_database_keeps_in_its_own_way_come_back_as_fields_say(people: People) -> None:
    make_ready(people, AUGUST)
    asked, branch = Prepared(of_month), people["600101"].engagements.get().branch_id
    rows = asked(month=SEPTEMBER, branch=branch)
    assert rows == list(of_month(SEPTEMBER, branch))
    assert {tuple(map(type, row)) for row in rows} == {(Month, Decimal, bool, dict)}
    assert asked(month=AUGUST, branch=branch) == []


def test_an_object_of_some_columns_fetches_the_others_when_asked(people: People) -> None:
    person = Person.objects.order_by("pk").first()
    assert person is not None
    found = loaded(Person, ("name", "id"), (person.name, person.pk))
    assert (found, found.name, found._state.db) == (person, person.name, connection.alias)
    assert found.staff_no == person.staff_no
