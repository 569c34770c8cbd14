"""Suitability of a sale: client levels C1 to C5 against product levels R1 to R5."""

from __future__ import annotations

PRODUCT_LEVELS = ("R1", "R2", "R3", "R4", "R5")
CLIENT_LEVELS = ("C1", "C2", "C3", "C4", "C5")
UNKNOWN_PRODUCT = "unknown_product"


def is_suitable(client_level: str, product_level: str) -> bool:
    """A client may buy what is not riskier than the client's own level."""
    return int(client_level[1:]) >= int(product_level[1:])


def may_be_cleared(client_level: str, product_level: str) -> bool:
    """Whether a mismatch may be settled by the client's written confirmation: never for C1 above R1."""
    return not (client_level == "C1" and product_level != "R1")
