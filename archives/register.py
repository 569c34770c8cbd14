"""The register of document types: an upper app signs in what it files, who may open it, and what follows when it is received."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from branch.people.models import Person
from kernel.refusals import Unknown

if TYPE_CHECKING:
    from archives.models import Filing


@dataclass(frozen=True)
class FilingKind:
    """A document type. `may_open(person, filing)` raises Refusal; `url(filing)` leads to the subject ("" for none)."""

    code: str
    label: str
    may_open: Callable[[Person, Filing], None]
    on_received: Callable[[Filing, Person], None]
    url: Callable[[Filing], str]


_kinds: dict[str, FilingKind] = {}


def register(kind: FilingKind) -> None:
    """Sign in a document type; signing in again replaces it."""
    _kinds[kind.code] = kind


def kind_of(code: str) -> FilingKind:
    """The type with that code. Raises Unknown."""
    try:
        return _kinds[code]
    except KeyError:
        raise Unknown(f"没有登记过的备案类别:{code}") from None


def labels() -> dict[str, str]:
    """Code → Chinese label of every type."""
    return {kind.code: kind.label for kind in _kinds.values()}
