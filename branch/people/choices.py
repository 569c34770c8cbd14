"""Choosing one of the branches one has a power over: read once a request, however many forms and pages ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from branch.org.models import Branch
from branch.people.access import Reach, holdings_on, reach
from branch.people.models import Person
from branch.people.queries import branches_visible_to
from branch.people.roles import Power


def branches_of(person: Person, *powers: Power) -> list[Branch]:
    """The branches over which the person holds one of `powers`, by code; read once for powers that reach alike."""
    kept: dict[Reach, list[Branch]] = person.__dict__.setdefault("_branches", {})
    scopes = {reach(person, power): power for power in powers}
    for scope, power in scopes.items():
        if scope not in kept:
            kept[scope] = _reached(person, power, scope)
    found = {branch.code: branch for scope in scopes for branch in kept[scope]}
    return [found[code] for code in sorted(found)]


def _reached(person: Person, power: Power, scope: Reach) -> list[Branch]:
    """Whole branches came along with the roles that reach over them."""
    if scope.company or scope.teams or scope.groups:
        return list(branches_visible_to(person, power))
    held = {row.branch_id: row.branch for row in holdings_on(person)}
    return [branch for pk in scope.branches if (branch := held[pk]) is not None]


class BranchChoice(forms.TypedChoiceField):
    """A branch by its code, one of those offered; with `empty` (its label) none may be chosen. Cleans to a Branch or None."""

    def __init__(self, *, empty: str = "", **kwargs: Any) -> None:
        self.empty = empty
        self.branches: list[Branch] = []
        super().__init__(coerce=self._branch, empty_value=None, required=kwargs.pop("required", not empty), **kwargs)

    def __deepcopy__(self, memo: Any) -> BranchChoice:
        copied: BranchChoice = super().__deepcopy__(memo)
        copied.coerce = copied._branch
        return copied

    def offer(self, branches: Sequence[Branch]) -> None:
        """What may be chosen on this form."""
        self.branches = list(branches)
        none = [("", self.empty)] if self.empty else []
        self.choices = [*none, *((branch.code, branch.name) for branch in self.branches)]

    def _branch(self, code: str) -> Branch:
        return next(branch for branch in self.branches if branch.code == code)
