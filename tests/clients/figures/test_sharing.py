"""An account's month is paid at one client only, unless a person said why it is at two."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.management import call_command
from django.urls import reverse

from branch.notices.models import Notice
from clients.figures.dating import dated_values
from clients.figures.models import FiguresMonth
from clients.figures.queries import lines_of, opened_and_moved, rows_behind
from clients.figures.sharing import require_once
from clients.imports import resolving, sharing
from clients.imports.models import ClientMonth
from clients.imports.queries import exceptions_of
from clients.registry.models import Client, ComparedAccounts
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal
from tests.factories.neighbours import Office, two_offices

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)
SAME = {"资金账号": "301000110001"}
MOVED_IN, MOVED_OUT = {"期初资产": "0.00"} | SAME, {"期末资产": "0.00"} | SAME
NEW = {"开户日期": "2026-10-09"}


@pytest.fixture
def offices() -> tuple[Office, Office]:
    return two_offices()


def figures(office, month=OCTOBER):
    return next(line for line in lines_of(office.branch, month) if line.person == office.manager).values


def resolve(office, how, *, number="1", by=None, **options):
    ids = ClientMonth.objects.filter(branch=office.branch, month=OCTOBER, client__client_no=number).values_list("pk", flat=True)
    given = {"reason": "10月12日销户转户", **options}
    return resolving.resolve_rows(branch=office.branch, month=OCTOBER, ids=ids, how=how, by=by or office.importer, **given)


def test_a_month_does_not_lock_while_another_branch_has_the_same_account(offices):
    here, there = offices
    here.book(here.row("1", **SAME), here.row("2"))
    there.book(there.row("7", **SAME))
    for office, other in (offices, offices[::-1]):
        with pytest.raises(Refusal, match="1 个资金账号同时记在两处") as refused:
            office.lock()
        number = "1" if office is here else "7"
        assert refused.value.code == "account_twice"
        assert refused.value.items == [f"资金账号 3010****0001(客户号 {number})在{other.branch.name}也有本月的行"]
    assert not FiguresMonth.objects.filter(state="locked").exists()
    assert not sharing.twice_of(here.branch, OCTOBER.previous)


def test_the_same_account_under_two_numbers_of_one_branch_is_twice_as_well(offices):
    here, _ = offices
    here.book(here.row("1", **SAME), here.row("2", **SAME))
    with pytest.raises(Refusal) as refused:
        here.lock()
    assert refused.value.items[0].endswith("在本营业部客户号 2也有本月的行")
    resolve(here, "exclude", number="2", reason="同一客户登记了两次")
    here.lock()


@pytest.mark.parametrize("who", [0, 1])
def test_whoever_it_is_not_sets_the_row_aside(offices, who):
    here, there = offices
    here.book(here.row(**SAME, **NEW))
    there.book(there.row(**SAME, **NEW))
    resolve(offices[who], "exclude", by=offices[who].finance)
    assert figures(offices[who])["net_commission"] == 0
    assert figures(offices[1 - who])["net_commission"] == Decimal("72.99")
    for office in offices:
        office.lock()
    assert sum(figures(office)["new_valid_accounts"] for office in offices) == 1


@pytest.mark.parametrize("who", [0, 1])
def test_a_client_that_moved_keeps_both_incomes_and_is_new_once(offices, who, django_capture_on_commit_callbacks):
    here, there = offices
    here.book(here.row(**MOVED_OUT, **NEW))
    there.book(there.row(**MOVED_IN, **NEW))
    office, other = offices[who], offices[1 - who]
    with pytest.raises(Refusal, match="需要写明原因"):
        resolve(office, "shared", reason=" ")
    with pytest.raises(Forbidden):
        resolve(office, "shared", by=office.finance)
    with django_capture_on_commit_callbacks(execute=True):
        assert resolve(office, "shared") == 1
    told = Notice.objects.filter(person=other.importer, key__startswith="imports.decided")
    assert "对方已处理为“转户,收入照计”:10月12日销户转户" in told.get().text
    for one in offices:
        one.lock()
    assert [figures(one)["net_commission"] for one in offices] == [Decimal("72.99")] * 2
    for name in ("new_accounts", "new_valid_accounts"):
        assert (figures(office)[name], figures(other)[name]) == (0, 1)
    for one, counted in ((office, 0), (other, 1)):
        for name in ("new_accounts", "new_valid_accounts"):
            assert rows_behind(one.branch, OCTOBER, one.manager.pk, name).count() == counted
        assert [row.is_fresh for row in rows_behind(one.branch, OCTOBER, one.manager.pk)] == [bool(counted)]
        assert sum(accounts for accounts, _ in dated_values(one.branch, OCTOBER).get(one.manager.pk, {}).values()) == counted
        assert sum(row.accounts for row in opened_and_moved(one.branch, [OCTOBER])) == counted


def test_assets_at_the_months_end_are_in_one_place(offices):
    here, there = offices
    here.book(here.row(**SAME))
    there.book(there.row(**SAME))
    with pytest.raises(Refusal, match="两处都有期末资产"):
        resolve(here, "shared")
    here.book(here.row(**MOVED_OUT))
    resolve(here, "shared")


def test_a_decision_taken_back_holds_the_month_again_also_against_a_locked_one(offices):
    here, there = offices
    here.book(here.row(**MOVED_OUT))
    there.book(there.row(**MOVED_IN))
    resolve(here, "shared")
    there.lock()
    row = ClientMonth.objects.get(branch=here.branch)
    resolving.reopen_row(row_id=row.pk, branch=here.branch, by=here.importer)
    with pytest.raises(Refusal, match="同时记在两处"):
        here.lock()
    resolve(here, "shared")
    here.book(here.row(**MOVED_OUT, 开户日期="2026-10-10"))
    with pytest.raises(Refusal, match="同时记在两处"):
        here.lock()


def test_a_branch_that_comes_later_is_held_by_the_one_that_locked(offices):
    here, there = offices
    here.book(here.row(**SAME))
    here.lock()
    there.book(there.row(**SAME))
    with pytest.raises(Refusal, match="同时记在两处"):
        there.lock()
    resolve(there, "exclude", reason="仍在福田")
    there.lock()


def test_an_account_once_shared_is_asked_about_in_every_later_month_at_both(offices):
    """The one that was looked at before the other came must hear of it: here it is the first to bring November."""
    here, there = offices
    here.book(here.row(**SAME))
    here.lock()
    there.book(there.row("8"))
    there.lock()
    there.book(there.row("8"), there.row("7", **SAME), month="2026-11")
    there.lock("2026-11")  # here has no row of it yet
    assert set(Client.objects.filter(account_watched=True).values_list("branch__code", flat=True)) == {"0755FT", "0755NS"}
    here.book(here.row(**SAME), month="2026-11")
    with pytest.raises(Refusal, match="同时记在两处"):
        here.lock("2026-11")
    assert len(sharing.twice_of(there.branch, Month(2026, 11))) == 1


def test_an_account_that_was_changed_is_looked_at_again(offices):
    here, there = offices
    here.book(here.row("1"))
    here.lock()
    there.book(there.row("7", **SAME))
    there.lock()
    there.book(there.row("7", **SAME), month="2026-11")
    here.book(here.row("1", 客户姓名="王大明"), month="2026-11")
    assert not Client.objects.get(branch=here.branch).account_watched
    here.book(here.row("1", **SAME, 股基交易量="1.00"), month="2026-11")
    assert Client.objects.get(branch=here.branch).account_watched
    with pytest.raises(Refusal, match="同时记在两处"):
        here.lock("2026-11")


def test_a_month_without_new_clients_compares_none(offices):
    here, _ = offices
    here.book(*[here.row(str(at)) for at in range(1, 6)])
    here.lock()
    newest = Client.objects.filter(branch=here.branch).order_by("-pk").values_list("pk", flat=True)[0]
    assert ComparedAccounts.objects.get(branch=here.branch).upto == newest
    compared = sharing.compare(here.branch, OCTOBER)
    assert (compared.found, compared.upto) == ([], None)


def test_a_lock_asks_three_statements_for_it_and_two_where_no_client_is_new(offices, django_assert_num_queries):
    here, _ = offices
    here.book(*[here.row(str(at)) for at in range(1, 6)])
    for statements in (3, 2):
        with django_assert_num_queries(statements):
            require_once(here.branch, OCTOBER)


def test_a_settled_row_is_decided_about_too_and_one_that_waits_first_wants_its_manager(offices):
    here, there = offices
    there.book(there.row(**MOVED_IN))
    here.book(here.row(**MOVED_OUT, 客户经理工号="999999"))
    with pytest.raises(Refusal, match="没有客户经理可计"):
        resolve(here, "shared")
    resolve(here, "correct", staff_no=here.manager.staff_no)
    resolve(here, "shared")
    row = ClientMonth.objects.get(branch=here.branch)
    assert (row.resolution, row.settled_to) == ("shared", here.manager)
    with pytest.raises(Refusal, match="已由同事处理"):
        resolve(here, "shared")


def test_a_row_that_is_not_twice_is_not_set_aside_like_that(offices):
    here, _ = offices
    here.book(here.row())
    for how in ("shared", "exclude"):
        with pytest.raises(Refusal, match="不再等待"):
            resolve(here, how)


def test_the_pages_say_which_account_and_where(offices, client, django_capture_on_commit_callbacks):
    here, there = offices
    here.book(here.row("1", **SAME), here.row("2"))
    there.book(there.row("7", **SAME))
    client.force_login(here.importer.user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("clients:exception-list"), {"month": "2026-10", "kind": "shared_account"}).content.decode()
    assert "3010****0001 在南山营业部也有" in page
    assert "转户,收入照计" in page
    assert SAME["资金账号"] not in page
    assert "有 1 个资金账号本月同时记在两处" in client.get(reverse("clients:exception-list")).content.decode()
    client.force_login(here.finance.user, backend="django.contrib.auth.backends.ModelBackend")
    month = client.get(reverse("clients:figures-month", args=["2026-10"])).content.decode()
    assert "有 1 个资金账号本月同时记在两处" in month
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(Refusal):
        here.lock()
    assert Notice.objects.filter(person=there.importer, text__contains="福田营业部").exists()
    resolve(here, "exclude")
    listed = exceptions_of(here.branch, OCTOBER, kind="shared_account")
    assert (listed.count(), exceptions_of(here.branch, OCTOBER, open_only=False).count()) == (0, 1)


def test_the_command_says_it_too(offices, capsys):
    here, there = offices
    here.book(here.row(**SAME))
    there.book(there.row(**SAME))
    with pytest.raises(SystemExit):
        call_command("lock_figures", "--branch", "0755FT", "--month", "2026-10", "--as", here.finance.staff_no)
    assert "3010****0001" in capsys.readouterr().err


def test_a_client_whose_number_changed_is_not_new_again_under_the_other(offices):
    here, _ = offices
    here.book(here.row("1", **SAME, **NEW))
    assert figures(here)["new_valid_accounts"] == 1
    here.book(here.row("2", **SAME, **NEW), month="2026-11")
    november = Month(2026, 11)
    assert figures(here, november)["new_valid_accounts"] == 0
    assert rows_behind(here.branch, november, here.manager.pk, "new_valid_accounts").count() == 0
    here.lock("2026-11")
