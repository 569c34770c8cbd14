"""The register of 职级: the app that keeps pay schemes says which grades a branch knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from branch.org.models import Branch

Grades = Callable[[Branch, date], set[str]]

_sources: list[Grades] = []


def add_grades(source: Grades) -> None:
    """Sign in a source of the grades in use at a branch on a day; an empty set when it knows none."""
    if source not in _sources:
        _sources.append(source)


def grades_known(branch: Branch, day: date) -> set[str]:
    """The grades of all sources. Empty: nothing is known, any grade may be."""
    return {grade for source in _sources for grade in source(branch, day)}
