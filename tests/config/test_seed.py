"""The seeds: again and again, they add only what is missing."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from branch.calendar.models import SpecialDay
from branch.org.models import Branch, Department
from branch.parameters.models import ParameterValue
from branch.people.models import Person, RoleHolding

pytestmark = pytest.mark.django_db
COUNTED = (Department, ParameterValue, SpecialDay, Branch, Person, RoleHolding)


def seed() -> list[int]:
    call_command("seed_reference", stdout=io.StringIO())
    call_command("seed_demo", stage="blank", stdout=io.StringIO())
    return [model.objects.count() for model in COUNTED]


def test_twice_is_once() -> None:
    first = seed()
    assert all(first)
    assert seed() == first


def test_every_reference_value_is_in_force_with_its_source() -> None:
    seed()
    rows = ParameterValue.objects.all()
    assert {row.state for row in rows} == {ParameterValue.State.CONFIRMED}
    assert all(row.source and row.unit and row.confidence in ("确定", "较有把握", "待核实") for row in rows)


def test_the_demonstration_signs_in_with_its_one_password(settings: Any) -> None:
    seed()
    people = Person.objects.all()
    assert people.count() == 19
    assert all(person.user.check_password(settings.DEMO_PASSWORD) for person in people)


def test_production_takes_no_demonstration(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="生产环境"):
        call_command("seed_demo")
