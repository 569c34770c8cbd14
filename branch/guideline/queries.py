"""The guideline's text, and where each article is carried out."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.urls import NoReverseMatch, reverse

from branch.guideline.register import screens_of
from branch.people.doors import may_enter
from branch.people.models import Person


@cache
def document() -> dict[str, Any]:
    """Title, owner, date and the chapters with their articles, as the company's channel department keeps it."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "guideline.json").read_text(encoding="utf-8"))
    return found


def chapters(person: Person) -> list[dict[str, Any]]:
    """The chapters; each article with its screens: label, and the address where the person may open it ("" where not)."""
    return [
        {**chapter, "articles": [{**article, "screens": _screens(article["number"], person)} for article in chapter["articles"]]}
        for chapter in document()["chapters"]
    ]


def _screens(article: int, person: Person) -> list[tuple[str, str]]:
    found = []
    for screen in screens_of(article):
        try:
            address = reverse(screen.url_name)
        except NoReverseMatch:  # the app that carries it out is not installed here
            continue
        may_open = may_enter(person, address) and (screen.visible is None or screen.visible(person))
        found.append((screen.label, address if may_open else ""))
    return found
