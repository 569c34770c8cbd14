"""月结进度 by the API: the same door as its page, the same steps, no sum for who reads no pay."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from branch.people.models import Person
from kernel.money import grouped
from payroll.runs import actions
from tests.factories.branch import People, give_role, make_person
from tests.factories.close import committed, computed
from tests.factories.runs import AUGUST

ASKED = "?branch=0755FT&month=2026-08"


def board(person: Person) -> tuple[list[tuple[str, str, str]], Any]:
    """The page's steps, and the API's answer about the same month."""
    browser = Client()
    browser.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    page, answer = (browser.get(reverse(name) + ASKED) for name in ("payroll:month-board", "api:month-board"))
    assert (page.status_code, answer.status_code) == (200, 200), answer.content
    return [(step.name, step.state, step.words) for step in page.context["steps"]], answer.json()


def steps_of(answer: Any) -> list[tuple[str, str, str]]:
    return [(step["name"], step["state"], step["words"]) for step in answer["steps"]]


@pytest.mark.parametrize("role", ["finance_department", "channel_department"])
def test_the_head_office_reads_a_branchs_steps_without_sums(people: People, role: str) -> None:
    run = computed(people, AUGUST)
    reader = make_person("100090", "总部人员")
    give_role(reader, role)
    steps, answer = board(reader)
    assert steps_of(answer) == steps
    assert answer["run"] is None
    assert "第 1 版" in str(answer)
    assert grouped(run.net_total) not in str(answer)


def test_who_reads_pay_is_told_sums_and_the_report(people: People) -> None:
    run = computed(people, AUGUST)
    steps, answer = board(people["600002"])
    assert steps_of(answer) == steps
    assert answer["run"]["id"] == run.pk
    assert grouped(run.net_total) in str(answer)


def test_a_void_version_is_no_step_of_the_month(people: People) -> None:
    run = computed(people, AUGUST)
    with committed():
        actions.void(run_id=run.pk, reason="算错月份", by=people["600002"])
    steps, answer = board(people["600002"])
    assert steps_of(answer) == steps
    assert ("计算", "now", "还没有计算") in steps
