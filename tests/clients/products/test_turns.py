"""A product's change beside what is being booked, in real transactions: whichever comes first, sales stand as the list says.

Each race has a negative control: without the turn it must go wrong.
"""

from __future__ import annotations

from datetime import date
from threading import Event

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from branch.people.models import Engagement
from clients.imports import actions as imports
from clients.imports import resolving
from clients.imports.actions import confirm as confirm_batch
from clients.imports.actions import import_files, precheck
from clients.imports.resolving import review_waiting
from clients.imports.states import BOOKED
from clients.products import actions as products
from clients.products import turns
from clients.products.actions import confirm_product, propose_change, propose_product
from clients.products.models import Product, ProductSale
from kernel.months import Month
from kernel.refusals import Refusal
from tests.approvals.requests.test_actions_races import at_once
from tests.factories.branch import give_role, make_person
from tests.factories.clients import book, branch_with, client_row, csv_file, sale_row, sales_csv

OCTOBER, STOP, ACCOUNT = Month(2026, 10), date(2026, 10, 12), "302000000001"
TIMES = pytest.mark.parametrize("how", ["at once", "pre-checked"])


def races(test):
    """In transactions that others see, on the database that has many writers."""
    for mark in (pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)):
        test = mark(test)
    return test


@pytest.fixture
def people(request):
    request.getfixturevalue("transactional_db" if request.node.get_closest_marker("slow") else "db")
    found = branch_with()
    found.by_no["800900"] = give_role(make_person("800900", "齐渠道"), "channel_department").person
    return found


def stop(people, since=STOP):
    """A stop that waits; what head office does to confirm it."""
    given = Product.objects.get(code="ZQ018").content | {"reason": "停售通知 3 号", "stopped_from": since}
    asked = propose_change(branch=people.branch, code="ZQ018", by=people["600001"], **given)
    return lambda: confirm_product(proposal_id=asked.pk, by=people["800900"])


def listing(people):
    asked = propose_product(branch=people.branch, code="XX9", name="新品九号", risk="R2", by=people["600001"])
    return lambda: confirm_product(proposal_id=asked.pk, by=people["800900"])


def importing(people, how="at once", **changes):
    """What 交易管理岗 does to book a sale of October, the branch's first."""
    files = [csv_file([client_row("1", 资金账号=ACCOUNT)]), sales_csv([sale_row(**changes)])]
    if how == "at once":
        return lambda: import_files(files=files, branch=people.branch, by=people["600001"])
    batch = precheck(files=files, branch=people.branch, by=people["600001"]).batch
    assert batch is not None
    return lambda: confirm_batch(batch_id=batch.pk, by=people["600001"])


def exceptions():
    return list(ProductSale.objects.values_list("exception", flat=True))


def first(monkeypatch, place, name, one, other):
    """Run both: `other` begins when `one` has done `name`, and `one` goes on when `other` is over, or after two seconds."""
    done, over, sound = Event(), Event(), getattr(place, name)

    def late(*args, **given):
        found = sound(*args, **given)
        done.set()
        over.wait(2)
        return found

    def then():
        assert done.wait(10)
        try:
            other()
        finally:
            over.set()

    monkeypatch.setattr(place, name, late)
    return at_once(one, then)


def free_for_all(monkeypatch):
    for place in (imports, resolving):
        monkeypatch.setattr(place, "book_by_the_list", lambda: None)


# --- the booking first ------------------------------------------------------------------------------------------------
@races
@TIMES
def test_a_change_waits_for_what_is_being_booked_and_moves_it(people, monkeypatch, how):
    one, other = importing(people, how), stop(people)
    assert first(monkeypatch, imports.booking, "book_sales", one, other) == ["done", "done"]
    assert exceptions() == ["product_stopped"]


@races
@TIMES
def test_without_its_turn_a_change_misses_what_is_being_booked(people, monkeypatch, how):
    free_for_all(monkeypatch)
    one, other = importing(people, how), stop(people)
    assert first(monkeypatch, imports.booking, "book_sales", one, other) == ["done", "done"]
    assert exceptions() == [""]


@races
@pytest.mark.parametrize(("turn", "left"), [(True, ""), (False, "unknown_product")])
def test_a_listing_frees_what_is_being_booked_and_without_its_turn_does_not(people, monkeypatch, turn, left):
    if not turn:
        free_for_all(monkeypatch)
    one, other = importing(people, 产品代码="XX9"), listing(people)
    assert first(monkeypatch, imports.booking, "book_sales", one, other) == ["done", "done"]
    assert exceptions() == [left]


# --- the change first -------------------------------------------------------------------------------------------------
@races
@pytest.mark.parametrize(("turn", "left"), [(True, "product_stopped"), (False, "")])
def test_an_import_waits_for_a_change_and_judges_by_it_and_without_its_turn_does_not(people, monkeypatch, turn, left):
    if not turn:
        free_for_all(monkeypatch)
    one, other = stop(people), importing(people)
    assert first(monkeypatch, products, "_moved", one, other) == ["done", "done"]
    assert exceptions() == [left]


