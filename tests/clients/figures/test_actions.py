"""Locking and unlocking a month."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from branch.audit.models import AuditRow
from branch.people.models import RoleHolding
from clients.figures import register
from clients.figures.actions import lock, month_row, unlock
from clients.figures.models import FiguresMonth, ManagerFigure
from clients.figures.queries import figure_rows, lines_of, locked_figures
from clients.imports.models import ClientMonth
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal
from tests.factories.branch import give_role
from tests.factories.clients import book, branch_with, client_row, confirm, csv_file, sale_row, sales_csv

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)


@pytest.fixture
def people():
    found = branch_with()
    rows = [client_row("1", 资金账号="302000000001"), client_row("2", 资产转出="9000.00"), client_row("3", 开户日期="2026-10-09")]
    book(found, csv_file(rows), sales_csv([sale_row()]))
    return found


def locked(people, by="600002"):
    return lock(branch=people.branch, month=OCTOBER, by=people[by])


def test_a_month_locks_when_nothing_waits_and_is_then_frozen(people):
    with pytest.raises(Refusal, match="3 位客户的关系未确认"):
        locked(people)
    with pytest.raises(Refusal, match="尚未复核锁定"):
        locked_figures(people.branch, OCTOBER)
    confirm(people, "2026-10")
    row = locked(people)
    assert (row.state, row.locked_by, len(row.digest)) == ("locked", people["600002"], 64)
    figures = locked_figures(people.branch, OCTOBER)
    assert len(figures) == 36
    own = ManagerFigure.objects.get(person=people["600101"])
    given = figures[own.person_id]
    assert all(getattr(given, name) == getattr(own, name) for name in given._fields)
    assert (own.clients_end, own.new_accounts, own.new_valid_accounts) == (3, 1, 1)
    assert (str(own.net_new_assets_raw), str(own.net_new_assets)) == ("-7400.00", "0.00")
    assert str(own.product_sales_amount) == "50000.00"
    assert figure_rows(own).count() == 3
    assert [r.client.client_no for r in figure_rows(own, "new_valid_accounts")] == ["3"]
    assert lines_of(people.branch, OCTOBER)[0].values["net_commission"] == own.net_commission
    with pytest.raises(Refusal, match="不能复核锁定"):
        locked(people)
    audit = AuditRow.objects.get(act="figures.lock")
    assert audit.details["digest"] == row.digest


def test_exceptions_stop_the_lock_by_count():
    people = branch_with()
    book(people, csv_file([client_row("1"), client_row("2", 客户经理工号="699901")]), sales_csv([sale_row(产品代码="XX9")]))
    confirm(people, "2026-10")
    with pytest.raises(Refusal) as stop:
        locked(people)
    assert stop.value.items == ["1 行客户异常未处理", "1 笔销售异常未处理"]


def test_a_lock_asks_fifteen_times_and_says_what_still_waits_when_asked(people, django_assert_max_num_queries):
    with pytest.raises(Refusal) as stop:
        locked(people)
    assert stop.value.items == ["3 位客户的关系未确认"]
    confirm(people, "2026-10")
    with django_assert_max_num_queries(19):  # 15 of the act (three of them for shared accounts), and the transaction's own
        locked(people)


def test_the_months_row_is_locked_alone(people):
    """Its branch's row is what holds pay runs apart: locked along with it, everybody at a month would wait for everybody."""
    for _ in range(2):
        with transaction.atomic(), CaptureQueriesContext(connection) as seen:
            month_row(people.branch, Month(2026, 12))
        assert "branch_branch" not in " ".join(query["sql"] for query in seen)


def test_only_finance_locks_and_never_who_imported(people):
    confirm(people, "2026-10")
    for staff_no in ("600001", "600003", "600101"):
        with pytest.raises(Forbidden):
            locked(people, by=staff_no)
    give_role(people["600001"], "branch_finance", branch=people.branch)
    with pytest.raises(Refusal, match="不能是同一人"):
        locked(people, by="600001")
    assert RoleHolding.objects.filter(person=people["600001"]).count() == 2
    assert not FiguresMonth.objects.filter(state="locked").exists()


def test_an_empty_month_does_not_lock():
    people = branch_with()
    with pytest.raises(Refusal, match="还没有导入"):
        locked(people)


def test_unlocking_needs_a_reason_and_no_run_that_rests_on_it(people, monkeypatch):
    confirm(people, "2026-10")
    first = locked(people).digest
    with pytest.raises(Refusal, match="原因"):
        unlock(branch=people.branch, month=OCTOBER, reason=" ", by=people["600002"])

    def used(branch, month):
        raise Refusal("薪酬核算已用到该月")

    monkeypatch.setattr(register, "_guards", [used])
    with pytest.raises(Refusal, match="已用到"):
        unlock(branch=people.branch, month=OCTOBER, reason="更正", by=people["600002"])
    monkeypatch.setattr(register, "_guards", [])
    unlock(branch=people.branch, month=OCTOBER, reason="CRM 更正", by=people["600002"])
    assert not ManagerFigure.objects.exists()
    assert locked(people).digest == first
    unlock(branch=people.branch, month=OCTOBER, reason="CRM 更正", by=people["600002"])
    book(people, sales_csv([sale_row(客户风险等级="C2", 产品风险等级="R3")]))
    assert locked(people).digest != first


def test_the_database_holds_what_the_code_promises(people):
    confirm(people, "2026-10")
    row = ClientMonth.objects.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        ClientMonth.objects.filter(pk=row.pk).update(settled_to=people["600101"])
    with pytest.raises(IntegrityError), transaction.atomic():
        FiguresMonth.objects.create(branch=people.branch, month=Month(2026, 12), state="locked")
