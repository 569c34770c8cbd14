"""Importing the demo branch's own files: totals, verdicts, idempotency, changes, locks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import IntegrityError, connection

from branch.audit.models import AuditRow
from clients.figures.actions import lock
from clients.imports import actions
from clients.imports.actions import precheck
from clients.imports.kinds import EXCEPTION, REFUSED
from clients.imports.models import ClientMonth, ImportBatch, StagedRow
from clients.products.actions import clear_unsuitable
from clients.products.models import ProductSale
from clients.registry.models import Client, ConfirmationSlip
from kernel.months import Month
from kernel.refusals import Refusal
from tests.factories.clients import (
    TOTALS,
    book,
    branch_with,
    client_file,
    client_row,
    confirm,
    csv_file,
    sale_row,
    sales_csv,
    sales_file,
)

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)


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


def small(people, *rows, **options):
    (report,) = book(people, csv_file(list(rows)), **options)
    return report


def snapshot():
    return list(ClientMonth.objects.order_by("pk").values_list("pk", "client__client_no", "net_commission", "resolution"))


def test_the_same_content_again_writes_nothing():
    people = branch_with()
    rows = [client_row("1"), client_row("2")]
    small(people, *rows)
    before, audit, batches = snapshot(), AuditRow.objects.count(), ImportBatch.objects.count()
    again = small(people, *rows)
    other_encoding = book(people, csv_file(rows, encoding="utf-8-sig", name="另一份.csv"))[0]
    for report in (again, other_encoding):
        assert report.unchanged
        assert report.diff == {"added": 0, "changed": 0, "particulars": 0, "removed": 0, "same": 2}
        assert report.totals["accepted"]["rows"] == 2
    assert (snapshot(), AuditRow.objects.count(), ImportBatch.objects.count()) == (before, audit, batches)
    assert ConfirmationSlip.objects.count() == 2


def test_a_re_import_shows_and_makes_only_the_differences():
    people = branch_with()
    small(people, client_row("1"), client_row("2"), client_row("3"))
    confirm(people, "2026-10")
    kept = ClientMonth.objects.get(client__client_no="1").pk
    report = small(
        people, client_row("1"), client_row("2", 期末资产="9.00"), client_row("4", 开户日期="2026-10-08", 期初资产="0")
    )
    assert report.diff == {"added": 1, "changed": 1, "particulars": 0, "removed": 1, "same": 1}
    changes = {(f.kind, f.row or f.value): f.message for f in report.of("change")}
    assert changes[("changed", 3)] == "期末资产 1500.00 → 9.00"
    assert ("added", 4) in changes
    assert ("removed", "3") in changes
    assert sorted(ClientMonth.objects.values_list("client__client_no", flat=True)) == ["1", "2", "4"]
    assert ClientMonth.objects.get(client__client_no="1").pk == kept
    assert ClientMonth.objects.get(client__client_no="2").closing_assets == Decimal("9.00")
    assert list(ConfirmationSlip.objects.filter(state="proposed").values_list("client__client_no", flat=True)) == ["4"]


def test_a_corrected_name_is_booked_though_every_figure_is_the_same():
    people = branch_with()
    small(people, client_row("1"), client_row("2"))
    before = snapshot()
    report = small(people, client_row("1", 客户姓名="王大明", 资金账号="302000000009"), client_row("2"))
    assert not report.unchanged
    assert report.diff == {"added": 0, "changed": 0, "particulars": 1, "removed": 0, "same": 1}
    client = Client.objects.get(client_no="1")
    assert (client.name, client.fund_account, client.account_tail) == ("王大明", "302000000009", "0009")
    assert snapshot() == before, "the month's own rows stay, and what was decided of them"
    assert small(people, client_row("1", 客户姓名="王大明", 资金账号="302000000009"), client_row("2")).unchanged


def test_an_older_month_does_not_undo_what_a_newer_one_said_of_a_client():
    people = branch_with()
    september = [client_row(no, 月份="2026-09", 开户日期="2024-01-01") for no in "12"]
    small(people, *september)
    confirm(people, "2026-09")
    small(people, client_row("1", 客户姓名="王大明", 资金账号="302000000009", 开户日期="2024-01-01"))
    again = small(people, *september)
    assert again.unchanged
    assert [f.message for f in again.findings if f.kind == "client_changed"] == [
        "客户资料与以前登记的不同:客户姓名、资金账号,已有更晚月份的数据,客户名单不改"
    ]
    sale = sale_row(月份="2026-09", 成交日期="2026-09-10", 资金账号=september[0]["资金账号"], 客户姓名=september[0]["客户姓名"])
    changed = client_row("1", 月份="2026-09", 开户日期="2024-01-01", 期末资产="9.00")
    book(people, csv_file([changed, september[1]]), sales_csv([sale]))
    client = Client.objects.get(client_no="1")
    assert (client.name, client.fund_account) == ("王大明", "302000000009")
    assert ProductSale.objects.get().client == client, "known by the account it had then"


def test_a_client_that_falls_away_takes_its_waiting_slip_along_but_not_the_number():
    people = branch_with()
    small(people, client_row("1"), client_row("2"))
    small(people, client_row("1"), client_row("3"))
    slips = ConfirmationSlip.objects.order_by("number").values_list("serial", "client__client_no", "state")
    assert list(slips) == [
        ("202610-0755FT-0001", "1", "proposed"),
        ("202610-0755FT-0002", "2", "void"),
        ("202610-0755FT-0003", "3", "proposed"),
    ]


def test_a_corrected_manager_before_confirmation_gets_a_new_slip():
    people = branch_with()
    small(people, client_row("1"))
    small(people, client_row("1", 客户经理工号="600102", 客户经理="夏娜芳"))
    standing = ConfirmationSlip.objects.get(state="proposed")
    assert (standing.manager.staff_no, standing.number) == ("600102", 2)


def test_a_locked_month_is_not_touched():
    people = branch_with()
    small(people, client_row("1"))
    confirm(people, "2026-10")
    lock(branch=people.branch, month=OCTOBER, by=people["600002"])
    before = snapshot()
    assert small(people, client_row("1")).unchanged
    with pytest.raises(Refusal, match="已复核锁定"):
        small(people, client_row("1", 期末资产="9.00"))
    assert snapshot() == before


def test_refused_rows_stop_the_batch_until_they_are_left_out_with_a_reason():
    people = branch_with()
    upload = csv_file([client_row("1"), client_row("2", 净佣金收入="1.00")])
    checked = precheck(files=[upload], branch=people.branch, by=people["600001"])
    with pytest.raises(Refusal, match="整批没有入账") as stop:
        actions.confirm(batch_id=checked.batch.pk, by=people["600001"], leave_out="  ")
    assert "第 3 行" in stop.value.items[0]
    assert not ClientMonth.objects.exists()
    actions.confirm(batch_id=checked.batch.pk, by=people["600001"], leave_out="CRM 更正单 15 号")
    assert list(ClientMonth.objects.values_list("client__client_no", flat=True)) == ["1"]
    assert AuditRow.objects.get(act="imports.confirm").details["left_out"] == "CRM 更正单 15 号"
    with pytest.raises(Refusal, match="已入账"):
        actions.confirm(batch_id=checked.batch.pk, by=people["600001"], leave_out="再来")


def test_a_stale_pre_check_is_refused_and_checked_again():
    people = branch_with()
    first = precheck(files=[csv_file([client_row("1")])], branch=people.branch, by=people["600001"]).batch
    second = precheck(files=[csv_file([client_row("2")])], branch=people.branch, by=people["600001"]).batch
    actions.confirm(batch_id=first.pk, by=people["600001"])
    with pytest.raises(Refusal, match="重新预检"):
        actions.confirm(batch_id=second.pk, by=people["600001"])
    again = actions.recheck(batch_id=second.pk, by=people["600001"])
    assert again.batch.diff == {"added": 1, "changed": 0, "particulars": 0, "removed": 1, "same": 0}
    actions.drop(batch_id=again.batch.pk, by=people["600001"])
    assert list(ClientMonth.objects.values_list("client__client_no", flat=True)) == ["1"]
    assert not StagedRow.objects.exists()


def test_sales_come_again_without_losing_what_was_decided():
    people = branch_with()
    small(people, client_row("1", 资金账号="302000000001"))
    rows = [sale_row(客户风险等级="C2", 产品风险等级="R3"), sale_row(客户经理工号="699999"), sale_row(销售金额="7.00")]
    book(people, sales_csv(rows))
    sale = ProductSale.objects.get(source_row=2)
    clear_unsuitable(sale_id=sale.pk, reason="风险警示书 8 号", by=people["600001"])
    assert book(people, sales_csv(rows))[0].unchanged
    (report,) = book(people, sales_csv([*rows[::-1], sale_row(销售金额="8.00")]))
    assert report.diff == {"added": 1, "changed": 0, "removed": 0, "same": 3}
    assert ProductSale.objects.get(source_row=4).clearance == "风险警示书 8 号"
    assert ProductSale.objects.waiting().get().source_row == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_two_who_confirm_two_batches_at_once_leave_one_booked():
    people = branch_with()
    batches = [
        precheck(files=[csv_file([client_row(number)])], branch=people.branch, by=people["600001"]).batch for number in ("1", "2")
    ]

    def attempt(batch):
        try:
            actions.confirm(batch_id=batch.pk, by=people["600001"])
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "booked"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, batches)) == ["booked", "stale"]
    assert ClientMonth.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
@pytest.mark.parametrize("held", [True, False])
def test_two_months_of_a_branch_are_booked_one_after_the_other(held, monkeypatch):
    """Each brings the same new client. `held` False is the control: with the months alone locked they trip over each other."""
    people = branch_with()
    batches = [
        precheck(files=[csv_file([client_row("9", 月份=month)])], branch=people.branch, by=people["600001"]).batch
        for month in ("2026-09", "2026-10")
    ]
    asked, standing_of = Barrier(2), actions.standing_of

    def both_ask(branch, **asked_with):
        found = standing_of(branch, **asked_with)
        with suppress(BrokenBarrierError):
            asked.wait(timeout=1)
        return found

    def attempt(batch):
        try:
            actions.confirm(batch_id=batch.pk, by=people["600001"])
        except Refusal as refusal:
            return refusal.code
        except IntegrityError:
            return "broken"
        finally:
            connection.close()
        return "booked"

    monkeypatch.setattr(actions, "standing_of", both_ask)
    if not held:
        monkeypatch.setattr(actions, "hold", lambda branch: None)
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, batches)) == ["booked", "stale" if held else "broken"]
