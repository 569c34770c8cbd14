"""Saying no. Every rule that refuses raises a `Refusal` with a sentence for the person; pages, API and commands show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

P = ParamSpec("P")


class Refusal(Exception):
    """What was asked can't be done now. `str(refusal)` is a Chinese sentence that says what to mend."""

    def __init__(self, sentence: str, *, code: str = "refused", items: list[str] | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.items = items or []

    @property
    def sentence(self) -> str:
        return str(self)


class Forbidden(Refusal):
    """The person lacks the power. The edge answers 403, or 404 where even the existence is not theirs to know."""


class Unknown(Refusal):
    """No such thing, or not one this person may know of. The edge answers 404."""


class Missing(Refusal):
    """A dated value (parameter, scheme, grade) that the day or month asked for does not have: refused, never guessed."""


def refusal_of(error: Exception) -> Refusal | None:
    """The error as a refusal, where it is one: a day given at the calendar's very end or beginning has no day after or before."""
    if isinstance(error, OverflowError) and str(error) in ("date value out of range", "year 0 is out of range"):
        return Refusal("日期超出可用的范围,请核对年份", code="bad_day")
    return error if isinstance(error, Refusal) else None


def allows(rule: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Whether `rule` raises no Refusal: for templates that show or hide a button."""
    try:
        rule(*args, **kwargs)
    except Refusal:
        return False
    return True
