"""`manage.py reckon FILE…`: run worked cases by the product's own rules and compare every figure."""

from __future__ import annotations

import csv
import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from branch.calendar.models import SpecialDay
from branch.calendar.queries import WorkCalendar
from branch.parameters.queries import ParameterBook
from kernel import dated
from kernel.refusals import Missing
from payroll.reckoning.cases import CASE_DAY, Tools, Unreadable, run_file
from payroll.reckoning.parameters import Lookup
from payroll.reckoning.reading import parse_scheme

ALWAYS_THERE = "iit.annual_table"


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    value: Any
    effective_from: date
    effective_to: date | None


def reference_lookup(path: Path) -> Lookup:
    """The parameters as they are delivered, before anything is seeded."""
    rows: dict[str, list[ReferenceRow]] = {}
    for row in json.loads(path.read_text(encoding="utf-8")):
        last = row["effective_to"]
        span = ReferenceRow(
            row["value"], date.fromisoformat(row["effective_from"]), None if last is None else date.fromisoformat(last)
        )
        rows.setdefault(row["code"], []).append(span)

    def lookup(code: str, day: date) -> Any:
        return dated.on(rows.get(code, []), day, f"参数 {code} ").value

    return lookup


def parameters(reference: Path) -> Lookup:
    """The database's confirmed values, or the delivered ones where nothing has been seeded."""
    try:
        book = ParameterBook.load()
    except DatabaseError:
        return reference_lookup(reference)
    return reference_lookup(reference) if book.find(ALWAYS_THERE, CASE_DAY) is None else book.value


def reference_days(path: Path) -> dict[date, str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {date.fromisoformat(row["date"]): row["type"] for row in csv.DictReader(file)}


def calendar(reference: Path) -> Callable[[date], str]:
    """What kind of day a day is; a year without a single special day is not known and is refused."""
    try:
        special = dict(SpecialDay.objects.values_list("day", "kind"))
    except DatabaseError:
        special = {}
    special = special or reference_days(reference)
    years, kinds = {day.year for day in special}, WorkCalendar(special)

    def kind(day: date) -> str:
        if day.year not in years:
            raise Missing(f"日历没有 {day.year} 年的节假日,请先在日历中补录")
        return kinds.kind(day)

    return kind


class Command(BaseCommand):
    help = "按产品自己的规则逐项核算案例文件:每个数字一行,最后是通过与未通过的案例数"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit code 0 when all pass, 1 when a case fails, 2 when a file can't be read."""
        base = Path(settings.BASE_DIR)
        scheme = parse_scheme(json.loads((base / "demo" / "crm" / "scheme_demo.json").read_text(encoding="utf-8")))
        tools = Tools(
            parameters(base / "branch" / "parameters" / "reference.json"),
            calendar(base / "branch" / "calendar" / "reference_special_days.csv"),
            scheme,
        )
        passed = failed = unreadable = 0
        for path in options["files"]:
            try:
                results = run_file(path, tools)
            except Unreadable as refusal:
                self.stderr.write(refusal.sentence)
                unreadable += 1
                continue
            for result in results:
                for line in result.lines():
                    self.stdout.write(line)
            passed += sum(result.passed for result in results)
            failed += sum(not result.passed for result in results)
        self.stdout.write(f"{passed} passed, {failed} failed")
        if unreadable or failed:
            sys.exit(2 if unreadable else 1)
