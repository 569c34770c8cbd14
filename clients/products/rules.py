"""Suitability of a sale: client levels C1 to C5 against product levels R1 to R5; and whether the list knows what was sold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

PRODUCT_LEVELS = ("R1", "R2", "R3", "R4", "R5")
CLIENT_LEVELS = ("C1", "C2", "C3", "C4", "C5")
UNKNOWN_PRODUCT, PRODUCT_STOPPED = "unknown_product", "product_stopped"
OFF_THE_LIST = (UNKNOWN_PRODUCT, PRODUCT_STOPPED)

Listed = Mapping[str, date | None]
"""Code → 停售日, the first day on which the product is sold no more; None: it is sold."""


def off_the_list(code: str, traded_on: date, listed: Listed) -> str:
    """Why the list keeps a sale waiting; empty: it doesn't."""
    if code not in listed:
        return UNKNOWN_PRODUCT
    stopped_from = listed[code]
    return PRODUCT_STOPPED if stopped_from is not None and traded_on >= stopped_from else ""


def is_suitable(client_level: str, product_level: str) -> bool:
    """A client may buy what is not riskier than the client's own level."""
    return int(client_level[1:]) >= int(product_level[1:])


def may_be_cleared(client_level: str, product_level: str) -> bool:
    """Whether a mismatch may be settled by the client's written confirmation: never for C1 above R1."""
    return not (client_level == "C1" and product_level != "R1")
