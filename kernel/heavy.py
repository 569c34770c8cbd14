"""The libraries that cost a process most, each loaded when something of it is first used.

Every process of the product knows every room, and few use what these are for: a page reads no CSV file, the clock of the task
queue writes no workbook. `from kernel.heavy import polars as pl` costs nothing; `pl.col("row")` loads polars. What needs one of
them stands in a function, never at a module's level (docs/decisions/0069).
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any


class Later(ModuleType):
    """A module that is imported when something of it is first asked for; the import lock keeps threads apart."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what the machinery asks of any module is no use of it
            raise AttributeError(name)
        value = getattr(import_module(self.__name__), name)
        setattr(self, name, value)
        return value


if TYPE_CHECKING:
    import polars as polars  # noqa: PLC0414 - handed on
    import pypinyin as pypinyin  # noqa: PLC0414 - handed on
    import redis as redis  # noqa: PLC0414 - handed on
else:
    polars, pypinyin, redis = map(Later, ("polars", "pypinyin", "redis"))
openpyxl: Any = Later("openpyxl")  # a checker doesn't see the parts of a package that is handed on
docx: Any = Later("docx")


def load() -> None:
    """All that work in the background uses, at once: before a process divides itself into several that then share it."""
    for name in ("openpyxl", "polars", "pypinyin"):
        import_module(name)
