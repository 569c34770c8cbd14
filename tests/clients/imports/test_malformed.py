"""Every odd file through the import itself: taken to exact values, or refused with what to mend and nothing of it kept."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import transaction

from branch.audit.models import AuditRow
from branch.files.models import StoredFile
from branch.org.models import Team
from branch.people.models import Person
from branch.roster.actions import import_roster
from clients.imports import company
from clients.imports.actions import precheck
from clients.imports.kinds import REFUSED
from clients.imports.models import ClientMonth, ImportBatch
from clients.imports.sheets import Upload
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.intake.actions import check_inputs, propose_opening
from teams.plans.targets.actions.sheets import book_sheet, check_sheet
from teams.plans.targets.models import Target, TargetSheet
from tests.clients.imports.odd_files import ALL, ELSEWHERE, HOSTILE, PLAIN, Odd, booked_of_the_company, is_text
from tests.factories.branch import People, give_role, make_person
from tests.factories.clients import HEADER, book, branch_with

SECONDS = 5
CHINESE = re.compile(r"[\u4e00-\u9fff]{4}")
SHOWN = {"股基交易量": "turnover", "两融息差收入": "margin_income", "期初资产": "opening_assets", "期末资产": "closing_assets"}
SHOWN |= {"资产转入": "assets_in", "资产转出": "assets_out", "净佣金收入": "net_commission", "客户姓名": "client__name"}


pytestmark = pytest.mark.django_db


@contextmanager
def taken_back() -> Iterator[None]:
    """One world serves all: each file takes back what it did."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def kept() -> dict[str, int]:
    """How much of everything there is: rows of each kind, and files on the disk."""
    models = [model for app in ("clients", "payroll", "plans") for model in apps.get_app_config(app).get_models()]
    models += [StoredFile, AuditRow, Person]
    counts = {model.__name__: model._default_manager.count() for model in models}
    return counts | {"files": sum(path.is_file() for path in Path(settings.FILES_ROOT).rglob("*"))}


def _values(odd: Odd) -> list[dict[str, Any]]:
    """What the file says, by the columns that are compared."""
    rows = [dict(zip(HEADER, row, strict=True)) for row in PLAIN[1:]]
    rows[0] |= odd.values
    return [{name: row[name] if name == "客户姓名" else Decimal(row[name]) for name in SHOWN} for row in rows]


def _booked() -> list[dict[str, Any]]:
    found = ClientMonth.objects.order_by("client__client_no").values_list(*SHOWN.values())
    return [dict(zip(SHOWN, row, strict=True)) for row in found]


def _judge(people: People, odd: Odd) -> None:
    upload, before = Upload.of(odd.filename, odd.make()), kept()
    begun = time.perf_counter()
    if odd.refused:
        with pytest.raises(Refusal, match=odd.refused) as refused:
            book(people, upload)
        assert refused.value.sentence.startswith(odd.filename)
        assert CHINESE.search(refused.value.sentence)
        assert kept() == before
    elif odd.cells:
        (report,) = book(people, upload)
        assert [(one.row, one.column) for one in report.of(REFUSED)] == [cell[:2] for cell in odd.cells]
        assert all(words in one.message for one, (_, _, words) in zip(report.of(REFUSED), odd.cells, strict=True))
        assert kept() == before
    else:
        (report,) = book(people, upload)
        assert not report.refused
        assert _booked() == _values(odd)
    assert time.perf_counter() - begun < SECONDS


def test_every_odd_file_gets_its_verdict_from_the_import(subtests: pytest.Subtests) -> None:
    people = branch_with()
    for odd in ALL:
        with subtests.test(odd.name), taken_back():
            _judge(people, odd)


def test_there_are_enough_of_them_and_each_has_its_name() -> None:
    assert len(ALL) >= 120
    assert len({odd.name for odd in ALL}) == len(ALL)
    assert sum(bool(odd.refused) for odd in ALL) >= 50
    assert sum(bool(odd.cells) for odd in ALL) >= 18


def test_the_comparison_can_fail() -> None:
    """The control: one figure changed, and a file booked, are both seen."""
    people = branch_with()
    rows = [list(row) for row in PLAIN]
    rows[1][HEADER.index("股基交易量")] = "100000.01"
    before = kept()
    book(people, Upload.of("客户.csv", "\n".join(",".join(row) for row in rows).encode()))
    assert _booked() != _values(Odd("x", "x", bytes))
    assert kept() != before


