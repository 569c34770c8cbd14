"""The three commands of the close, with their JSON and their exit codes."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from clients.figures.models import FiguresMonth, ManagerFigure
from clients.imports.models import ClientMonth, ImportBatch
from clients.registry.models import ConfirmationSlip, Relation
from tests.factories.branch import CRM
from tests.factories.clients import CLIENT_FILES, TOTALS, branch_with

pytestmark = pytest.mark.django_db


def run(*args, code=0):
    out, err = StringIO(), StringIO()
    if code:
        with pytest.raises(SystemExit) as stop:
            call_command(*args, stdout=out, stderr=err)
        assert stop.value.code == code
    else:
        call_command(*args, stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


def crm(*names, by="600001", code=0, extra=()):
    files = [str(CRM / name) for name in names]
    return run("import_crm", *files, "--branch", "0755FT", "--as", by, *extra, code=code)


def as_json(*names, code=0, extra=()):
    return json.loads(crm(*names, code=code, extra=["--format", "json", *extra]))


@pytest.mark.slow
def test_the_close_from_files_to_lock_by_commands():
    branch_with()
    verdict = as_json(CLIENT_FILES["2026-08"], "产品销售明细_2026-08.xlsx")
    assert verdict["verdict"] == "accepted"
    assert verdict["totals"] == TOTALS["2026-08"]
    assert verdict["errors"] == []
    kinds = {notice["kind"]: notice["rows"] for notice in verdict["notices"]}
    assert kinds["unsuitable"] == TOTALS["2026-08"]["sales"]["unsuitable_rows"]
    assert "4307" in run("confirm_relations", "--branch", "0755FT", "--month", "2026-08", "--as", "600001")
    assert "没有待确认" in run("confirm_relations", "--branch", "0755FT", "--month", "2026-08", "--as", "600001")
    assert ConfirmationSlip.objects.filter(state="valid").count() == Relation.objects.count() == 4307
    assert "锁定" in run("lock_figures", "--branch", "0755FT", "--month", "2026-08", "--as", "600002")
    assert "没有变化" in run("lock_figures", "--branch", "0755FT", "--month", "2026-08", "--as", "600002")
    assert FiguresMonth.objects.get().totals["net_commission"] == "1631145.20"
    assert ManagerFigure.objects.count() == 33  # 36 on the roster, three of them hired in September
    again = as_json(CLIENT_FILES["2026-08"])
    assert again["verdict"] == "accepted"
    assert again["notices"][-1]["kind"] == "unchanged"
    as_json(CLIENT_FILES["2026-09"])
    refused = as_json(CLIENT_FILES["2026-10_含异常"], code=1, extra=["--dry-run"])
    assert refused["verdict"] == "refused"
    assert [error["row"] for error in refused["errors"]] == [1066, 1424, 4489, 4490]
    assert refused["totals"]["accepted"] == TOTALS["2026-10_含异常"]["accepted"]
    assert ClientMonth.objects.filter(month=202610).count() == 0


def test_a_dry_run_leaves_nothing_behind():
    branch_with()
    assert as_json(CLIENT_FILES["2026-09"], extra=["--dry-run"])["totals"]["file"] == TOTALS["2026-09"]["file"]
    assert not ImportBatch.objects.exists()
    assert not ClientMonth.objects.exists()


def test_who_may_not_is_told_so():
    branch_with()
    assert "没有权限" in crm(CLIENT_FILES["2026-08"], by="600002", code=1)
    assert "没有权限" in run("lock_figures", "--branch", "0755FT", "--month", "2026-08", "--as", "600001", code=1)
    assert "没有权限" in run("confirm_relations", "--branch", "0755FT", "--month", "2026-08", "--as", "600002", code=1)
    assert not ImportBatch.objects.exists()


def test_a_file_that_is_neither_is_refused_in_words():
    branch_with()
    verdict = as_json("客户经理名册.xlsx", code=1)
    assert verdict["verdict"] == "refused"
    assert "认不出" in verdict["errors"][0]["message"]
    assert "读不到文件" in as_json("没有这份.csv", code=1)["errors"][0]["message"]


def test_refused_rows_can_be_left_out_on_purpose():
    branch_with("2026-09")
    verdict = as_json(CLIENT_FILES["2026-10_含异常"], extra=["--leave-out", "CRM 重复行,已与营业部核对"])
    assert verdict["verdict"] == "accepted"
    assert len(verdict["errors"]) == 4
    assert ClientMonth.objects.filter(month=202610).count() == 4485
    assert ImportBatch.objects.get(month=202610).left_out == "CRM 重复行,已与营业部核对"
