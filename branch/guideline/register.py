"""The register of screens: which page carries out which article. An app signs in at `AppConfig.ready()`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class Screen:
    """A page that carries out an article. `url_name` takes no arguments."""

    label: str
    url_name: str


_screens: dict[int, list[Screen]] = defaultdict(list)


def carry_out(article: int, label: str, url_name: str) -> None:
    """Sign in a page for article 1 to 28."""
    screen = Screen(label, url_name)
    if screen not in _screens[article]:
        _screens[article].append(screen)


def screens_of(article: int) -> list[Screen]:
    return list(_screens.get(article, ()))
