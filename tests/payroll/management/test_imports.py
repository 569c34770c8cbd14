"""The intake's commands: the same rules as the page, said on the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

from payroll.intake.models import MonthlyInput, OpeningBalance
from tests.factories.branch import CRM, People
from tests.factories.payroll import OPENING, cell, changed_inputs, changed_opening, inputs_name, without

Captured = pytest.CaptureFixture[str]


def run(command: str, file: Path, by: str, *more: str) -> None:
    call_command(command, str(file), "--branch", "0755FT", "--as", by, *more)


def test_two_persons_give_the_same_opening_file(people: People, capsys: Captured) -> None:
    run("import_opening", CRM / OPENING, "600001")
    assert "已提交 33 人" in (said := capsys.readouterr().out)
    assert "下一步" in said
    run("import_opening", CRM / OPENING, "600001")
    assert "正等另一位" in capsys.readouterr().out
    run("import_opening", CRM / OPENING, "600002")
    assert "已确认 33 人的期初余额,从2026年8月起核算" in capsys.readouterr().out
    run("import_opening", CRM / OPENING, "600001")
    assert "没有改动" in capsys.readouterr().out


def test_a_bad_opening_file_ends_with_1_and_every_mistake(people: People, tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / OPENING
    file.write_bytes(changed_opening(lambda sheets: cell(sheets["员工"], "600101", "累计减除费用", "1.00")))
    with pytest.raises(SystemExit) as caught:
        run("import_opening", file, "600001")
    assert caught.value.code == 1
    assert "“员工”表第 2 行 600101 陆晨伟「累计减除费用」" in capsys.readouterr().err
    assert not OpeningBalance.objects.exists()


def test_a_month_is_imported_and_its_exceptions_are_said(people: People, tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / inputs_name("2026-10")
    file.write_bytes(changed_inputs("2026-10", lambda rows: without(rows, "600151")))
    run("import_inputs", file, "600002")
    said = capsys.readouterr().out
    assert "已导入2026年10月核算输入 35 人" in said
    assert "异常:600151 杨曦杰" in said
    assert MonthlyInput.objects.count() == 35


@pytest.mark.parametrize("by", ["600001", "600005", "600101", "999999"])
def test_the_same_access_as_the_page(people: People, by: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as caught:
        run("import_inputs", CRM / inputs_name("2026-10"), by)
    assert caught.value.code == 1
    assert capsys.readouterr().err.strip()
    assert not MonthlyInput.objects.exists()


def test_a_month_against_the_name_and_a_missing_file_are_refused(people: People, tmp_path: Path, capsys: Captured) -> None:
    with pytest.raises(SystemExit):
        run("import_inputs", CRM / inputs_name("2026-10"), "600002", "--month", "2026-09")
    assert "不一致" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run("import_inputs", tmp_path / "没有.xlsx", "600002")
    assert "没有这个文件" in capsys.readouterr().err
