"""Which branch a request is about, within the person's reach."""

from __future__ import annotations

from collections.abc import Iterable

from branch.org.models import Branch
from branch.people.models import Person
from branch.people.queries import branches_visible_to
from branch.people.roles import Power
from kernel.refusals import Unknown


def chosen(branches: Iterable[Branch], code: str) -> Branch:
    """The branch of that code among those; without a code the first. Raises Unknown."""
    found = next((branch for branch in branches if not code or branch.code == code), None)
    if found is None:
        raise Unknown(f"没有代码为“{code}”的营业部,或不在您的权限范围内" if code else "没有您可以办理的营业部")
    return found


def branch_within(person: Person, code: str, *powers: Power) -> Branch:
    """The branch of that code over which the person holds one of the powers; without a code the first. Raises Unknown."""
    found = {branch.pk: branch for power in powers for branch in branches_visible_to(person, power)}
    return chosen(sorted(found.values(), key=lambda branch: branch.code), code)
