"""A pre-check that nobody confirms is given up after a while."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from branch.audit.models import AuditRow
from branch.notices.models import Notice
from clients.imports.actions import confirm, precheck
from clients.imports.models import ImportBatch, StagedRow
from clients.imports.tasks import expire
from kernel.refusals import Refusal
from tests.factories.clients import branch_with, client_row, csv_file

pytestmark = pytest.mark.django_db


def test_an_old_pre_check_is_given_up_once_and_a_young_one_stays(settings, django_capture_on_commit_callbacks):
    settings.IMPORT_WAIT_DAYS = 30
    people = branch_with()
    old, young = (
        precheck(files=[csv_file([client_row("1", 月份=month)])], branch=people.branch, by=people["600001"]).batch
        for month in ("2026-09", "2026-10")
    )
    ImportBatch.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    ImportBatch.objects.filter(pk=young.pk).update(created_at=timezone.now() - timedelta(days=29))
    with django_capture_on_commit_callbacks(execute=True):
        assert (expire(), expire()) == (1, 0)
    old.refresh_from_db()
    assert old.state == "dropped"
    assert set(StagedRow.objects.values_list("batch", flat=True)) == {young.pk}
    assert old.files.get().stored is not None
    assert AuditRow.objects.filter(act="imports.expire").count() == 1
    assert "30 天" in Notice.objects.get(person=people["600001"], key=f"imports.expired:{old.pk}").text
    with pytest.raises(Refusal):
        confirm(batch_id=old.pk, by=people["600001"])
    confirm(batch_id=young.pk, by=people["600001"])
