"""Who books by the product list, and who changes it, take turns (ADR 0114): many book side by side, a change is alone.

A change moves the sales it can see, and a booking judges by the list it can see: beside each other neither would see the other's.
"""

from __future__ import annotations

from django.db import connection

from branch.prepared import ask

_LIST = "hashtext('clients_product_list')"


def book_by_the_list() -> None:
    """Until the transaction ends the list stays as it is committed now. It is taken before any row of a branch or month."""
    _take("pg_advisory_xact_lock_shared")


def change_the_list() -> None:
    """Until the transaction ends nobody books by the list; who does now is waited for. It is taken before any row of a month."""
    _take("pg_advisory_xact_lock")


def _take(function: str) -> None:
    """The embedded database has one writer at a time."""
    if connection.vendor == "postgresql":
        ask(f"SELECT {function}({_LIST})", [])


__all__ = ["book_by_the_list", "change_the_list"]
