"""Pages of a list: `?page=` and `?size=` (20, 50, 100, 200)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

SIZES = (20, 50, 100, 200)


def page_of(request: HttpRequest, rows: QuerySet[Any] | Sequence[Any], *, size: int = 20) -> Page[Any]:
    """The page the address asks for; a page that isn't there becomes the nearest one."""
    asked = request.GET.get("size", "")
    chosen = int(asked) if asked.isdecimal() and int(asked) in SIZES else size
    return Paginator(rows, chosen).get_page(request.GET.get("page"))
