"""Which rows of the targets are whose: the rows' own words, apart from what is kept (`models.py`)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from branch.org.models import Branch, Group
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from teams.plans.targets import states

if TYPE_CHECKING:  # what a set is of, named in its bracket
    from teams.plans.targets.models import (  # noqa: F401
        DeviationNote,
        IncomePlan,
        Milestone,
        Target,
        TargetChange,
        TargetSheet,
    )


def seen_by(person: Person, path: str = "") -> Q:
    """Rows of a branch, team, group and person by the reach of PLAN_VIEW, and always the own ones. `path` leads to them."""
    scope = reach(person, Power.PLAN_VIEW)
    if scope.company:
        return ~Q(pk__in=[])
    found = Q(**{f"{path}branch__in": scope.branches}) | Q(**{f"{path}team__in": scope.teams})
    return found | Q(**{f"{path}group__in": scope.groups}) | Q(**{f"{path}person": person})


class TargetQuerySet(models.QuerySet["Target"]):
    def visible_to(self, person: Person) -> TargetQuerySet:
        return self.filter(seen_by(person))

    def of_year(self, branch: Branch, year: int) -> TargetQuerySet:
        return self.filter(branch=branch, year=year)


class ChangeQuerySet(models.QuerySet["TargetChange"]):
    def visible_to(self, person: Person) -> ChangeQuerySet:
        return self.filter(seen_by(person, "target__"))

    def proposed(self) -> ChangeQuerySet:
        return self.filter(state=states.PROPOSED)

    def waiting_for(self, person: Person) -> ChangeQuerySet:
        """Those this person may decide: others' ones, of units below the own reach."""
        scope = reach(person, Power.TARGET_SET)
        below = Q(target__branch__in=scope.branches) | Q(target__team__in=scope.teams, target__level__in=("group", "person"))
        return self.proposed().filter(below).exclude(proposed_by=person)


class IncomePlanQuerySet(models.QuerySet["IncomePlan"]):
    def visible_to(self, person: Person) -> IncomePlanQuerySet:
        """The branch's own: for those whose reach is the branch, not one of its teams."""
        return self.filter(reach(person, Power.PLAN_VIEW).branch_rows())


class NoteQuerySet(models.QuerySet["DeviationNote"]):
    def visible_to(self, person: Person) -> NoteQuerySet:
        return self.filter(seen_by(person, "target__"))

    def asked(self) -> NoteQuerySet:
        return self.filter(state=states.ASKED)

    def of(self, person: Person) -> NoteQuerySet:
        """Those that are this person's to answer: of the own target, and of units the person leads."""
        led = Q(target__team__leaderships__person=person, target__level="team", target__team__leaderships__group=None)
        led &= Q(target__team__leaderships__effective_to=None)
        of_group = Q(target__level="group", target__group__leaderships__person=person)
        of_group &= Q(target__group__leaderships__effective_to=None)
        managed = Q(target__level="branch", target__branch__in=reach(person, Power.TARGET_SET).branches)
        own = Q(target__level="person", target__person=person)
        return self.filter(pk__in=self.model.objects.filter(own | led | of_group | managed).values("pk"))

    def waiting_for(self, person: Person) -> NoteQuerySet:
        return self.asked().of(person)


class MilestoneQuerySet(models.QuerySet["Milestone"]):
    def visible_to(self, person: Person) -> MilestoneQuerySet:
        scope = reach(person, Power.PLAN_VIEW)
        if scope.company:
            return self.all()
        return self.filter(Q(branch__in=scope.branches) | Q(team__in=scope.teams) | Q(responsible=person))

    def open(self) -> MilestoneQuerySet:
        return self.filter(done_on=None, dropped_on=None)

    def overdue(self, day: date) -> MilestoneQuerySet:
        return self.open().filter(due_on__lt=day)


class SheetQuerySet(models.QuerySet["TargetSheet"]):
    def visible_to(self, person: Person) -> SheetQuerySet:
        """Those of units whose targets the person sets; of a group leader the own files."""
        scope = reach(person, Power.TARGET_SET)
        of_groups = Group.objects.filter(pk__in=scope.groups).values("team")
        own = Q(imported_by=person, team__in=of_groups)
        return self.filter(Q(branch__in=scope.branches) | Q(team__in=scope.teams) | own)
