"""A prepared query gives what the query itself gives, whatever it is asked with; a kept statement writes as the ORM does."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.db.models.functions import Upper
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from branch.audit.models import AuditRow
from branch.org.models import Branch
from branch.people.models import Engagement, Person, Posting
from branch.prepared import Prepared, ask, do, insert, loaded, planned_under, prepared_objects, update
from clients.figures.models import FiguresMonth
from kernel.months import Month
from payroll.intake.models import MonthlyInput
from teams.plans.targets.models import StaleMonth
from tests.factories.branch import People
from tests.factories.runs import AUGUST, SEPTEMBER, make_ready, small_branch

COLUMNS = ("person_id", "person__staff_no", "hired_on", "insurance_base", "additional_deductions", "additional_total", "kind")


def engaged(people: Any, day: Any, kind: Any) -> models.QuerySet[Engagement, Any]:
    rows = Engagement.objects.filter(person__among=people, hired_on__lte=day, kind=kind)
    return rows.order_by("person__staff_no").values_list(*COLUMNS)


def of_month(month: Any, branch: Any) -> models.QuerySet[MonthlyInput, Any]:
    rows = MonthlyInput.objects.filter(month__lt=month, branch=branch).order_by("pk")
    return rows.values_list("month", "target", "serious_violation", "person__engagements__additional_deductions")


@pytest.fixture
def people(db: None) -> People:
    return small_branch()


def test_each_call_gives_what_the_query_gives_with_its_values(people: People) -> None:
    everybody, asked = list(Person.objects.values_list("pk", flat=True)), Prepared(engaged)
    seen = set()
    for given in (everybody, everybody[:3], []):
        for day in (date(2020, 1, 1), date(2026, 8, 1), date(2030, 1, 1)):
            for kind in Engagement.Kind.values:
                rows = asked(people=given, day=day, kind=kind)
                assert rows == list(engaged(given, day, kind))
                assert [list(map(type, row)) for row in rows] == [list(map(type, row)) for row in engaged(given, day, kind)]
                seen.add(len(rows))
    assert len(seen) > 2, "the values make a difference"


def test_it_is_put_together_once(people: People) -> None:
    built: list[object] = []

    def build(people: Any, day: Any, kind: Any) -> models.QuerySet[Engagement, Any]:
        built.append(people)
        return engaged(people, day, kind)

    asked = Prepared(build)
    for _ in range(3):
        asked(people=[1], day=date(2026, 1, 1), kind="employee")
    assert len(built) == 1


def test_months_and_what_the_database_keeps_in_its_own_way_come_back_as_fields_say(people: People) -> None:
    make_ready(people, AUGUST)
    asked, branch = Prepared(of_month), people["600101"].engagements.get().branch_id
    rows = asked(month=SEPTEMBER, branch=branch)
    assert rows == list(of_month(SEPTEMBER, branch))
    assert {tuple(map(type, row)) for row in rows} == {(Month, Decimal, bool, dict)}
    assert asked(month=AUGUST, branch=branch) == []


def test_an_object_of_some_columns_fetches_the_others_when_asked(people: People) -> None:
    person = Person.objects.order_by("pk").first()
    assert person is not None
    found = loaded(Person, ("name", "id"), (person.name, person.pk))
    assert (found, found.name, found._state.db) == (person, person.name, connection.alias)
    assert found.staff_no == person.staff_no


def test_objects_come_with_what_they_lead_to_and_what_is_noted(people: People) -> None:
    def build(person: Any, day: Any) -> models.QuerySet[Posting, Any]:
        rows = Posting.objects.filter(person=person, effective_from__lte=day)
        return rows.order_by("effective_from").annotate(told=Upper("team__name"), is_led=models.Exists(rows.exclude(group=None)))

    asked = prepared_objects(Posting, "branch", "team", "group", noted=("told", "is_led"))(build)
    Posting.objects.filter(person=people["600103"]).update(group=None)
    day, without = date(2030, 1, 1), 0
    for key in Person.objects.values_list("pk", flat=True):
        found, wanted = asked(person=key, day=day), list(build(key, day).select_related("branch", "team", "group"))
        assert found == wanted
        with CaptureQueriesContext(connection) as captured:
            for one, other in zip(found, wanted, strict=True):
                assert [getattr(one, field.attname) for field in Posting._meta.concrete_fields] == [
                    getattr(other, field.attname) for field in Posting._meta.concrete_fields
                ]
                assert (one.branch, one.team, one.group) == (other.branch, other.team, other.group)
                assert (one.branch.name, one.told, one.is_led) == (other.branch.name, other.told, other.is_led)
                assert not one._state.adding
                without += one.group is None
        assert not captured.captured_queries, "nothing is left to be fetched"
    assert 0 < without < Posting.objects.count()


def test_what_is_not_given_is_written_into_the_statement(people: People) -> None:
    def build(people: Any, day: Any) -> models.QuerySet[Engagement, Any]:
        rows = engaged(people, day, "employee").exclude(person__name="100% 'so' %s").filter(insurance_base__gt=Decimal("1.5"))
        return rows.annotate(named=models.Value("50%'s"))

    asked, seen = Prepared(build), list[str]()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        assert "employee" not in params
        return execute(sql, params, many, context)

    everybody = list(Person.objects.values_list("pk", flat=True))
    with connection.execute_wrapper(note):
        rows = asked(people=everybody, day=date(2030, 1, 1))
    assert rows == list(build(everybody, date(2030, 1, 1)))
    assert rows
    assert "'employee'" in seen[0]


def test_a_row_is_inserted_as_saving_does(db: None) -> None:
    given = {"act": "x.y", "summary": "做了", "details": {"旧": 1, "新": ["二"]}, "subject_id": "7"}
    kept, saved = insert(AuditRow(**given)), AuditRow.objects.create(**given)
    assert (kept.pk, kept._state.adding, kept._state.db) == (saved.pk - 1, False, connection.alias)
    one, other = (AuditRow.objects.filter(pk=row.pk).values().get() for row in (kept, saved))
    assert {**one, "id": 0, "at": 0} == {**other, "id": 0, "at": 0}
    assert abs(one["at"] - other["at"]).total_seconds() < 60


def test_a_row_that_is_there_gets_the_new_values(people: People) -> None:
    marks = [StaleMonth(branch=people.branch, month=AUGUST, marked_at=timezone.now()) for _ in range(2)]
    first, second = (insert(mark, or_update_by=("branch_id", "month")) for mark in marks)
    assert first.pk == second.pk
    assert StaleMonth.objects.get().marked_at == second.marked_at > first.marked_at


def test_an_update_writes_what_it_is_told_and_only_where_there_is_a_row(people: People) -> None:
    row = insert(FiguresMonth(branch=people.branch, month=AUGUST, totals={"n": 1}, note="说了"))
    row.totals, row.note, row.digest = {"n": 2}, "改了", "z"
    update(row, "totals", "note")
    assert FiguresMonth.objects.values_list("totals", "note", "digest").get() == ({"n": 2}, "改了", "")
    FiguresMonth.objects.all().delete()
    with pytest.raises(DatabaseError):
        update(row, "note")


def test_how_many_rows_a_statement_wrote(people: People) -> None:
    for month in (AUGUST, SEPTEMBER):
        insert(StaleMonth(branch=people.branch, month=month, marked_at=timezone.now()))
    assert do("DELETE FROM plans_stalemonth WHERE month > %s", [AUGUST.number]) == 1
    assert do("DELETE FROM plans_stalemonth WHERE month > %s", [AUGUST.number]) == 0


@pytest.mark.django_db(transaction=True)
def test_rows_are_held_only_within_a_transaction() -> None:
    @Prepared
    def held(code: Any) -> models.QuerySet[Branch, Any]:
        return Branch.objects.filter(code=code).select_for_update().values_list("pk")

    with transaction.atomic():
        assert held(code="0755FT") == []
    with pytest.raises(TransactionManagementError):
        held(code="0755FT")


@pytest.mark.postgres
def test_a_plan_is_kept_and_other_settings_have_their_own(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    connection.connection._prepared.clear()

    def kept() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT %%::int AS asked%%'", [])
            return int(cursor.fetchone()[0])

    for number in range(4):
        assert ask("SELECT %s::int AS asked", [number]) == [(number,)]
    assert kept() == 1
    for _ in range(2):
        with planned_under("others"):
            ask("SELECT %s::int AS asked", [1])
    assert kept() == 2
