"""What every page shows around its content: menu, who is signed in. The counts come by a request of their own (`menu-counts`)."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from branch.people.access import holdings_on
from branch.people.models import Person
from branch.workbench.register import SECTIONS, MenuItem, menu_for


def _menu(person: Person, path: str) -> list[dict[str, Any]]:
    items = menu_for(person)
    sections = []
    for code, (label, icon) in SECTIONS.items():
        entries = [_entry(item, path) for item in items if item.section == code]
        if entries:
            sections.append(
                {
                    "code": code,
                    "label": label,
                    "icon": icon,
                    "url": entries[0]["url"],
                    "items": entries,
                    "groups": _groups(entries),
                    "active": any(entry["active"] for entry in entries),
                }
            )
    return _only_longest_active(sections, path)


@cache
def _url(name: str) -> str:
    """A place's address takes no arguments: it stays the same, and every page has some forty of them."""
    return reverse(name)


def _entry(item: MenuItem, path: str) -> dict[str, Any]:
    url = _url(item.url_name)
    active = path == url or (url != "/" and path.startswith(url))
    return {"key": item.key, "label": item.label, "url": url, "active": active, "heading": item.heading}


def _groups(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A section's places under their headings; a single heading says nothing and is left out."""
    groups = [{"heading": heading, "items": list(places)} for heading, places in groupby(entries, itemgetter("heading"))]
    return groups if len(groups) > 1 else [{"heading": "", "items": entries}]


def _same_app(url: str, path: str) -> bool:
    first = path.split("/")[1]
    return bool(first) and url.split("/")[1] == first


def _only_longest_active(sections: list[dict[str, Any]], path: str) -> list[dict[str, Any]]:
    """Of several entries whose address begins the page's, the longest is where one is; with none, the app's section is."""
    active = [entry for section in sections for entry in section["items"] if entry["active"]]
    longest = max((len(entry["url"]) for entry in active), default=0)
    beside = (
        [] if active else [section for section in sections if any(_same_app(entry["url"], path) for entry in section["items"])]
    )
    for section in sections:
        for entry in section["items"]:
            entry["active"] = entry["active"] and len(entry["url"]) == longest
        section["active"] = any(entry["active"] for entry in section["items"]) or section in beside[:1]
    return sections


def _bottom_bar(sections: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Five places for the thumb: the first four sections the person has, and the menu."""
    places = [{key: s[key] for key in ("code", "label", "icon", "url", "active")} for s in sections[:4]]
    return [*places, {"label": "菜单", "icon": "menu-2", "url": "#menu", "active": False}]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context for base.html. Anonymous pages get only the product's own words."""
    person: Person | None = getattr(request, "person", None)
    if person is None:
        return {"product": "展业", "show_demo_logins": settings.SHOW_DEMO_LOGINS}
    menu = _menu(person, request.path)
    holdings = holdings_on(person)
    return {
        "product": "展业",
        "company": getattr(person, "company_name", "") or "",
        "me": person,
        "my_role": "、".join(dict.fromkeys(h.get_role_display() for h in holdings)) or "未授予角色",
        "here": next((str(h.branch or h.team.branch) for h in holdings if h.branch or h.team), "总部"),
        "menu": menu,
        "bottom_bar": _bottom_bar(menu),
        "notices_url": _url("notice-list"),
    }
