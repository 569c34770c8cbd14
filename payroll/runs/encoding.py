"""A frozen month as the JSON that goes into a slip, word for word what `json` would make of the dictionaries of `frozen`.

From person to person only the values change, never the names: the words are put together once, and the values set in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any

from kernel.months import Month
from payroll.reckoning.deferral import Lot
from payroll.reckoning.facts import Carried, PersonFacts, TeamFigures
from payroll.reckoning.tax import BROKER, SALARY, BrokerChain, SalaryChain
from payroll.runs.frozen import NAMES, VALUES

# Decimals, days and months inside the values become text, as everything that reads a slip expects them.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str, check_circular=False).encode
MARKS: dict[type, str] = {Decimal: '"%s"', Month: '"%s"', date: '"%s"', int: "%s"}  # of all others what `encode` makes of them
_CHAINS = {
    kind: (("kind", *names), attrgetter(*names), word)
    for kind, word in ((SalaryChain, SALARY), (BrokerChain, BROKER))
    if (names := tuple(field.name for field in fields(kind)))
}
_LOT = tuple(field.name for field in fields(Lot))
_lot = attrgetter(*_LOT)


def encode(value: Any) -> str:
    """Any value; a text, as most of them are, nothing, yes or no by the shortest way."""
    if type(value) is str:
        return encode_basestring(value)
    if value is None:
        return "null"
    if type(value) is bool:
        return "true" if value else "false"
    return _encode(value)


def encoded_object(names: tuple[str, ...], values: Sequence[Any]) -> str:
    """`{"底薪":"8000.00","places":4,…}`"""
    frame, others = _frame(names, *map(type, values))
    if others:
        values = list(values)
        for at in others:
            values[at] = encode(values[at])
    return frame % tuple(values)


@lru_cache(maxsize=1024)
def _frame(names: tuple[str, ...], *kinds: type) -> tuple[str, list[int]]:
    """An object's JSON with %s for its values, and at which places something stands that has to be encoded."""
    pairs = zip(names, kinds, strict=True)
    frame = ",".join(f"{encode(name).replace('%', '%%')}:{MARKS.get(kind, '%s')}" for name, kind in pairs)
    return f"{{{frame}}}", [at for at, kind in enumerate(kinds) if kind not in MARKS]


def encoded_amounts(amounts: Mapping[str, Decimal]) -> str:
    return encoded_object(tuple(amounts), tuple(amounts.values()))


def encoded_state(carried: Carried) -> str:
    """What `Carried.as_dict` says."""
    chain = "null"
    if carried.chain is not None:
        names, values, word = _CHAINS[type(carried.chain)]
        chain = encoded_object(names, (word, *values(carried.chain)))
    lots = ",".join([encoded_object(_LOT, _lot(lot)) for lot in carried.lots])
    arrears = f',"arrears":{encode([arrear.as_dict() for arrear in carried.arrears])}' if carried.arrears else ""
    return f'{{"chain":{chain},"lots":[{lots}],"negative_commission":"{carried.negative_commission}"{arrears}}}'


def encoded_person(facts: PersonFacts) -> str:
    """What `person_as_dict` says."""
    flat = encoded_frozen(facts)[:-1]
    sales = ",".join([encoded_frozen(sale) for sale in facts.sales])
    inputs = "null" if facts.inputs is None else encoded_frozen(facts.inputs)
    adjustments = f',"adjustments":{encode([one.as_dict() for one in facts.adjustments])}' if facts.adjustments else ""
    left_on = f',"left_on":"{facts.left_on.isoformat()}"' if facts.left_on is not None else ""
    rare = f"{adjustments}{left_on}" + (f',"away":{facts.away}' if facts.away else "")
    return f'{flat},"additional":{encoded_amounts(facts.additional)},"sales":[{sales}],"inputs":{inputs}{rare}}}'


def encoded_team(team: TeamFigures | None) -> str:
    """What `team_as_dict` says."""
    return "null" if team is None else encoded_frozen(team)


def encoded_frozen(item: Any) -> str:
    """A frozen value's own fields."""
    kind = type(item)
    return encoded_object(NAMES[kind], VALUES[kind](item))
