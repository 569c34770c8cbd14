"""The register of scenes: what must have happened before an address has something to do, undone after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction

from branch.org.models import Branch, Team
from branch.people.models import Engagement, Person, Posting
from kernel.months import Month
from tests.factories.branch import People, make_person
from tests.house.matrix import World
from tests.house.matrix_things import LONG_AGO

Things = dict[str, Any]
Scene = Callable[[People], Things]

BRANCH = "0755FT"
NOVEMBER = Month(2026, 11)  # the world's months end with October: this one is open
SCENES: dict[str, Scene] = {}


def before(*names: str) -> Callable[[Scene], Scene]:
    """Sign in the scene of these addresses. It gives what it has made, by the words that an address and a body name things by."""

    def sign_in(scene: Scene) -> Scene:
        for name in names:
            assert name not in SCENES, f"two scenes before {name}"
            SCENES[name] = scene
        return scene

    return sign_in


@contextmanager
def set_up(world: World, name: str) -> Iterator[World]:
    """The world as that address needs it; within, its things are those of the scene."""
    scene = SCENES.get(name)
    if scene is None:
        yield world
        return
    with transaction.atomic():
        people = People(Branch.objects.get(code=BRANCH), {person.staff_no: person for person in Person.objects.all()})
        yield replace(world, things={**world.things, **scene(people)})
        transaction.set_rollback(True)


def newcomer(people: People, hired_on: date = LONG_AGO) -> Person:
    """Somebody of 营销一队 of whom nothing else is known: no client, no pay, no log."""
    person = make_person("700077", "公冶新")
    team = Team.objects.get(branch=people.branch, name="营销一队")
    Engagement.objects.create(
        person=person, branch=people.branch, kind=Engagement.Kind.EMPLOYEE, hired_on=hired_on, contract_from=hired_on
    )
    where = {"branch": people.branch, "team": team, "group": team.groups.first()}
    Posting.objects.create(person=person, **where, post="客户经理", effective_from=hired_on)
    return person
