"""`close_company`: started from the command line, done here when no worker is."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command

from payroll.close import working
from payroll.close.models import CompanyClose
from tests.factories.company import AUGUST, Office, company_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return company_of([2, 1, 1], ready=[0, 1])


def run(*options: str, who: str = "100002") -> str:
    """The command inside a test's transaction: nothing is sent to a worker, so that all is done by `--wait` itself."""
    out = io.StringIO()
    call_command("close_company", "--month", str(AUGUST), "--as", who, *options, stdout=out, stderr=out)
    return out.getvalue()


def test_it_waits_and_prints_every_branch_and_the_sums(office: Office) -> None:
    said = run("--wait")
    assert "3 家营业部排队" in said
    assert "3 / 3" in said
    assert "B001\t第1营业部\t待送审\t人数太少,不单列" in said
    assert "B003\t第3营业部\t未导入、缺核算输入" in said
    close = CompanyClose.objects.get()
    assert f"合计 2/3 家已核算,3 人,应发 {close.gross_total:,.2f} 元" in said
    assert "合计与各营业部之和一致" in said


def test_without_waiting_it_only_starts(office: Office) -> None:
    assert "合计 0/3 家已核算" in run()
    assert CompanyClose.objects.get().is_running


def test_whoever_may_not_is_told(office: Office) -> None:
    with pytest.raises(SystemExit):
        run(who="100003")
    assert not CompanyClose.objects.exists()


def test_a_job_that_breaks_is_tried_again(office: Office, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.JOB_LEASE_SECONDS = 0
    monkeypatch.setattr("payroll.management.commands.close_company.PAUSE", 0)
    real, calls = working.compute_run, []

    def breaks_once(progress: Any, params: Any, **named: Any) -> Any:
        calls.append(params)
        if len(calls) == 1:
            raise ZeroDivisionError
        return real(progress, params, **named)

    monkeypatch.setattr(working, "compute_run", breaks_once)
    said = run("--wait")
    assert "稍后重试" in said
    assert "合计 2/3 家已核算" in said
