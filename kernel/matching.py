"""Filling places with different people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def unfilled(places: Mapping[str, Iterable[int]]) -> list[str]:
    """The places that can't be filled when no person takes two (a matching by augmenting paths). Empty: all can."""
    candidates = {place: list(people) for place, people in places.items()}
    taken: dict[int, str] = {}

    def seat(place: str, tried: set[int]) -> bool:
        for person in candidates[place]:
            if person in tried:
                continue
            tried.add(person)
            if person not in taken or seat(taken[person], tried):
                taken[person] = place
                return True
        return False

    return [place for place in candidates if not seat(place, set())]