@races
@pytest.mark.parametrize(("turn", "told", "left"), [(True, "refused stale", []), (False, "done", [""])])
def test_a_pre_check_confirmed_while_the_list_changes_is_made_anew(people, monkeypatch, turn, told, left):
    if not turn:
        free_for_all(monkeypatch)
    one, other = stop(people), importing(people, "pre-checked")
    assert first(monkeypatch, products, "_moved", one, other) == ["done", told]
    assert exceptions() == left


# --- 重新核对 ---------------------------------------------------------------------------------------------------------
@races
@pytest.mark.parametrize(("turn", "left"), [(True, "product_stopped"), (False, "")])
def test_what_is_being_looked_at_again_is_moved_too_and_without_its_turn_is_not(people, monkeypatch, turn, left):
    """The roster was mended: the sale waits for its manager, then for nothing, or for the stop."""
    if not turn:
        free_for_all(monkeypatch)
    late = make_person("600777", "迟小到")
    importing(people, 客户经理工号="600777", 客户经理="迟小到")()
    assert exceptions() == ["unknown_manager"]
    Engagement.objects.create(
        person=late, branch=people.branch, kind="employee", hired_on=STOP.replace(month=1), contract_from=STOP, contract_to=STOP
    )
    again = lambda: review_waiting(branch=people.branch, month=OCTOBER, by=people["600001"])  # noqa: E731
    assert first(monkeypatch, resolving, "_review_sales", again, stop(people)) == ["done", "done"]
    assert exceptions() == [left]


# --- nobody waits in a ring -------------------------------------------------------------------------------------------
def two_months(people):
    """September has a sale that will be stopped; what brings September's clients again, and October with a sale."""
    book(people, september(), sales_csv([sale_row(月份="2026-09", 成交日期="2026-09-10")]))
    files = [
        september(佣金收入="81.00", 净佣金收入="73.99"),
        csv_file([client_row("1", 资金账号=ACCOUNT)]),
        sales_csv([sale_row()]),
    ]
    return lambda: import_files(files=files, branch=people.branch, by=people["600001"])


def september(**changes):
    return csv_file([client_row("1", 资金账号=ACCOUNT, 月份="2026-09", **changes)], name="九月.csv")


@races
def test_who_books_two_months_and_who_changes_the_sales_of_the_first_both_end(people, monkeypatch):
    one, other = two_months(people), stop(people, since=date(2026, 9, 1))
    assert first(monkeypatch, imports, "confirm_checked", one, other) == ["done", "done"]
    assert exceptions() == ["product_stopped"] * 2


@races
def test_a_turn_taken_with_a_month_in_hand_would_wait_in_a_ring(people, monkeypatch):
    one, other = two_months(people), stop(people, since=date(2026, 9, 1))
    free_for_all(monkeypatch)
    sound = imports.check_opened

    def late(opened, *args, **given):
        if any(file.kind == "sales" for file in opened):
            turns.book_by_the_list()
        return sound(opened, *args, **given)

    monkeypatch.setattr(imports, "check_opened", late)
    assert sorted(first(monkeypatch, imports, "confirm_checked", one, other)) == ["broken", "done"]


@races
def test_those_who_book_do_not_wait_for_each_other(people):
    with transaction.atomic():
        turns.book_by_the_list()

        def other():
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                turns.book_by_the_list()

        assert at_once(other) == ["done"]


# --- the same in turn, on any database --------------------------------------------------------------------------------
def test_whichever_comes_first_the_sale_waits_for_the_stop(people):
    change = stop(people)
    importing(people)()
    assert exceptions() == [""]
    change()
    assert exceptions() == ["product_stopped"]
    book(people, sales_csv([sale_row(), sale_row(成交日期="2026-10-09")]))
    assert sorted(exceptions()) == ["", "product_stopped"]


def test_clients_alone_are_booked_whatever_happens_to_the_list(people):
    """No file of theirs is judged by it: the company's import has hundreds of parts, while head office lists a product."""
    batch = precheck(files=[csv_file([client_row("1")])], branch=people.branch, by=people["600001"]).batch
    listing(people)()
    stop(people)()
    assert confirm_batch(batch_id=batch.pk, by=people["600001"]).state == BOOKED


def test_a_pre_check_whose_list_changed_is_refused_and_the_next_one_says_it(people):
    late, change = importing(people, "pre-checked"), stop(people)
    change()
    with pytest.raises(Refusal, match="重新预检"):
        late()
    importing(people, "pre-checked")()
    assert exceptions() == ["product_stopped"]


def turns_taken(act):
    with CaptureQueriesContext(connection) as asked:
        act()
    return [one["sql"] for one in asked if "clients_product_list" in one["sql"]]


@pytest.mark.parametrize("how", ["at once", "pre-checked"])
def test_a_turn_is_one_statement_and_none_without_sales(people, how):
    """Imports are measured by their statements; the embedded database has one writer anyway."""
    expected = 1 if connection.vendor == "postgresql" else 0
    assert len(turns_taken(importing(people, how))) == expected
    clients = [csv_file([client_row("1", 资金账号=ACCOUNT), client_row("2")])]
    if how == "at once":
        assert turns_taken(lambda: import_files(files=clients, branch=people.branch, by=people["600001"])) == []
    else:
        batch = precheck(files=clients, branch=people.branch, by=people["600001"]).batch
        assert turns_taken(lambda: confirm_batch(batch_id=batch.pk, by=people["600001"])) == []
