"""Who wants to hear that a month's figures were measured anew; other rooms sign in when the application starts."""

from __future__ import annotations

from collections.abc import Callable

from branch.org.models import Branch
from kernel.months import Month

Measured = Callable[[Branch, Month], None]

_measured: list[Measured] = []


def add_measured(heard: Measured) -> None:
    """Sign in what is done in the transaction that measured a branch's month."""
    if heard not in _measured:
        _measured.append(heard)


def tell_measured(branch: Branch, month: Month) -> None:
    for heard in _measured:
        heard(branch, month)
