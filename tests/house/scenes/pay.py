"""Before the addresses of pay: a month taken back, paid or approved, a file that waits, a scheme, somebody who has left.

Of the matrix's months August is paid and filed, September approved, October before its signers.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from branch.people.models import Engagement
from branch.serials.actions import draw
from kernel.months import Month
from kernel.seen import stamp
from payroll.close import actions as close
from payroll.corrections.actions import corrections, settlements
from payroll.corrections.actions.settlements import Settling
from payroll.corrections.leavers import leavers_of
from payroll.corrections.models import Correction
from payroll.corrections.states import VOID
from payroll.intake import actions as intake
from payroll.intake import states
from payroll.intake.models import OpeningBalance, OpeningSet
from payroll.reckoning.facts import EMPLOYEE
from payroll.runs import actions as runs
from payroll.runs.models import PayRun, PaySlip
from payroll.schemes import actions as schemes
from payroll.schemes.models import SchemeVersion
from tests.factories.branch import People
from tests.factories.close import AUGUST, OCTOBER, SEPTEMBER
from tests.factories.payroll import OPENING, Rows, cell, changed_inputs, changed_opening, demo_scheme, inputs_name
from tests.house.matrix import NAMES, NEXT_DOOR, PEOPLE
from tests.house.matrix_things import OWNER
from tests.house.scenes.setting import Things, before, newcomer

FINANCE, ACCOUNTANT, MANAGER, TRADE = "600002", "600003", "600005", "600001"


def _run(people: People, month: Month) -> PayRun:
    return PayRun.objects.get(branch=people.branch, month=month)


@before("payroll:run-compute", "payroll:run-send-up", "payroll:run-void")
def taken_back(people: People) -> Things:
    """October is computed, and no longer before the signers."""
    run = _run(people, OCTOBER)
    runs.withdraw(run_id=run.pk, reason="测试", by=people[FINANCE])
    return {"run": run.pk}


@before("payroll:run-issue")
def approved(people: People) -> Things:
    """September, signed by the three."""
    run = _run(people, SEPTEMBER)
    return {"run": run.pk, "issue_day": _pay_day(run)}


def _pay_day(run: PayRun) -> date:
    return run.pay_month.first.replace(day=7)


@before("payroll:run-reverse")
def nothing_rests_on_it(people: People) -> Things:
    """September is approved, and October, which rests on it, before nobody."""
    taken_back(people)
    return approved(people)


@before("payroll:run-file")
def paid(people: People) -> Things:
    """September is paid, and not handed in yet."""
    run = _run(people, SEPTEMBER)
    runs.issue(run_id=run.pk, issued_on=_pay_day(run), by=people[FINANCE], aware=True)
    return {"run": run.pk}


# --- corrections ------------------------------------------------------------------------------------------------------
@before("payroll:correction-new")
def uncorrected(people: People) -> Things:
    """August is paid, and nobody is correcting it; the number of the correction that was is gone."""
    Correction.objects.update(state=VOID)
    draw("pay_correction", scope=people.branch.code, period=str(timezone.localdate().year))
    return {}


@before("payroll:run-propose")
def roster_changed(people: People) -> Things:
    """August is paid, and the roster has the owner's 公积金 otherwise by now."""
    uncorrected(people)
    Engagement.objects.filter(person=people[OWNER]).update(housing_fund_rate=Decimal("0.11"))
    return {"run": _run(people, AUGUST).pk}


@before("payroll:correction-line-add")
def owner_by_key(people: People) -> Things:
    return {"owner_id": people[OWNER].pk}


@before("payroll:correction-send-up")
def correction_reckoned(people: People) -> Things:
    """The correction is reckoned, and the month that takes its differences up is before nobody."""
    taken_back(people)
    correction = corrections.compute_correction(number=Correction.objects.get().number, by=people[FINANCE])
    assert not correction.problems, correction.problems
    return {}


# --- who has left -----------------------------------------------------------------------------------------------------
@before("payroll:settlement-propose")
def left_with_deferral(people: People) -> Things:
    """September is paid, and somebody nobody of the matrix stands for left with it: their deferral is open."""
    taken_back(people)
    runs.void(run_id=_run(people, OCTOBER).pk, reason="测试", by=people[FINANCE])
    paid(people)
    slips = PaySlip.objects.filter(run__month=SEPTEMBER, kind=EMPLOYEE, carried_after__lots__0__isnull=False)
    slip = slips.exclude(staff_no__in=[*PEOPLE.values(), *NEXT_DOOR.values()]).first()
    assert slip is not None
    slip.person.engagements.update(ended_on=SEPTEMBER.last)
    slip.person.postings.update(effective_to=SEPTEMBER.last)
    leaver = leavers_of([people.branch], slip.pk)
    assert leaver is not None
    return {"pay_slip": slip.pk, "lots": leaver.lots, "settled_on": SEPTEMBER.last + timedelta(8)}


@before("payroll:settlement-confirm")
def settlement_waits(people: People) -> Things:
    """Finance has registered that the deferral was paid out."""
    things = left_with_deferral(people)
    given = Settling(things["lots"], things["settled_on"], "transfer", "转入本人工资卡", "记-0912", tax=Decimal(0))
    row = settlements.propose_settlement(slip_id=things["pay_slip"], key="lots", given=given, by=people[FINANCE])
    return {"settlement": row.pk}


