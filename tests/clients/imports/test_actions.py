"""Importing the demo branch's own files: totals, verdicts, idempotency, changes, locks."""

from __future__ import annotations

import pytest

from clients.imports.kinds import EXCEPTION, REFUSED
from clients.imports.models import ClientMonth, ImportBatch, StagedRow
from tests.factories.clients import TOTALS, book, branch_with, client_file, confirm, sales_file

pytestmark = pytest.mark.django_db


def test_three_months_import_with_their_control_totals():
    people = branch_with()
    for month in ("2026-08", "2026-09", "2026-10"):
        (report,) = book(people, client_file(month), sales_file(month))
        assert not report.refused
        assert report.totals == TOTALS[month]
        assert report.rows == TOTALS[month]["file"]["rows"] + TOTALS[month]["sales"]["rows"]
        assert confirm(people, month) == (TOTALS[month]["file"]["opened"] if month != "2026-08" else 4307)
    assert ClientMonth.objects.count() == sum(TOTALS[m]["file"]["rows"] for m in ("2026-08", "2026-09", "2026-10"))
    assert not StagedRow.objects.exists()
    assert ImportBatch.objects.filter(state="booked").count() == 3


def test_the_file_with_mistakes_gets_the_verdict_of_every_row():
    people = branch_with("2026-08", "2026-09")
    (report,) = book(people, client_file("2026-10_含异常"), dry_run=True)
    known = TOTALS["2026-10_含异常"]
    assert report.refused
    assert {"file": report.totals["file"], "accepted": report.totals["accepted"]} == {k: known[k] for k in ("file", "accepted")}
    refused = [(f.row, f.kind, f.column) for f in report.of(REFUSED)]
    assert refused == [(r["row"], r["kind"], r["column"]) for r in known["refused"]]
    waiting = sorted((f.row, f.kind, f.column) for f in report.of(EXCEPTION))
    assert waiting == [(r["row"], r["kind"], r["column"]) for r in known["exceptions"]]
    notices = {notice["kind"]: notice["rows"] for notice in report.notices()}
    assert notices["total_row"] == [known["ignored"][0]["row"]]
    assert len(notices["unconfirmed_relation"]) == known["file"]["opened"]
    assert "total_differs" not in notices
    assert not ClientMonth.objects.filter(month=202610).exists()
    assert not ImportBatch.objects.filter(month=202610).exists()
