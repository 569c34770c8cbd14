"""The guideline's text, and where each article is carried out."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.urls import NoReverseMatch, reverse

from branch.guideline.register import screens_of


@cache
def document() -> dict[str, Any]:
    """Title, owner, date and the chapters with their articles, as the company's channel department keeps it."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "guideline.json").read_text(encoding="utf-8"))
    return found


def chapters() -> list[dict[str, Any]]:
    """The chapters; each article with the links to the screens that exist."""
    return [
        {**chapter, "articles": [{**article, "screens": _links(article["number"])} for article in chapter["articles"]]}
        for chapter in document()["chapters"]
    ]


def _links(article: int) -> list[tuple[str, str]]:
    links = []
    for screen in screens_of(article):
        try:
            links.append((screen.label, reverse(screen.url_name)))
        except NoReverseMatch:
            continue
    return links
