"""How a person's frozen month is kept as JSON and read back, so that an old slip can be reckoned again exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

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


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _flat(item: Any, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    return {field.name: _plain(getattr(item, field.name)) for field in fields(item) if field.name not in without}


def person_as_dict(facts: PersonFacts) -> dict[str, Any]:
    """Everything of the facts; decimals as text, days in ISO form."""
    return {
        **_flat(facts, without=("sales", "inputs", "additional")),
        "additional": {name: str(amount) for name, amount in facts.additional.items()},
        "sales": [_flat(sale) for sale in facts.sales],
        "inputs": None if facts.inputs is None else _flat(facts.inputs),
    }


def person_from_dict(data: Mapping[str, Any]) -> PersonFacts:
    """The facts as they were."""
    plain = {name: _amount(name, value) for name, value in data.items() if name not in {"sales", "inputs", "additional"}}
    return PersonFacts(
        **plain | {"hired_on": date.fromisoformat(data["hired_on"])},
        additional={name: Decimal(amount) for name, amount in data["additional"].items()},
        sales=tuple(Sale(**{name: _amount(name, value) for name, value in sale.items()}) for sale in data["sales"]),
        inputs=None if data["inputs"] is None else inputs_from_dict(data["inputs"]),
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
