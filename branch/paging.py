"""Pages of a list: by number where the list is short, by key where it may hold millions. `?size=` is 20, 50, 100 or 200.

By key: `?after=` and `?before=` name the row to go on from, so that the thousandth page costs what the first does. How many rows
there are is told by a second request of the page (`?count=1`), so that no page waits for a count.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Field, Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

SIZES = (20, 50, 100, 200)


def page_of(request: HttpRequest, rows: QuerySet[Any] | Sequence[Any], *, size: int = 20) -> Page[Any]:
    """The page the address asks for; a page that isn't there becomes the nearest one."""
    return Paginator(rows, _size(request, size)).get_page(request.GET.get("page"))


def _size(request: HttpRequest, default: int) -> int:
    asked = request.GET.get("size", "")
    return int(asked) if asked.isdecimal() and int(asked) in SIZES else default


@dataclass(frozen=True)
class Key:
    """One column of a list's order."""

    path: str
    descending: bool = False

    @classmethod
    def of(cls, text: str) -> Key:
        return cls(text.removeprefix("-"), text.startswith("-"))

    def __str__(self) -> str:
        return f"{'-' if self.descending else ''}{self.path}"

    def turned(self) -> Key:
        return Key(self.path, not self.descending)

    def beyond(self, *, equal: bool = False) -> str:
        return f"{self.path}__{'lt' if self.descending else 'gt'}{'e' if equal else ''}"

    def of_row(self, row: Model) -> Any:
        value: Any = row
        for name in self.path.split(LOOKUP_SEP):
            value = getattr(value, name)
        return value


@dataclass
class KeysetPage:
    """What a template shows of a list that goes by key; `pager.html` takes it as `pager`."""

    object_list: list[Any]
    size: int
    prev_query: str = ""
    next_query: str = ""
    total_url: str = ""
    total: int | None = field(default=None)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.object_list)

    def __len__(self) -> int:
        return len(self.object_list)


def keyset_of(
    request: HttpRequest, rows: QuerySet[Any], *, order: Sequence[str], size: int = 20, shown_as: QuerySet[Any] | None = None
) -> KeysetPage:
    """The rows from the place the address names, in `order` (columns without NULL; the primary key is put last).

    A place that can't be read is taken as the beginning. `shown_as`: all rows with what a page shows of each; it is then read of
    this page's rows alone, not of all that were looked through (same statement).
    """
    keys = [Key.of(text) for text in order]
    if keys[-1].path != "pk":
        keys.append(Key("pk", keys[-1].descending))
    size = _size(request, size)
    after, before = _place(request, "after", rows, keys), _place(request, "before", rows, keys)
    if before is not None:
        turned = [key.turned() for key in keys]
        found = _read(rows.order_by(*map(str, turned)).filter(beyond_place(turned, before))[: size + 1], shown_as)
        shown = found[:size][::-1]
        earlier, later = len(found) > size, True
    else:
        ordered = rows.order_by(*map(str, keys))
        found = _read((ordered if after is None else ordered.filter(beyond_place(keys, after)))[: size + 1], shown_as)
        shown = found[:size]
        earlier, later = after is not None, len(found) > size
    return KeysetPage(
        shown,
        size,
        _link(request, before=_written(keys, shown[0])) if shown and earlier else "",
        _link(request, after=_written(keys, shown[-1])) if shown and later else "",
        request.path + _link(request, count="1"),
    )


def _read(page: QuerySet[Any], shown_as: QuerySet[Any] | None) -> list[Any]:
    if shown_as is None:
        return list(page)
    return list(shown_as.filter(pk__in=page.values("pk")).order_by(*page.query.order_by))


def asks_total(request: HttpRequest) -> bool:
    """Whether this is the second request, for the number of rows alone."""
    return "count" in request.GET


def rows_total(request: HttpRequest, rows: QuerySet[Any], *, most: int | None = None) -> HttpResponse:
    """共 N 条, for the pager's place; above `most` it is not counted further."""
    if most is None:
        return render(request, "parts/total.html", {"total": rows.order_by().count()})
    total = rows.order_by()[: most + 1].count()
    return render(request, "parts/total.html", {"total": min(total, most), "more": total > most})


def beyond_place(keys: Sequence[Key], place: Sequence[Any]) -> Q:
    """Rows beyond the place. The first column's bound is named once more by itself: an index is entered by it."""
    beyond = Q()
    for number, key in enumerate(keys):
        same = {one.path: value for one, value in zip(keys[:number], place, strict=False)}
        beyond |= Q(**same, **{key.beyond(): place[number]})
    return Q(**{keys[0].beyond(equal=True): place[0]}) & beyond


def _written(keys: Sequence[Key], row: Model) -> str:
    values = [str(key.of_row(row)) for key in keys]
    return urlsafe_b64encode(json.dumps(values, ensure_ascii=False).encode()).decode().rstrip("=")


def _place(request: HttpRequest, name: str, rows: QuerySet[Any], keys: Sequence[Key]) -> list[Any] | None:
    text = request.GET.get(name, "")
    try:
        values = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4))) if text else None
        if not isinstance(values, list) or len(values) != len(keys) or any("\x00" in str(value) for value in values):
            return None
        return [_field(rows.model, key.path).to_python(str(value)) for key, value in zip(keys, values, strict=True)]
    except (ValueError, ValidationError, FieldDoesNotExist, RecursionError):
        return None


def _field(model: type[Model], path: str) -> Field[Any, Any]:
    *through, last = path.split(LOOKUP_SEP)
    for name in through:
        model = model._meta.get_field(name).related_model  # type: ignore[assignment]
    found: Any = model._meta.pk if last == "pk" else model._meta.get_field(last)
    return found


def _link(request: HttpRequest, **changes: str) -> str:
    asked = request.GET.copy()
    for name in ("after", "before", "count", "page"):
        asked.pop(name, None)
    for name, value in changes.items():
        asked[name] = value
    return f"?{asked.urlencode()}"
