"""A roster that changes after a month was reckoned: before approval to be computed again, after payment to be corrected."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from branch.people.models import Engagement, GradeHolding
from kernel.refusals import Refusal
from payroll.corrections.actions.corrections import propose_correction
from payroll.corrections.models import Correction
from payroll.corrections.proposing import since
from tests.factories.branch import People
from tests.factories.close import computed
from tests.factories.runs import AUGUST, fresh, paid_run, sent_up_run
from tests.payroll.corrections import worlds


def promote(people: People, staff_no: str) -> None:
    GradeHolding.objects.filter(person=people[staff_no]).update(grade="高级")


def page(people: People, run_id: int) -> str:
    browser = Client()
    browser.force_login(people["600002"].user)
    return browser.get(f"/payroll/runs/{run_id}/since/").content.decode()


def test_before_approval_the_run_says_that_it_must_be_computed_again(people: People) -> None:
    run = computed(people, AUGUST)
    assert "请重新计算" not in page(people, run.pk)
    promote(people, "600103")
    assert since(fresh(run)).names == ["600103 丁一凡"]
    assert "名册或其他输入已变化,请重新计算" in page(people, run.pk)


def test_under_signature_it_says_so_too(people: People) -> None:
    run = sent_up_run(people, AUGUST)
    promote(people, "600103")
    assert "由审批人退回" in page(people, run.pk)


def test_after_payment_a_correction_is_proposed_with_what_has_changed(people: People) -> None:
    run = paid_run(people, AUGUST)
    assert since(run).proposals == []
    promote(people, "600103")
    Engagement.objects.filter(person=people["600102"]).update(insurance_base=Decimal("9000.00"))
    assert "据此开立更正单" in page(people, run.pk)
    correction = propose_correction(run_id=run.pk, by=people["600002"])
    lines = {(line.person.staff_no, line.field, line.old, line.new) for line in correction.lines.select_related("person")}
    assert lines == {("600103", "grade", "中级", "高级"), ("600102", "contribution_base", "8000.00", "9000.00")}
    found = worlds.approved(people, correction)
    assert found.people == 2
    by_person = {one.person.staff_no: one for one in found.adjustments.select_related("person")}
    assert by_person["600103"].gross > 0
    assert (by_person["600102"].gross, by_person["600102"].special > 0) == (Decimal("0.00"), True)
    assert since(fresh(run)).proposals == []


def test_who_came_or_went_in_the_roster_is_named(people: People) -> None:
    run = paid_run(people, AUGUST)
    Engagement.objects.filter(person=people["600103"]).update(ended_on=date(2026, 7, 31))
    found = since(run)
    assert found.proposals == []
    assert any("600103" in sentence and "手工" in sentence for sentence in found.sentences)
    with pytest.raises(Refusal, match="没有可以更正"):
        propose_correction(run_id=run.pk, by=people["600002"])
    assert not Correction.objects.exists()


def test_a_program_reads_what_has_changed_and_opens_the_correction(people: People) -> None:
    run = paid_run(people, AUGUST)
    promote(people, "600103")
    browser = Client()
    browser.force_login(people["600002"].user)
    found = browser.get(f"/api/v1/runs/{run.pk}/since/").json()
    assert [(one["who"], one["field"], one["old"], one["new"]) for one in found["proposals"]] == [
        ("600103 丁一凡", "grade", "中级", "高级")
    ]
    answer = browser.post(f"/api/v1/runs/{run.pk}/propose/")
    assert answer.status_code == 201
    assert Correction.objects.get().number == answer.json()["number"]
    signer = Client()
    signer.force_login(people["600003"].user)
    assert signer.post(f"/api/v1/runs/{run.pk}/propose/").status_code == 403
