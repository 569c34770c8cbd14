"""What a month's inputs still want is told for all of somebody's branches at once, as each branch's page has it."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from branch.people.models import Engagement, Person
from branch.workbench.register import todos_for
from kernel.months import Month
from payroll.intake.models import MonthlyInput
from payroll.intake.queries import inputs_wanting, month_view
from tests.factories.branch import give_role, make_branch, make_person
from tests.factories.close import AUGUST, month_ready, settled_branch

pytestmark = pytest.mark.django_db


def test_all_branches_at_once_say_what_each_page_says() -> None:
    people = settled_branch()
    month_ready(people, AUGUST)
    first, second, third = MonthlyInput.objects.filter(month=AUGUST).order_by("pk")[:3]
    first.delete()
    for row in (second, third):
        row.target = None
        row.save()
    other = make_branch("0755LH", "深圳罗湖营业部")
    since = {"hired_on": date(2026, 1, 1), "contract_from": date(2026, 1, 1), "contract_to": date(2027, 1, 1)}
    Engagement.objects.create(person=make_person("710001", "罗湖一"), branch=other, kind="employee", **since)
    found = inputs_wanting([people.branch, other], AUGUST)
    assert [(one.booked, one.missing, one.incomplete) for one in found] == [(True, 1, 2), (False, 1, 0)]
    for one in found:
        view = month_view(one.branch, AUGUST)
        assert (view.sheet is not None, len(view.missing), len(view.incomplete)) == one[1:]


def test_it_asks_as_much_for_many_branches_as_for_one() -> None:
    branches = [make_branch(f"07{number:02d}XX", f"第{number}营业部") for number in range(5)]
    for some in (branches[:1], branches):
        with CaptureQueriesContext(connection) as asked:
            assert len(inputs_wanting(some, Month(2026, 8))) == len(some)
        assert len(asked) == 3


@time_machine.travel(date(2026, 9, 5), tick=False)
def test_who_has_several_branches_is_told_which() -> None:
    people = settled_branch()
    month_ready(people, AUGUST)
    MonthlyInput.objects.filter(month=AUGUST).update(target=None)
    finance, other = people["600002"], make_branch("0755LH", "深圳罗湖营业部")

    def told() -> list[tuple[str, str]]:
        found = todos_for(Person.objects.get(pk=finance.pk))
        return [(todo.label, todo.url.split("branch=")[1][:6]) for todo in found if "核算输入" in todo.label]

    assert told() == [("2026年8月核算输入不全的人员", "0755FT")]
    since = {"hired_on": date(2026, 1, 1), "contract_from": date(2026, 1, 1), "contract_to": date(2027, 1, 1)}
    Engagement.objects.create(person=make_person("710001", "罗湖一"), branch=other, kind="employee", **since)
    give_role(finance, "branch_finance", branch=other)
    assert told() == [
        (f"2026年8月核算输入不全的人员({people.branch.name})", "0755FT"),
        ("2026年8月核算输入尚未导入(深圳罗湖营业部)", "0755LH"),
    ]
