"""What pay reads of the people of a month."""

from __future__ import annotations

from datetime import date

from branch.people.models import Engagement
from branch.people.queries import employed_in, employed_rows
from kernel.months import Month
from tests.factories.branch import make_branch, make_person


def test_employed_rows_say_what_the_engagements_say(db: None) -> None:
    branch, since = make_branch(), date(2024, 5, 1)
    for number, kind in (("700001", "employee"), ("700002", "broker")):
        person = make_person(number, "丁一凡")
        person.bank_name, person.bank_account = "某银行", f"62220200000{number}"
        person.save()
        Engagement.objects.create(
            person=person,
            branch=branch,
            kind=kind,
            hired_on=since,
            contract_from=since,
            additional_deductions={"子女教育": "2000"},
        )
    make_person("700003", "没有合同")
    rows, engagements = employed_rows(branch, Month(2026, 8)), list(employed_in(branch, Month(2026, 8)))
    assert [row.staff_no for row in rows] == ["700001", "700002"]
    for row, one in zip(rows, engagements, strict=True):
        plain = [name for name in row._fields if name not in ("staff_no", "name", "bank_name", "bank_account_sealed")]
        assert [getattr(row, name) for name in plain] == [getattr(one, name) for name in plain]
        assert (row.name, row.bank_name, row.kind_label) == (one.person.name, "某银行", one.get_kind_display())
        assert row.masked_bank_account == one.person.masked_bank_account != ""
        assert row.staff_no not in row.masked_bank_account


def test_somebody_without_an_account_shows_none(db: None) -> None:
    person = make_person("700001", "丁一凡")
    since = date(2024, 5, 1)
    branch = make_branch()
    Engagement.objects.create(person=person, branch=branch, kind="broker", hired_on=since, contract_from=since)
    (row,) = employed_rows(branch, Month(2026, 8))
    assert row.masked_bank_account == person.masked_bank_account
