"""commission.csv and client_manager_pay.json: the scheme's own steps on a month's figures."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from kernel.money import ZERO, yuan
from payroll.reckoning.cases.results import (
    Broken,
    CaseResult,
    Compared,
    Tools,
    Unreadable,
    load_csv,
    load_json,
    need,
    number,
    only,
    run,
)
from payroll.reckoning.employee import deferred
from payroll.reckoning.performance import asset_award, opening_award
from payroll.reckoning.presence import Days, attendance_deduction, base_pay
from payroll.reckoning.reading import parse_scheme
from payroll.reckoning.scheme import Scheme
from payroll.reckoning.tables import METHODS, Tiers

SCHEME_NUMBERS = ("grades", "tiers", "opening_award", "opening_cap", "asset_rate", "asset_cap", "min_wage")
SCHEME_TEXTS = ("base_completion", "defer")  # the rules in words; the product's scheme holds them as data
INPUT_KEYS = ("id", "grade", "completion", "protected", "net", "valid", "asset", "prod", "duty", "compliance", "absent")
PAY_FIGURES = (
    "base_pay",
    "absence_deduction",
    "commission",
    "opening",
    "asset",
    "product",
    "perf_coef",
    "perf_adjusted",
    "deferred",
    "min_wage_topup",
    "gross",
)


def read_commission(path: Path, tools: Tools) -> list[CaseResult]:
    """Net commission → commission before the grade factor, by both methods, on the product's tiers."""
    return [_commission(row, index, tools) for index, row in enumerate(load_csv(path), 2)]


def _commission(row: Mapping[str, Any], line: int, tools: Tools) -> CaseResult:
    def work(compared: Compared) -> None:
        net = need(row, "net_commission", "")
        for key, value in row.items():
            method = str(key).split("(", maxsplit=1)[0].strip()
            if method in METHODS:
                compared.add(method, value, yuan(Tiers(method, tools.scheme.commission.tiers).pay(net)))
            elif key not in ("id", "net_commission") and str(key) not in ("title", "source", "note", "description"):
                raise Broken(f"不认得的列“{key}”")

    return run(str(row.get("id") or f"第{line}行"), work)


def read_pay(path: Path, tools: Tools) -> list[CaseResult]:
    """A month's pay under the scheme that the file itself brings."""
    data = load_json(path)
    if not isinstance(data, dict) or not isinstance(data.get("cases"), list) or not isinstance(data.get("scheme"), dict):
        raise Unreadable(f"{path.name} 应有 scheme 和 cases")
    return [_pay(case, index, data["scheme"], tools) for index, case in enumerate(data["cases"], 1)]


def file_scheme(given: Mapping[str, Any], tools: Tools) -> tuple[Scheme, Decimal]:
    """The product's scheme with the figures of the file in it, and the file's minimum wage."""
    only(given, (*SCHEME_NUMBERS, *SCHEME_TEXTS), "scheme ")
    missing = [key for key in SCHEME_NUMBERS if key not in given]
    if missing:
        raise Broken(f"scheme 缺“{'”“'.join(missing)}”")
    data = copy.deepcopy(dict(tools.scheme.raw))
    for name, grade in given["grades"].items():
        only(grade, ("base", "k"), f"scheme 的职级 {name} ")
    data["grades"] = {name: {"base": str(grade["base"]), "factor": str(grade["k"])} for name, grade in given["grades"].items()}
    tiers = [{"up_to": None if up_to is None else str(up_to), "rate": str(rate)} for up_to, rate in given["tiers"]]
    data["commission"] |= {"method": "progressive", "tiers": tiers}
    data["opening_award"] |= {"per_account": str(given["opening_award"]), "cap": str(given["opening_cap"])}
    data["asset_award"] |= {"rate": str(given["asset_rate"]), "cap": str(given["asset_cap"])}
    return parse_scheme(data), number(given["min_wage"], "min_wage")


def _pay(case: Mapping[str, Any], index: int, scheme: Mapping[str, Any], tools: Tools) -> CaseResult:
    given = case.get("input") if isinstance(case, Mapping) else None
    name = str(given.get("id") or f"第{index}例") if isinstance(given, Mapping) else f"第{index}例"

    def work(compared: Compared) -> None:
        only(case, ("input", "expected"), "案例")
        if not isinstance(given, Mapping) or not isinstance(case.get("expected"), Mapping):
            raise Broken("案例应有 input 和 expected")
        only(given, INPUT_KEYS, "input ")
        only(case["expected"], PAY_FIGURES, "expected ")
        got = reckon_input(given, *file_scheme(scheme, tools))
        for figure in PAY_FIGURES:
            if figure in case["expected"]:
                compared.add(figure, case["expected"][figure], got[figure])

    return run(name, work)


def reckon_input(given: Mapping[str, Any], scheme: Scheme, minimum_wage: Decimal) -> dict[str, Decimal]:
    """The figures of one input, by the same functions that a run uses."""
    grade = scheme.grades.get(str(given.get("grade")))
    if grade is None:
        raise Broken(f"不认得的职级“{given.get('grade')}”")
    protected = given.get("protected", False)
    if not isinstance(protected, bool):
        raise Broken("“protected”应是 true 或 false")
    share = Decimal(1) if protected else scheme.completion_bands.rate(need(given, "completion", "input "))
    absent = number(given.get("absent", 0), "absent")
    whole_month = Days(due=Decimal(1), out=ZERO, leave=ZERO, sick=ZERO, absence=absent)
    base = base_pay(scheme, grade.base, share, whole_month)
    away, _ = attendance_deduction(replace_absence(scheme), grade.base, minimum_wage, whole_month)
    deduction = min(away, base)
    commission = yuan(scheme.commission.pay(need(given, "net", "input ")) * grade.factor)
    opening = opening_award(scheme, int(need(given, "valid", "input ")))
    assets, product = asset_award(scheme, need(given, "asset", "input ")), yuan(need(given, "prod", "input "))
    coefficient = need(given, "duty", "input ") * need(given, "compliance", "input ")
    performance = yuan((commission + opening + assets + product) * coefficient)
    kept = deferred(scheme, performance)
    pay = base - deduction + performance - kept
    topup = max(minimum_wage - pay, ZERO)
    return {
        "base_pay": base,
        "absence_deduction": deduction,
        "commission": commission,
        "opening": opening,
        "asset": assets,
        "product": product,
        "perf_coef": coefficient,
        "perf_adjusted": performance,
        "deferred": kept,
        "min_wage_topup": topup,
        "gross": pay + topup,
    }


def replace_absence(scheme: Scheme) -> Scheme:
    """In these cases a day away costs the whole day, whatever the product's scheme says of leave."""
    return replace(scheme, attendance=replace(scheme.attendance, absence=Decimal(1)))
