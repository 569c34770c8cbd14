"""Somebody's last month in a run: paid for the days in service, marked 离职结算; a renewal is no leaving."""

from __future__ import annotations

from datetime import date

from django.test import Client

from branch.people.models import Engagement
from payroll.corrections.proposing import since
from payroll.intake.models import MonthlyInput
from payroll.runs.report import rows, slips_for_report
from tests.factories.branch import People
from tests.factories.close import computed
from tests.factories.runs import AUGUST, paid_run


def leave(people: People, day: date, worked: int) -> None:
    Engagement.objects.filter(person=people["600103"]).update(ended_on=day)
    MonthlyInput.objects.filter(person=people["600103"]).update(worked_days=worked)


def test_the_last_month_is_paid_for_the_days_in_service_and_says_so(people: People) -> None:
    whole = computed(people, AUGUST).slips.get(staff_no="600103")
    leave(people, date(2026, 8, 14), 10)
    run = computed(people, AUGUST)
    assert not run.problems, run.problems
    assert since(run).leavers == ["600103 丁一凡(2026-08-14)"]
    slip = run.slips.get(staff_no="600103")
    assert slip.gross_pay < whole.gross_pay
    assert slip.facts["person"]["left_on"] == "2026-08-14"
    remarks = {row["staff_no"]: row["remark"] for row in rows(run, slips_for_report(run))}
    assert "离职结算" in remarks["600103"]
    run = paid_run(people, AUGUST)
    browser = Client()
    browser.force_login(people["600103"].user)
    slip = run.slips.get(staff_no="600103")
    assert "离职结算" in browser.get(f"/payroll/my/{slip.pk}/").content.decode()
    assert "离职结算" in browser.get(f"/payroll/slips/{slip.pk}/print/").content.decode()


def test_days_missing_of_somebody_who_stays_are_still_named(people: People) -> None:
    MonthlyInput.objects.filter(person=people["600103"]).update(worked_days=10)
    assert any("600103" in sentence and "比应出勤少" in sentence for sentence in computed(people, AUGUST).problems)


def test_a_contract_renewed_the_next_day_is_no_leaving(people: People) -> None:
    old = Engagement.objects.get(person=people["600103"])
    Engagement.objects.filter(pk=old.pk).update(ended_on=date(2026, 8, 31))
    old.pk, old.hired_on, old.contract_from = None, date(2026, 9, 1), date(2026, 9, 1)
    old.save(force_insert=True)
    slip = computed(people, AUGUST).slips.get(staff_no="600103")
    assert "left_on" not in slip.facts["person"]