def test_a_file_with_refused_rows_waits_with_its_findings_and_books_nothing() -> None:
    people = branch_with()
    odd = next(odd for odd in ALL if odd.name == "three_decimals")
    checked = precheck(files=[Upload.of(odd.filename, odd.make())], branch=people.branch, by=people["600001"])
    assert checked.batch is not None
    assert checked.batch.refused == 1
    assert not ClientMonth.objects.exists()


# --- the importers of named sheets: nothing hostile gets in, and nothing of it stays -----------------------------------------


def _roster(people: People, content: bytes) -> None:
    import_roster(content=content, name="名册.xlsx", branch=people.branch, by=people["600001"])


def _opening(people: People, content: bytes) -> None:
    propose_opening(content=content, name="期初_2026-08.xlsx", branch=people.branch, by=people["600002"], month=Month(2026, 8))


def _inputs(people: People, content: bytes) -> None:
    check_inputs(content=content, name="核算输入_2026-10.xlsx", branch=people.branch, by=people["600002"], month=Month(2026, 10))


def _targets(people: People, content: bytes) -> None:
    team = Team.objects.get(branch=people.branch, name="营销一队")
    check_sheet(content=content, name="目标.xlsx", branch=people.branch, team=team, year=2026, by=people["600101"])


def _set_targets(people: People, content: bytes) -> None:
    _targets(people, content)
    (sheet,) = TargetSheet.objects.all()
    assert sheet.refused
    book_sheet(sheet_id=sheet.pk, by=people["600101"])


def test_no_odd_file_sets_a_target(subtests: pytest.Subtests) -> None:
    """A file without the sheet's columns is kept with what is wrong with it, as any file with wrong rows; it can't be booked."""
    people = branch_with()
    for odd in ALL:
        with subtests.test(odd.name), taken_back():
            content, begun = odd.make(), time.perf_counter()
            with pytest.raises(Refusal) as refused:
                _set_targets(people, content)
            assert CHINESE.search(refused.value.sentence)
            assert not Target.objects.exists()
            assert time.perf_counter() - begun < SECONDS


def test_a_hostile_workbook_is_refused_by_every_importer(subtests: pytest.Subtests) -> None:
    people = branch_with()
    for name, make in HOSTILE.items():
        content = make()
        for take in (_roster, _opening, _inputs, _targets):
            with subtests.test(f"{name}{take.__name__}"), taken_back():
                _refuses(people, content, take)


def _refuses(people: People, content: bytes, take: Callable[[People, bytes], None]) -> None:
    before, begun = kept(), time.perf_counter()
    with pytest.raises(Refusal) as refused:
        take(people, content)
    assert CHINESE.search(refused.value.sentence)
    assert kept() == before
    assert time.perf_counter() - begun < SECONDS


def test_hostile_workbooks_are_many() -> None:
    assert len(HOSTILE) >= 30


# --- the company's file: cut by branch, then as the branch's own ---------------------------------------------------------------


def _judge_company(people: People, odd: Odd, upload: Upload, channel: Person, commits: Any) -> None:
    months, begun = ClientMonth.objects.count(), time.perf_counter()
    with commits(execute=True):
        made = company.receive(upload=upload, by=channel)
    assert time.perf_counter() - begun < SECONDS
    made.refresh_from_db()
    part = made.parts.filter(branch=people.branch).first()
    booked = ClientMonth.objects.count() - months
    assert made.state in ("done", "refused"), "it ends"
    assert booked == booked_of_the_company(odd, upload.content)
    if odd.name in ELSEWHERE:
        assert part is not None
    elif odd.refused or not is_text(upload.content):
        assert CHINESE.search(made.note if part is None else part.note)
        assert not ImportBatch.objects.exists()
    elif odd.cells:
        assert part is not None
        assert (part.state, part.refused) == ("refused", len({row for row, _, _ in odd.cells}))
    else:
        assert part is not None
        assert part.state == "booked"
        assert _booked() == _values(odd)


def test_every_odd_file_gets_its_verdict_as_the_companys(
    subtests: pytest.Subtests, django_capture_on_commit_callbacks: Any
) -> None:
    people, channel = branch_with(), make_person("800900", "齐渠道")
    give_role(channel, "channel_department")
    for odd in ALL:
        with subtests.test(odd.name), taken_back():
            upload = Upload.of(odd.filename, odd.make())
            _judge_company(people, odd, upload, channel, django_capture_on_commit_callbacks)