# --- what pay starts from ---------------------------------------------------------------------------------------------
def _as_named(rows: Rows) -> None:
    """The matrix has given three people names of their own."""
    for staff_no, name in NAMES.items():
        if any(row[0] == staff_no for row in rows):
            cell(rows, staff_no, "姓名", name)


@before("payroll:input-import")
def inputs_open(people: People) -> Things:
    """October may be changed, and its file is at hand."""
    taken_back(people)
    return {"inputs_file": (inputs_name("2026-10"), changed_inputs("2026-10", _as_named))}


@before("payroll:input-book", "payroll:input-drop")
def inputs_checked(people: People) -> Things:
    """October's file was handed in and waits for its confirmation."""
    name, content = inputs_open(people)["inputs_file"]
    sheet = intake.check_inputs(content=content, name=name, branch=people.branch, by=people[FINANCE])
    assert not sheet.refused, sheet.refused
    return {"sheet": sheet.pk, "changes_seen": stamp(intake.shown_changes(sheet.changes))}


@before("payroll:opening-import")
def no_opening(people: People) -> Things:
    """Nobody's balance is confirmed, and the file is at hand."""
    OpeningBalance.objects.all().delete()
    OpeningSet.objects.update(state=states.REJECTED, confirmed_by=None)
    content = changed_opening(lambda sheets: [_as_named(rows) for rows in sheets.values()])
    return {"opening_file": (OPENING, content)}


def _opening(people: People, by: str) -> OpeningSet:
    name, content = no_opening(people)["opening_file"]
    found = intake.propose_opening(content=content, name=name, branch=people.branch, by=people[by]).opening
    assert found.state == states.PROPOSED, found.refused
    return found


@before("payroll:opening-confirm")
def opening_of_trade(people: People) -> Things:
    """交易管理岗 has handed the file in: finance and 主办会计 may both confirm it."""
    opening = _opening(people, TRADE)
    return {"opening": opening.pk, "opening_digest": opening.digest}


@before("payroll:opening-reject")
def opening_of_finance(people: People) -> Things:
    """Finance has handed it in: 交易管理岗 neither takes it back nor sends it back."""
    return {"opening": _opening(people, FINANCE).pk}


@before("payroll:tax-mode-propose")
def hired_this_year(people: People) -> Things:
    """Somebody whose first wages are this year's."""
    return {"newcomer": newcomer(people, date(timezone.localdate().year, 1, 4)).pk}


@before("payroll:tax-mode-suggested")
def little_income(people: People) -> Things:
    """Somebody whose twelve months of 2026 came to less than 60,000 yuan, by a confirmed opening."""
    person, former = newcomer(people), OpeningSet.objects.get()
    given: dict[str, Any] = {"branch": people.branch, "first_month": Month(2026, 12), "file": former.file, "digest": "1" * 64}
    two = {"proposed_by": people[FINANCE], "confirmed_by": people[ACCOUNTANT]}
    opening = OpeningSet.objects.create(**given, **two, state=states.CONFIRMED)
    OpeningBalance.objects.create(
        opening=opening, person=person, kind=Engagement.Kind.EMPLOYEE, row=2, started=Month(2026, 1), income=40000, basic=60000
    )
    return {"newcomer": person.pk}


# --- schemes ----------------------------------------------------------------------------------------------------------
@before("payroll:scheme-edit", "payroll:scheme-propose", "payroll:scheme-drop")
def scheme_drafted(people: People) -> Things:
    """Finance has copied the scheme in force, from 2031 on."""
    version = SchemeVersion.objects.get()
    return {"scheme": schemes.copy_scheme(version_id=version.pk, effective_from=Month(2031, 1), by=people[FINANCE]).pk}


@before("payroll:scheme-confirm", "payroll:scheme-return")
def scheme_proposed(people: People) -> Things:
    """The draft waits for a second person."""
    paper = SchemeVersion.objects.get().paper_no
    version = schemes.propose_scheme(version_id=scheme_drafted(people)["scheme"], by=people[FINANCE])
    return {"scheme": version.pk, "scheme_digest": version.digest, "scheme_paper": paper}


@before("payroll:scheme-retire")
def scheme_unpaid(people: People) -> Things:
    """The version of 2031 is in force, and no month of it reckoned."""
    things = scheme_proposed(people)
    given = {"version_id": things["scheme"], "seen_digest": things["scheme_digest"], "paper_no": things["scheme_paper"]}
    schemes.confirm_scheme(**given, by=people[MANAGER])
    return {"scheme": things["scheme"]}


@before("payroll:scheme-upload")
def scheme_at_hand(people: People) -> Things:
    return {"scheme_file": ("方案.json", json.dumps(demo_scheme(), ensure_ascii=False).encode())}


@before("payroll:company-close-cancel")
def close_begun(people: People) -> Things:
    """渠道管理部 has begun October's close: the branch waits for its turn."""
    close.start(month=OCTOBER, by=people[PEOPLE["channel_department"]])
    return {}
