"""A small branch whose August is approved, with documents and accounts; and taking an output as somebody."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict
from openpyxl import load_workbook

from branch.exports import actions
from branch.exports.models import Export
from payroll.runs.models import PayRun
from tests.factories.branch import People
from tests.factories.close import computed
from tests.factories.kept import kept
from tests.factories.runs import AUGUST, MANAGERS, fresh, make_ready, small_branch

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def resident_id(serial: int) -> str:
    """A well-formed 居民身份证号码 (GB 11643) of nobody."""
    body = f"44030419900101{serial:03d}"
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


@kept
def ready_with_documents() -> People:
    found = small_branch()
    for number, staff_no in enumerate(MANAGERS, 101):
        person = found[staff_no]
        person.id_number = resident_id(number)
        person.save()
    make_ready(found, AUGUST)
    return found


@pytest.fixture
def people(db: None) -> People:
    return ready_with_documents()


@pytest.fixture
def run(people: People) -> PayRun:
    """August, computed and approved (the signatures themselves are the runs' tests)."""
    made = computed(people, AUGUST)
    PayRun.objects.filter(pk=made.pk).update(state="approved")
    return fresh(made)


Taking = Callable[..., Any]


@pytest.fixture
def take(people: People, run: PayRun) -> Taking:
    """`take(kind)`: the workbook (or, csv, the text's bytes) that 营业部财务 gets."""

    def taking(kind: str, who: str = "600002", query: str = "", reason: str = "八月发放") -> Any:
        person = people[who]
        person.__dict__.pop("_holdings", None)
        export = actions.ask(kind=kind, query=QueryDict(query or f"run={run.pk}"), by=person, reason=reason)
        content, name, _ = actions.download(export_id=export.pk, by=person)
        return load_workbook(io.BytesIO(content)) if name.endswith("xlsx") else content

    return taking


def table(sheet: Any, head: int = 1) -> list[dict[str, Any]]:
    """The rows below the heads of row `head`, up to the totals."""
    heads = [cell.value for cell in sheet[head]]
    found = []
    for row in sheet.iter_rows(min_row=head + 1, values_only=True):
        if row[0] in (None, "合计"):
            break
        found.append(dict(zip(heads, row, strict=True)))
    return found


def newest() -> Export:
    return Export.objects.latest("pk")
