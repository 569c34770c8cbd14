"""Submitting, receiving, opening what is filed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from archives import register
from archives.actions import open_file, receive_filing, submit_filing
from archives.models import Filing
from archives.register import FilingKind
from archives.rules import keep_until
from branch.audit.models import AuditRow
from branch.files.actions import keep
from branch.notices.models import Notice
from branch.org.models import Department
from branch.people.models import Person
from branch.serials.models import SerialCounter
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal, Unknown
from tests.factories.branch import give_role, make_branch, make_person
from tests.factories.close import committed

pytestmark = pytest.mark.django_db
received: list[str] = []


def _closed(person: Person, filing: Filing) -> None:
    if person.staff_no == "600001":
        raise Forbidden("您没有权限查看这份文件")


@pytest.fixture(autouse=True)
def _kind() -> Iterator[None]:
    kind = FilingKind("sample", "样本", _closed, lambda filing, by: received.append(filing.serial_no), lambda filing: "")
    register.register(kind)
    received.clear()
    yield
    register._kinds.pop("sample")


@pytest.fixture
def finance() -> Person:
    person = make_person("600002", "杨静嘉")
    give_role(person, "branch_finance", branch=make_branch())
    return person


@pytest.fixture
def office() -> Person:
    person = make_person("100001", "宋雅琴")
    give_role(person, "brokerage_office", department=Department.objects.create(code="brokerage", name="经纪业务综合室"))
    return person


def submitted(finance: Person, title: str = "样本一份") -> Filing:
    file = keep(b"content", name="样本.xlsx", content_type="x", by=finance)
    with committed():
        return submit_filing(
            kind="sample", title=title, branch=make_branch(), month=Month(2026, 10), file=file, keep_years=30, by=finance
        )


@pytest.mark.parametrize(
    ("made", "years", "until"),
    [
        (date(2026, 10, 31), 30, date(2056, 12, 31)),
        (date(2026, 12, 31), 10, date(2036, 12, 31)),
        (date(2027, 1, 1), 2, date(2029, 12, 31)),
    ],
)
def test_keeping_counts_from_the_end_of_the_year(made: date, years: int, until: date) -> None:
    assert keep_until(made, years) == until


def test_submitted_it_waits_for_the_office_and_tells_it(finance: Person, office: Person) -> None:
    filing = submitted(finance)
    assert (filing.state, filing.serial_no, filing.sha256) == ("waiting", "", filing.file.sha256)
    assert Notice.objects.filter(person=office, text__contains="样本一份").count() == 1


def test_only_the_branch_submits(office: Person, finance: Person) -> None:
    file = keep(b"content", name="样本.xlsx", content_type="x", by=office)
    with pytest.raises(Forbidden):
        submit_filing(kind="sample", title="x", branch=make_branch(), month=None, file=file, keep_years=1, by=office)


def test_an_unknown_type_is_refused(finance: Person) -> None:
    file = keep(b"content", name="样本.xlsx", content_type="x", by=finance)
    with pytest.raises(Unknown):
        submit_filing(kind="nothing", title="x", branch=make_branch(), month=None, file=file, keep_years=1, by=finance)


def test_received_it_gets_a_number_once_and_its_owner_hears(finance: Person, office: Person) -> None:
    filing = submitted(finance)
    with committed():
        done = receive_filing(filing_id=filing.pk, by=office, location="3 号柜")
    year = done.received_at.year
    assert (done.state, done.serial_no) == ("filed", f"综备〔{year}〕1号")
    assert received == [done.serial_no]
    assert Notice.objects.filter(person=finance, text__contains=done.serial_no).exists()
    with pytest.raises(Refusal, match="已备案"):
        receive_filing(filing_id=filing.pk, by=office)


def test_numbers_follow_each_other_and_a_typed_one_is_used_once(finance: Person, office: Person) -> None:
    first, second, third = (submitted(finance, title) for title in "甲乙丙")
    one = receive_filing(filing_id=first.pk, by=office).serial_no
    two = receive_filing(filing_id=second.pk, by=office).serial_no
    assert (one[-2:], two[-2:]) == ("1号", "2号")
    with pytest.raises(Refusal, match="用过"):
        receive_filing(filing_id=third.pk, by=office, number=one)


def test_a_number_typed_ahead_of_the_run_does_not_jam_it(finance: Person, office: Person) -> None:
    year = timezone.localdate().year
    first, typed, odd, last = (submitted(finance, title) for title in "甲乙丙丁")
    receive_filing(filing_id=first.pk, by=office)
    receive_filing(filing_id=typed.pk, by=office, number=f"综备〔{year}〕2号")
    receive_filing(filing_id=odd.pk, by=office, number="旧档-7")
    assert receive_filing(filing_id=last.pk, by=office).serial_no == f"综备〔{year}〕3号"


def test_numbers_typed_before_the_run_knew_of_them_are_left_out(finance: Person, office: Person) -> None:
    year = timezone.localdate().year
    for number in (1, 2):
        typed = submitted(finance, str(number))
        receive_filing(filing_id=typed.pk, by=office, number=f"综备〔{year}〕{number}号")
    SerialCounter.objects.all().delete()  # as an older version left it
    assert receive_filing(filing_id=submitted(finance).pk, by=office).serial_no == f"综备〔{year}〕3号"


def test_who_submitted_does_not_receive(finance: Person, office: Person) -> None:
    give_role(finance, "brokerage_office")
    with pytest.raises(Refusal, match="同一人"):
        receive_filing(filing_id=submitted(finance).pk, by=finance)


def test_the_database_holds_all_of_a_receipt_together(finance: Person, office: Person) -> None:
    filing = submitted(finance)
    whole = {"state": "filed", "serial_no": "综备〔2026〕9号", "received_by": office, "received_at": timezone.now()}
    for part in ({"serial_no": "综备〔2026〕9号"}, {"state": "filed"}, {"location": "3 号柜"}, {"received_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Filing.objects.filter(pk=filing.pk).update(**part)
    for left_out in whole:
        with pytest.raises(IntegrityError), transaction.atomic():
            Filing.objects.filter(pk=filing.pk).update(**{name: value for name, value in whole.items() if name != left_out})
    assert Filing.objects.filter(pk=filing.pk).update(**whole) == 1  # the control


HANDED_IN = ("kind", "title", "branch_id", "month", "file_id", "sha256", "submitted_by_id", "submitted_at", "keep_until")


def changed(column: str) -> str:
    """An update that gives the column another value of its own kind."""
    other = {"month": "NULL", "submitted_at": "'2020-01-01 00:00:00+00:00'", "keep_until": "'2020-01-01'"}
    value = other.get(column, f"{column} + 1" if column.endswith("_id") else "'x'")
    return f"UPDATE archives_filing SET {column} = {value}"


@pytest.mark.parametrize("received", [False, True], ids=["waiting", "received"])
def test_the_database_itself_refuses_a_change_of_what_was_handed_in(finance: Person, office: Person, received: bool) -> None:
    filing = submitted(finance)
    if received:
        receive_filing(filing_id=filing.pk, by=office)
    added = ("state", "serial_no", "received_by_id", "received_at", "location")
    assert {field.column for field in Filing._meta.concrete_fields} == {"id", *HANDED_IN, *added}, "a new column?"
    statements = [*(changed(column) for column in HANDED_IN), "DELETE FROM archives_filing"]
    statements += ["UPDATE archives_filing SET location = '4 号柜'"] if received else []
    for statement in statements:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_opening_is_logged_and_closed_to_whom_the_type_refuses(finance: Person, office: Person) -> None:
    filing = submitted(finance)
    assert open_file(filing_id=filing.pk, by=office) == (b"content", "样本.xlsx", "x")
    assert AuditRow.objects.get(act="filing.open").actor_name == "宋雅琴(100001)"
    trade = make_person("600001", "潘怡丽")
    give_role(trade, "trade_admin", branch=make_branch())
    assert Filing.objects.visible_to(trade).count() == 1
    with pytest.raises(Forbidden):
        open_file(filing_id=filing.pk, by=trade)


def test_another_branch_knows_nothing_of_it(finance: Person) -> None:
    filing = submitted(finance)
    stranger = make_person("700002", "外部财务")
    give_role(stranger, "branch_finance", branch=make_branch("0010BJ", "北京营业部"))
    assert not Filing.objects.visible_to(stranger).exists()
    with pytest.raises(Unknown):
        open_file(filing_id=filing.pk, by=stranger)
