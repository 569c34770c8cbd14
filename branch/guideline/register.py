"""The register of screens: which page carries out which article. An app signs in at `AppConfig.ready()`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from branch.people.models import Person


@dataclass(frozen=True)
class Screen:
    """A page that carries out an article. `url_name` takes no arguments; `visible` narrows what its door already asks."""

    label: str
    url_name: str
    visible: Callable[[Person], bool] | None = None


_screens: dict[int, list[Screen]] = defaultdict(list)


def carry_out(article: int, label: str, url_name: str, visible: Callable[[Person], bool] | None = None) -> None:
    """Sign in a page for article 1 to 28."""
    screen = Screen(label, url_name, visible)
    if screen not in _screens[article]:
        _screens[article].append(screen)


def screens_of(article: int) -> list[Screen]:
    return list(_screens.get(article, ()))
