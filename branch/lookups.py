"""A look-up of our own: rows whose key, or number, is among many given ones."""

from __future__ import annotations

import json
from typing import Any

from django.db import models

from branch.prepared import Given


class Among(models.Lookup):
    """`person__among=ids` means what `person__in=ids` does, with the keys handed over as one value instead of one by one.

    Putting together a statement with a mark for each of 1,000 keys takes Django and psycopg longer than the database needs to
    answer it.
    """

    lookup_name = "among"

    def get_prep_lookup(self) -> Any:
        return self.rhs if isinstance(self.rhs, Given) else [self.lhs.output_field.get_prep_value(key) for key in self.rhs]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        lhs, params = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{lhs} = ANY(%s)", (*params, self.rhs)
        keys = self.rhs if isinstance(self.rhs, Given) else json.dumps(self.rhs)
        return f"{lhs} IN (SELECT value FROM json_each(%s))", (*params, keys)  # noqa: S608 - marks only


def sign_in() -> None:
    for kind in (models.ForeignKey, models.BigAutoField, models.CharField, models.PositiveIntegerField):
        kind.register_lookup(Among)
