"""Masks for personal data: enough to recognise, too little to use."""

from __future__ import annotations

FEWEST = 3
"""A sum over fewer people tells a single person's pay to whoever may see sums only."""


def _keep(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail:
        return "*" * len(text)
    return f"{text[:head]}{'*' * (len(text) - head - tail)}{text[len(text) - tail :]}"


def id_number(text: str) -> str:
    """440301********7493"""
    return _keep(text, 6, 4)


def phone(text: str) -> str:
    """131****4785"""
    return _keep(text, 3, 4)


def bank_account(text: str) -> str:
    """**** **** 5967 shortened: the first four and the last four."""
    return _keep(text, 4, 4)


def name(text: str) -> str:
    """张*、欧**: the family name stays."""
    return text[:1] + "*" * (len(text) - 1)
