"""Lists by key: `?limit=` and `?cursor=`. A page costs the same however deep it lies, and no row comes twice."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet

from branch.paging import Key, beyond_place
from branch.rest.errors import Invalid
from kernel.months import Month

DEFAULT, MOST = 50, 200
NAMES = ("limit", "cursor")


@dataclass(frozen=True)
class Slice:
    """One page of rows, and the cursor of the next (None: this is the last)."""

    rows: list[Any]
    next: str | None


def limit_of(params: Any) -> int:
    """The page size asked for, 1 to MOST."""
    text = params.get("limit", "")
    if not text:
        return DEFAULT
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST):
        raise Invalid({"limit": [f"每页条数是 1 到 {MOST} 的整数"]}, {"limit": "limit"})
    return int(text)


def slice_of(rows: QuerySet[Any] | Sequence[Any], params: Any, order: Sequence[str]) -> Slice:
    """The page that `?cursor=` names. `order` (unique in its last name) is where a queryset's pages are cut."""
    limit, cursor = limit_of(params), params.get("cursor", "")
    if not isinstance(rows, QuerySet):
        return _of_list(rows, limit, cursor)
    after = _opened(cursor, len(order)) if cursor else None
    try:
        found = rows.order_by(*order)
        if after is not None:
            found = found.filter(beyond_place([Key.of(name) for name in order], after))
        page = list(found[: limit + 1])
    except (ValueError, TypeError, ValidationError) as error:
        raise _bad() from error
    more = len(page) > limit
    return Slice(page[:limit], _closed([_value(page[limit - 1], name) for name in order]) if more else None)


def _of_list(rows: Sequence[Any], limit: int, cursor: str) -> Slice:
    """A list that is reckoned whole anyway is cut by place."""
    start = _opened(cursor, 1)[0] if cursor else 0
    if not isinstance(start, int) or isinstance(start, bool) or start < 0:
        raise _bad()
    end = start + limit
    return Slice(list(rows[start:end]), _closed([end]) if len(rows) > end else None)


def _value(row: Any, name: str) -> Any:
    for part in name.lstrip("-").split("__"):
        row = getattr(row, part)
    return row.number if isinstance(row, Month) else row


def _closed(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values, cls=DjangoJSONEncoder).encode()).decode().rstrip("=")


def _opened(cursor: str, length: int) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
    except (ValueError, UnicodeEncodeError, binascii.Error, RecursionError) as error:
        raise _bad() from error
    if not isinstance(values, list) or len(values) != length or not all(map(_plain, values)):
        raise _bad()
    return values


def _plain(value: Any) -> bool:
    """What `_closed` writes: text, or a number the database has room for."""
    return abs(value) < 2**63 if isinstance(value, int) else isinstance(value, str) and "\x00" not in value


def _bad() -> Invalid:
    return Invalid({"cursor": ["不是有效的翻页位置,请从第一页重新开始"]}, {"cursor": "cursor"})
