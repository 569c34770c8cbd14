"""Writing encrypted columns again under the newest key, and blind indexes under the present look-up key.

Found by walking the models: each `sealed_text`, each `sealed_columns`, each `blind_indexes`. A chunk commits by itself; a row
already under the newest key is left alone, so the work can be broken off and begun again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models, transaction

from branch.fields import SealedText, key_id_of, newest_key_id, seal, unseal

CHUNK = 500


@dataclass(frozen=True)
class SealedColumn:
    """One encrypted text column; `place_of` says what a row's value is bound to."""

    model: type[models.Model]
    column: str
    place_of: Callable[[Any], str]

    @property
    def name(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def filled(self) -> models.QuerySet[Any]:
        return self.model._default_manager.exclude(**{self.column: ""})

    def by_key(self) -> Counter[str]:
        """Key id → rows under it."""
        return Counter(key_id_of(sealed) for sealed in self.filled().values_list(self.column, flat=True).iterator(5000))


def sealed_columns() -> list[SealedColumn]:
    """Every encrypted text column of every model."""
    found = []
    for model in apps.get_models():
        own = [text for text in vars(model).values() if isinstance(text, SealedText)]
        found += [SealedColumn(model, text.column, text.place) for text in own]
        found += [SealedColumn(model, column, place) for column, place in getattr(model, "sealed_columns", {}).items()]
    return sorted(found, key=lambda column: column.name)


def reseal(column: SealedColumn) -> Iterator[int]:
    """Write the column again under the newest key, chunk by chunk; yields how many rows each chunk changed.

    A value that somebody changed meanwhile is under the newest key already and stays theirs. Raises ValueError, with the chunk
    undone, at a value that doesn't open.
    """
    newest, last = f"{newest_key_id()}:", 0
    while True:
        old = column.filled().filter(pk__gt=last).exclude(**{f"{column.column}__startswith": newest})
        rows = list(old.order_by("pk")[:CHUNK])
        if not rows:
            return
        with transaction.atomic():
            yield sum(_reseal_row(column, row) for row in rows)
        last = rows[-1].pk


def _reseal_row(column: SealedColumn, row: models.Model) -> int:
    sealed, place = getattr(row, column.column), column.place_of(row)
    fresh = seal(unseal(sealed, place), place)
    return column.model._default_manager.filter(pk=row.pk, **{column.column: sealed}).update(**{column.column: fresh})


def indexed_models() -> list[type[models.Model]]:
    """The models that keep blind indexes."""
    return [model for model in apps.get_models() if hasattr(model, "blind_indexes")]


def reindex(model: type[models.Model], *, dry: bool = False) -> Iterator[int]:
    """Reckon the blind indexes again, chunk by chunk; yields how many rows differed (and, unless `dry`, were written)."""
    last = 0
    while True:
        rows = list(model._default_manager.filter(pk__gt=last).order_by("pk")[:CHUNK])
        if not rows:
            return
        with transaction.atomic():
            yield sum(_reindex_row(model, row, dry=dry) for row in rows)
        last = rows[-1].pk


def _reindex_row(model: type[models.Model], row: Any, *, dry: bool) -> int:
    wanted: dict[str, str] = row.blind_indexes()
    kept = {name: getattr(row, name) for name in wanted}
    if kept == wanted:
        return 0
    return 1 if dry else model._default_manager.filter(pk=row.pk, **kept).update(**wanted)
