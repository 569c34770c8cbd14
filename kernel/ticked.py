"""Which rows were ticked: the keys that a form hands in, looked at before they reach a query."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.refusals import Refusal

LARGEST = 2**63 - 1


def ticked(values: Iterable[str | int]) -> list[int]:
    """The keys of the ticked rows. Raises Refusal where one can't be a key: no page offers it, and what is done for all or none
    must not be done for the rest."""
    return [_key(str(value)) for value in values]


def _key(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST)) and 0 < int(text) <= LARGEST):
        raise Refusal("勾选的行无法识别,一行都没有处理,请刷新页面后重新勾选", code="bad_key")
    return int(text)
