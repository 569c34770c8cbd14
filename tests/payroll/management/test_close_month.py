"""The close from the command line: files in, a run sent up, three persons sign, the workbook equals the expected table."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from openpyxl import load_workbook

from payroll.intake.models import MonthlyInput
from payroll.outputs.queries import month_of
from payroll.runs import states
from payroll.runs.models import PayRun
from tests.factories.branch import People
from tests.factories.close import AUGUST as FIRST
from tests.factories.close import OCTOBER, computed, expected_rows, ready_branch
from tests.factories.close import SEPTEMBER as SECOND
from tests.factories.runs import AUGUST, fresh, ready_small_branch, sign, three

pytestmark = pytest.mark.django_db


def run_command(name: str, **options: Any) -> tuple[str, str, int]:
    """stdout, stderr and exit code."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(name, stdout=out, stderr=err, **options)
    except SystemExit as stopped:
        return out.getvalue(), err.getvalue(), int(stopped.code or 0)
    return out.getvalue(), err.getvalue(), 0


@pytest.fixture
def people() -> People:
    return ready_small_branch()


def test_it_computes_and_sends_up(people: People) -> None:
    out, _, code = run_command("close_month", branch="0755FT", month=AUGUST, username="600002")
    run = PayRun.objects.get()
    assert (code, run.state, run.headcount) == (0, states.APPROVING, 5)
    assert run.approval.number in out


def test_another_payment_month(people: People) -> None:
    _, _, code = run_command("close_month", branch="0755FT", month=AUGUST, pay_month=AUGUST + 2, username="600002")
    assert (code, str(PayRun.objects.get().pay_month)) == (0, "2026-10")


def test_what_is_missing_ends_with_1_and_names(people: People) -> None:
    MonthlyInput.objects.filter(person=people["600103"]).delete()
    _, err, code = run_command("close_month", branch="0755FT", month=AUGUST, username="600002")
    assert code == 1
    assert "600103 丁一凡" in err
    assert PayRun.objects.get().state == states.DRAFT


@pytest.mark.parametrize("username", ["600001", "600003", "600103", "999999"])
def test_the_same_rules_as_the_page(people: People, username: str) -> None:
    _, err, code = run_command("close_month", branch="0755FT", month=AUGUST, username=username)
    assert code == 1
    assert err
    assert not PayRun.objects.exists()


def test_a_month_being_signed_is_left_alone(people: People) -> None:
    run_command("close_month", branch="0755FT", month=AUGUST, username="600002")
    _, err, code = run_command("close_month", branch="0755FT", month=AUGUST, username="600002")
    assert code == 1
    assert "审批中" in err


def test_export_needs_a_computed_month_and_the_power(people: People, tmp_path: Path) -> None:
    target = tmp_path / "report.xlsx"
    _, _, code = run_command("export_payroll", branch="0755FT", month=AUGUST, out=target, username="600002")
    assert (code, target.exists()) == (1, False)
    computed(people, AUGUST)
    assert run_command("export_payroll", branch="0755FT", month=AUGUST, out=target, username="600001")[2] == 1
    assert run_command("export_payroll", branch="0755FT", month=AUGUST, out=target, username="600003")[2] == 0
    assert target.read_bytes()[:2] == b"PK"


def test_outputs_of_an_approved_month_by_command(people: People, tmp_path: Path) -> None:
    run = computed(people, AUGUST)
    bank, text, summary = (tmp_path / name for name in ("bank.xlsx", "bank.csv", "summary.xlsx"))
    asked = {"branch": "0755FT", "month": AUGUST, "username": "600002"}
    assert "还没有批准" in run_command("export_payroll", what="bank", reason="发放", out=bank, **asked)[1]
    PayRun.objects.filter(pk=run.pk).update(state="approved")
    assert "用途" in run_command("export_payroll", what="bank", out=bank, **asked)[1]
    assert run_command("export_payroll", what="bank", reason="发放", out=bank, **asked)[2] == 0
    assert run_command("export_payroll", what="bank", reason="发放", out=text, **asked)[2] == 0
    assert run_command("export_payroll", what="summary", out=summary, **asked)[2] == 0
    assert text.read_bytes().decode("gbk").splitlines()[-1].startswith("合计,5笔,")
    assert bank.read_bytes()[:2] == summary.read_bytes()[:2] == b"PK"
    assert run_command("export_payroll", what="bank", reason="发放", out=bank, **{**asked, "username": "600003"})[2] == 1


@pytest.mark.slow
def test_the_demo_branchs_october_from_files_to_the_signed_workbook(tmp_path: Path) -> None:
    people = ready_branch(FIRST, SECOND, OCTOBER)
    for month in (FIRST, SECOND, OCTOBER):
        assert run_command("close_month", branch="0755FT", month=month, username="600002")[2] == 0
        run = PayRun.objects.get(month=month)
        sign(run.approval, *three(people))
        assert fresh(run).state == states.APPROVED
        checked = month_of(fresh(run)).checked
        assert checked.holds, checked.sentences
    target = tmp_path / "report.xlsx"
    assert run_command("export_payroll", branch="0755FT", month=OCTOBER, out=target, username="600002")[2] == 0
    for what in ("bank", "iit-wages", "iit-broker", "insurance", "year"):
        options = {"branch": "0755FT", "month": OCTOBER, "out": tmp_path / "x.xlsx", "username": "600002", "reason": "报送"}
        assert run_command("export_payroll", what=what, **options)[2] == 0
    book = load_workbook(target)
    table = list(book["核算明细"].iter_rows(values_only=True))
    expected = expected_rows(OCTOBER)
    for row in table[1 : 1 + len(expected)]:
        want = expected[row[0]]
        for head, value in zip(table[0][2:], row[2:], strict=True):  # what only corrections fill is nought
            assert Decimal(str(value)) == Decimal(want.get(head, "0")), f"{row[0]} {head}"
        assert set(want) - {"工号", "姓名"} <= set(table[0])
    report = book["薪酬月报表"]
    assert "未批准" not in report["A1"].value
    foot = "\n".join(str(cells[0].value) for cells in report.iter_rows(min_row=40) if cells[0].value)
    for name in ("杨静嘉", "邓杰", "武兰晨", "曾艳"):
        assert name in foot
