"""Finding a client by part of a name. Chinese names have two to four characters: trigrams don't find one of two."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField
from django.db.models.lookups import Contains


@CharField.register_lookup
class HasText(Contains):
    """`name__has_text="小明"`: on PostgreSQL by the index of the characters (`client_name_chars`), then by the text itself."""

    lookup_name = "has_text"

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        operator: str = connection.operators["contains"]
        return operator % rhs

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        like, like_params = super().as_sql(compiler, connection)
        column, column_params = self.process_lhs(compiler, connection)
        sql = f"(string_to_array({column}, NULL) @> string_to_array(%s, NULL) AND {like})"
        return sql, [*column_params, str(self.rhs), *like_params]
