"""The demonstration's reports stand as said, and a second start adds nothing."""

from __future__ import annotations

import pytest

from approvals.requests.models import Request
from branch.people.queries import person_for
from clients.figures.actions import lock
from clients.imports.actions import import_files
from clients.registry.actions import confirm_relations
from config import demo_reports
from teams.plans.reports.models import AnalysisReport
from tests.factories.clients import client_file, sales_file
from tests.factories.close import SEPTEMBER, settled_branch


@pytest.mark.django_db
def test_one_report_waits_for_the_manager_and_one_is_a_draft() -> None:
    people = settled_branch()
    import_files(files=[client_file("2026-09"), sales_file("2026-09")], branch=people.branch, by=people["600001"])
    confirm_relations(branch=people.branch, month=SEPTEMBER, by=people["600001"])
    lock(branch=people.branch, month=SEPTEMBER, by=people["600002"])
    demo_reports.reports()
    demo_reports.reports()
    assert sorted(AnalysisReport.objects.values_list("state", flat=True)) == ["draft", "submitted"]
    assert Request.objects.waiting_for(person_for("600005")).filter(kind="analysis_report").exists()
