"""Database fields of our own: a month, an encrypted text, a blind index."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

from kernel import keys
from kernel.months import Month


class MonthField(models.IntegerField):
    """A `kernel.months.Month`, kept as the number 202610."""

    # What the type checker lets a row take and give.
    _pyi_private_set_type: Month | int | str | None  # type: ignore[assignment]
    _pyi_private_get_type: Month  # type: ignore[assignment]
    _pyi_lookup_exact_type: Month | int | str  # type: ignore[assignment]

    def from_db_value(self, value: int | None, *_: Any) -> Month | None:
        return None if value is None else Month.from_number(value)

    def to_python(self, value: Any) -> Month | None:
        if value is None or value == "":
            return None
        return Month.from_number(value) if isinstance(value, int) else Month.parse(value)

    def get_prep_value(self, value: Any) -> int | None:
        if value is None:
            return None
        return value if isinstance(value, int) else Month.parse(value).number

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj) or "")


class JSONTextField(models.TextField):
    """JSON that is read whole or not at all, kept as the text it was written as.

    PostgreSQL takes `jsonb` apart as it comes in: for a value of several kilobytes that costs twice what keeping it costs.
    """

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, *_: Any) -> Any:
        return None if value is None else json.loads(value)

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj)) or ""


def _keys() -> dict[str, bytes]:
    """Key id → 32 bytes; the first is the one that encrypts, the others still open old rows (key rotation)."""
    return _parsed(tuple(settings.FIELD_KEYS))


@lru_cache(maxsize=4)
def _parsed(entries: tuple[str, ...]) -> dict[str, bytes]:
    return keys.parse(entries)


def newest_key_id() -> str:
    """The id of the key that encrypts now."""
    return next(iter(_keys()))


def key_id_of(sealed: str) -> str:
    """The id of the key that a sealed value needs."""
    return sealed.partition(":")[0]


def seal(text: str, bound_to: str) -> str:
    """AES-256-GCM; `bound_to` (table, column, row) is authenticated, so that a value can't be moved elsewhere."""
    name, key = next(iter(_keys().items()))
    nonce = os.urandom(12)
    box = AESGCM(key).encrypt(nonce, text.encode(), bound_to.encode())
    return f"{name}:{base64.b64encode(nonce + box).decode()}"


def unseal(sealed: str, bound_to: str) -> str:
    """The plain text. A wrong key or a touched value raises ValueError: never a silent ciphertext."""
    name, _, encoded = sealed.partition(":")
    raw = base64.b64decode(encoded)
    try:
        return AESGCM(_keys()[name]).decrypt(raw[:12], raw[12:], bound_to.encode()).decode()
    except (KeyError, InvalidTag) as error:
        raise ValueError(f"{bound_to}: 密文无法解开,密钥 {name} 缺失或数据被改动") from error


def blind_index(text: str, key: str = "") -> str:
    """HMAC-SHA256 of a normalised value, for exact look-up without opening it. `key`: the present LOOKUP_KEY."""
    return hmac.new((key or settings.LOOKUP_KEY).encode(), text.strip().upper().encode(), hashlib.sha256).hexdigest()


def blind_indexes(text: str) -> list[str]:
    """What to look for: the index under the present look-up key, and under former ones while they are being replaced."""
    return [blind_index(text, key) for key in (settings.LOOKUP_KEY, *settings.FORMER_LOOKUP_KEYS)]


class SealedText(property):
    """The property that `sealed_text` makes; key rotation finds it on the model."""

    def __init__(self, column: str, bound_to: str) -> None:
        self.column, self._bound_to = column, bound_to
        super().__init__(self._read, self._write)

    def place(self, row: models.Model) -> str:
        return f"{row._meta.db_table}.{self.column}.{getattr(row, self._bound_to)}"

    def opened(self, table: str, sealed: str, bound_to: str) -> str:
        """The plain text of a column that was read without its row."""
        return unseal(sealed, f"{table}.{self.column}.{bound_to}") if sealed else ""

    def _read(self, row: models.Model) -> str:
        sealed = getattr(row, self.column)
        return unseal(sealed, self.place(row)) if sealed else ""

    def _write(self, row: models.Model, text: str) -> None:
        setattr(row, self.column, seal(text, self.place(row)) if text else "")


def sealed_text(column: str, bound_to: str) -> SealedText:
    """A property over the text column `column`: sets encrypted, gets plain, bound to its row by attribute `bound_to`.

    Lists that don't read the property never decrypt. Empty stays empty.
    """
    return SealedText(column, bound_to)


def file_key(name: str = "") -> tuple[str, bytes]:
    """The key of that id, or the one that encrypts now, for the file store."""
    known = _keys()
    chosen = name or next(iter(known))
    return chosen, known[chosen]
