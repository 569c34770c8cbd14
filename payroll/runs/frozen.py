"""How a person's frozen month is kept as JSON and read back, so that an old slip can be reckoned again exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from payroll.reckoning.adjustments import Adjustment
from payroll.reckoning.facts import MonthInput, PersonFacts, Sale, TeamFigures

_MONEY = {
    "contribution_base",
    "housing_fund_rate",
    "additional_total",
    "net_commission",
    "gross_commission",
    "assets_end",
    "net_new_assets",
    "amount",
    "target",
}


_AS_IT_IS = frozenset({str, int, bool, type(None)})
_NESTED = {"sales", "inputs", "additional", "adjustments", "left_on", "away"}
NAMES: dict[type, tuple[str, ...]] = {
    kind: tuple(f.name for f in fields(kind) if f.name not in _NESTED) for kind in (PersonFacts, Sale, MonthInput, TeamFigures)
}
VALUES = {kind: attrgetter(*names) for kind, names in NAMES.items()}


def _flat(item: Any) -> dict[str, Any]:
    """The fields of a frozen value: decimals and days as text."""
    kind = type(item)
    values = [value if type(value) in _AS_IT_IS else str(value) for value in VALUES[kind](item)]
    return dict(zip(NAMES[kind], values, strict=True))


def person_as_dict(facts: PersonFacts) -> dict[str, Any]:
    """Everything of the facts; decimals as text, days in ISO form. Adjustments only where there are any."""
    kept = {
        **_flat(facts),
        "additional": {name: str(amount) for name, amount in facts.additional.items()},
        "sales": [_flat(sale) for sale in facts.sales],
        "inputs": None if facts.inputs is None else _flat(facts.inputs),
    }
    if facts.adjustments:
        kept["adjustments"] = [one.as_dict() for one in facts.adjustments]
    if facts.left_on is not None:
        kept["left_on"] = facts.left_on.isoformat()
    if facts.away:
        kept["away"] = facts.away
    return kept


def person_from_dict(data: Mapping[str, Any]) -> PersonFacts:
    """The facts as they were."""
    plain = {name: _amount(name, value) for name, value in data.items() if name not in _NESTED}
    return PersonFacts(
        **plain | {"hired_on": date.fromisoformat(data["hired_on"])},
        additional={name: Decimal(amount) for name, amount in data["additional"].items()},
        sales=tuple(Sale(**{name: _amount(name, value) for name, value in sale.items()}) for sale in data["sales"]),
        inputs=None if data["inputs"] is None else inputs_from_dict(data["inputs"]),
        left_on=date.fromisoformat(data["left_on"]) if data.get("left_on") else None,
        away=data.get("away", 0),
        adjustments=tuple(Adjustment.from_dict(one) for one in data.get("adjustments", ())),
    )


def inputs_from_dict(data: Mapping[str, Any]) -> MonthInput:
    """The month's cells: whole numbers and yes/no as they are, all others decimals."""
    cells: dict[str, Any] = {name: Decimal(value) if isinstance(value, str) else value for name, value in data.items()}
    return MonthInput(**cells)


def team_as_dict(team: TeamFigures | None) -> dict[str, Any] | None:
    return None if team is None else _flat(team)


def team_from_dict(data: Mapping[str, Any] | None) -> TeamFigures | None:
    return None if data is None else TeamFigures(**{name: _amount(name, value) for name, value in data.items()})


def _amount(name: str, value: Any) -> Any:
    return Decimal(value) if name in _MONEY and value is not None else value
