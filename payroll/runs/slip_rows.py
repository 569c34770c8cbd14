"""A reckoned person as the row of `PaySlip` that goes into the database: every JSON column encoded once, as text.

A slip explains itself in some thirty lines; building a model instance and letting the ORM quote it costs more than the reckoning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from payroll.reckoning.adjustments import Arrear
from payroll.reckoning.deferral import Lot
from payroll.reckoning.facts import Carried, TeamFigures
from payroll.reckoning.insurance import ITEMS, LABELS
from payroll.reckoning.lines import COLUMNS, OPTIONAL, Line, Reckoning
from payroll.reckoning.pay import check, reckon_complete
from payroll.reckoning.tax import BrokerChain, SalaryChain
from payroll.runs.encoding import MARKS, encode, encoded_amounts, encoded_person, encoded_state, encoded_team
from payroll.runs.inputs import Frozen, MonthFrozen
from payroll.runs.models import PayRun, PaySlip


class SlipRow(NamedTuple):
    """The columns of `payroll_payslip` that a computation writes, by their names there."""

    run_id: int
    person_id: int
    month: int
    current: bool
    staff_no: str
    name: str
    kind: str
    team: str
    grade: str
    post: str
    bank_masked: str
    net_commission: Decimal
    gross_pay: Decimal
    social: Decimal
    iit: Decimal
    net_pay: Decimal
    employer_si: Decimal
    figures: str
    lines: str
    facts: str
    carried_before: str
    carried_after: str
    digest: str
    checksum: str


def slip_of(run: PayRun, frozen: MonthFrozen, person: Frozen) -> SlipRow:
    """Reckon one person of a complete month and put the slip together; its sums are held together by `pay.check`.

    `digest` covers what is paid and carried on, `checksum` also what it was reckoned from. The lines follow from what the
    checksum covers: encoding them once more for it would cost as much as reckoning them.
    """
    facts, team = person.facts, frozen.team_of(person.facts)
    reckoning = reckon_complete(frozen.scheme, frozen.parameters, facts, person.start.carried, team)
    check(reckoning)
    employer, figures = encoded_amounts(reckoning.employer), encoded_amounts(reckoning.figures)
    before, after = encoded_state(person.start.carried), encoded_state(reckoning.carried_after)
    kept = _kept(frozen, person, team, employer)
    digest = _digest(facts.staff_no, figures, employer, after)
    return SlipRow(
        run_id=run.pk,
        person_id=person.person_id,
        month=run.month.number,
        current=True,
        staff_no=facts.staff_no,
        name=facts.name,
        kind=facts.kind,
        team=facts.team,
        grade=facts.grade or "",
        post=facts.post,
        bank_masked=person.bank_masked,
        figures=figures,
        lines=encoded_lines(reckoning.lines),
        facts=kept,
        carried_before=before,
        carried_after=after,
        digest=digest,
        checksum=_sha256(f"[{encode(digest)},{encode(person.bank_masked)},{kept},{before}]"),
        **main_figures(reckoning),
    )


def _digest(staff_no: str, figures: str, employer: str, after: str) -> str:
    """Of the list of the four, the last three already encoded."""
    return _sha256(f"[{encode(staff_no)},{figures},{employer},{after}]")


_ITEMS = tuple(dict.fromkeys(LABELS[code] for code in ITEMS))
_AFTER = {chain: Carried(chain=kind(year=0)).as_dict() for chain, kind in (("salary", SalaryChain), ("broker", BrokerChain))}


def digest_now(slip: PaySlip) -> str:
    """The digest of what the stored slip says now; equal to `slip.digest` unless somebody changed it past the product.

    A database may keep JSON in another order of keys: they are put back into the order in which they were hashed.
    """
    after = slip.carried_after
    like = _AFTER[after["chain"]["kind"]] if after["chain"] else {}
    ordered = _in_order(after, like)
    if after["chain"]:
        ordered["chain"] = _in_order(after["chain"], like["chain"])
    ordered["lots"] = [Lot.from_dict(lot).as_dict() for lot in after["lots"]]
    if "arrears" in after:
        ordered["arrears"] = [Arrear.from_dict(arrear).as_dict() for arrear in after["arrears"]]
    employer = _in_order(slip.facts["employer"], dict.fromkeys(_ITEMS))
    figures = _in_order(slip.figures, dict.fromkeys((*COLUMNS, *OPTIONAL)))
    return _digest(slip.staff_no, encode(figures), encode(employer), encode(ordered))


def _in_order(found: Mapping[str, Any], like: Mapping[str, Any]) -> dict[str, Any]:
    """`found` with its keys in the order of `like`, others behind."""
    return {key: found[key] for key in (*(key for key in like if key in found), *(key for key in found if key not in like))}


def _kept(frozen: MonthFrozen, person: Frozen, team: TeamFigures | None, employer: str) -> str:
    """The facts with what they rest on: enough to reckon the slip again exactly."""
    return (
        f'{{"person":{encoded_person(person.facts)},"team":{encoded_team(team)},"group":{encode(person.group)},'
        f'"other_net_income":{encode(person.other_net_income)},"employer":{employer},'
        f'"sources":{encode(person.sources)[:-1]},{_rest(frozen.version.digest, frozen.parameter_keys)}}}}}'
    )


@lru_cache(maxsize=64)
def _rest(scheme: str, parameters: tuple[int, ...]) -> str:
    """What everybody's month rests on, as the last of the sources."""
    return f'"scheme":{encode(scheme)},"parameters":{encode(parameters)}'


def encoded_lines(lines: Iterable[Line]) -> str:
    """The lines as `Line.from_dict` reads them."""
    said = []
    for code, label, amount, template, inputs, source in lines:
        frame, others = _wording(code, label, template, source, tuple(inputs), *map(type, inputs.values()))
        values = [amount, *inputs.values()]
        for at in others:
            values[at] = encode(values[at])
        said.append(frame % tuple(values))
    return f"[{','.join(said)}]"


@lru_cache(maxsize=1024)
def _wording(code: str, label: str, template: str, source: str, names: tuple[str, ...], *kinds: type) -> tuple[str, list[int]]:
    """A line's JSON with %s for its amount and its inputs, and at which places something stands that has to be encoded.

    From slip to slip only the numbers change, never the words.
    """
    code, label, template, source, *keys = [encode(text).replace("%", "%%") for text in (code, label, template, source, *names)]
    inputs = ",".join(f"{key}:{MARKS.get(kind, '%s')}" for key, kind in zip(keys, kinds, strict=True))
    frame = f'{{"code":{code},"label":{label},"amount":"%s","template":{template},"inputs":{{{inputs}}},"source":{source}}}'
    return frame, [at for at, kind in enumerate(kinds, 1) if kind not in MARKS]


def main_figures(reckoning: Reckoning) -> dict[str, Decimal]:
    """The columns that lists sort and sum."""
    column = reckoning.figures
    return {
        "net_commission": column["净佣金"],
        "gross_pay": column["应发"],
        "social": column["养老"] + column["医疗"] + column["失业"] + column["公积金"],
        "iit": column["个税"],
        "net_pay": column["实发"],
        "employer_si": reckoning.employer_total,
    }


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
