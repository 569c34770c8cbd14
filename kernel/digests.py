"""Digests of data: what a signature covers, what tells whether two runs are the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, is_dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import Any

from kernel.months import Month


def plain(value: Any) -> Any:
    """Data as JSON can hold it without loss: decimals and months as text, dates in ISO form."""
    if isinstance(value, Decimal | Month):
        return str(value)
    if isinstance(value, Enum | date | time):
        return value.value if isinstance(value, Enum) else value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def canonical(value: Any) -> str:
    """One text for one meaning: sorted keys, no blanks, Chinese as it is."""
    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(value: Any) -> str:
    """SHA-256 of the canonical text, 64 hex digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()
