"""The register of what routes may be made for: the words of each kind. `requests.kinds` signs in here for the apps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class KindWords:
    """A kind's Chinese name and the Chinese names of the facts its requests give, which conditions may ask for."""

    label: str
    facts: Mapping[str, str]


_words: dict[str, KindWords] = {}


def sign_in(kind: str, label: str, facts: Mapping[str, str]) -> None:
    """Name a kind."""
    _words[kind] = KindWords(label, facts)


def label_of(kind: str) -> str:
    """The kind's Chinese name, or its code where no app has signed it in."""
    return _words[kind].label if kind in _words else kind


def fact_labels(kind: str) -> Mapping[str, str]:
    """Fact → its Chinese name; empty where no app has signed the kind in."""
    return _words[kind].facts if kind in _words else {}


def all_kinds() -> dict[str, str]:
    """Kind → its Chinese name, in the order of the names."""
    return {kind: words.label for kind, words in sorted(_words.items(), key=lambda pair: pair[1].label)}
