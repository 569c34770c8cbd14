"""退回 after the second signature: the way back, what stays readable, and what the signers of the next round see."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from approvals.desk.queries import events_of, stages_of, timeline
from approvals.requests import actions as engine
from approvals.requests.kinds import kind_of, secret_kinds
from approvals.requests.models import CopyTo, Decision, Request
from approvals.requests.queries import request_for, seats_with_decisions, signatures
from approvals.requests.states import Act, State
from branch.people.models import Person
from kernel.refusals import Refusal, Unknown
from payroll.intake.models import MonthlyInput
from payroll.runs import actions, states
from payroll.runs.models import PayRun, PaySlip
from tests.factories.branch import People
from tests.factories.close import committed, computed
from tests.factories.runs import AUGUST, fresh, sign, three


def returned_after_two(people: People) -> PayRun:
    run = computed(people, AUGUST)
    with committed():
        actions.send_up(run_id=run.pk, by=people["600002"])
    accountant, deputy, manager = three(people)
    request = fresh(run).approval
    assert request is not None
    sign(request, accountant, deputy)
    sign(request, manager, act="return", opinion="600103 的职责分与考核表不符")
    return fresh(run)


def sent_up_again(people: People, **inputs: object) -> PayRun:
    MonthlyInput.objects.filter(person=people["600103"]).update(**inputs)
    again = computed(people, AUGUST)
    with committed():
        actions.send_up(run_id=again.pk, by=people["600002"])
    return fresh(again)


def test_the_new_version_goes_up_as_a_new_round_of_the_same_request(people: People) -> None:
    old = returned_after_two(people)
    assert (old.state, old.slips.filter(current=True).count()) == (states.RETURNED, 0)
    new = sent_up_again(people, duty_score=85)
    assert new.approval is not None
    assert (new.version, new.approval_id, new.approval.round) == (2, old.approval_id, 2)
    assert new.digest != old.digest
    assert new.approval.content_digest == new.digest
    sign(new.approval, *three(people))
    assert fresh(new).state == states.APPROVED
    assert set(PaySlip.objects.filter(month=AUGUST, current=True).values_list("run", flat=True)) == {new.pk}


def test_earlier_signatures_stay_with_what_they_saw_and_count_no_more(people: People) -> None:
    old = returned_after_two(people)
    new = sent_up_again(people, duty_score=85)
    request = Request.objects.get(pk=new.approval_id)
    assert [one.at for one in signatures(request)] == [None, None, None]
    first = Decision.objects.filter(request=request, round=1, act=Act.AGREE)
    assert {decision.seen_digest for decision in first} == {old.digest}
    sign(request, people["600003"])
    request.refresh_from_db()
    assert request.state == State.PENDING
    entries = [e for e in timeline(request, seats_with_decisions(request), events_of(request), stages_of(request)) if "seen" in e]
    assert [(e["round"], e["who"], e["void"]) for e in entries] == [
        (1, "邓杰", True),
        (1, "武兰晨", True),
        (1, "曾艳", False),
        (2, "邓杰", False),
    ]
    assert [e["seen"] for e in entries] == [old.digest[:12]] * 3 + [new.digest[:12]]


def test_the_page_of_the_next_round_shows_what_has_changed_and_which_signatures_are_void(people: People) -> None:
    returned_after_two(people)
    new = sent_up_again(people, duty_score=85)
    assert new.approval is not None
    document = kind_of("pay_run").describe(new.approval)
    assert document.context["previous_version"].version == 1
    changed = {(change.name, change.column) for change in document.context["changes"]}
    assert ("丁一凡", "职责系数") in changed
    assert {name for name, _ in changed} == {"丁一凡"}
    browser = Client()
    browser.force_login(people["600003"].user)
    page = browser.get(new.approval.get_absolute_url()).content.decode()
    assert page.count("此签字失效") == 2
    assert "与第 1 版相比的变化" in page
    assert "600103 的职责分与考核表不符" in page


def test_neither_a_copy_nor_a_lent_signature_opens_pay_to_who_may_not_see_it(people: People) -> None:
    request = returned_after_two(people).approval
    assert request is not None
    accountant, clerk = people["600003"], people["600001"]
    with pytest.raises(Refusal, match="没有权限查看“薪酬月报表”,不能抄送"):
        engine.copy(request_id=request.pk, people=[clerk], by=accountant)
    CopyTo.objects.create(request=request, person=clerk)  # as one of an earlier day might stand there
    today = timezone.localdate()
    engine.delegate(to=clerk, kinds=[], since=today, until=today, reason="出差", by=accountant)
    with pytest.raises(Unknown):
        request_for(clerk, request.number)
    assert request_for(accountant, request.number) == request


def test_lists_name_a_pay_report_to_whom_it_may_be_shown(people: People) -> None:
    """`seen_rows` as a filter says what `may_see` says of the one request, of everybody and of every confidential kind."""
    request = returned_after_two(people).approval
    assert request is not None
    secret = secret_kinds()
    assert {kind.code for kind in secret} == {"pay_run", "pay_reversal", "pay_correction"}
    told = set()
    for person in Person.objects.all():
        for kind in secret:
            assert kind.seen_rows is not None
            listed = Request.objects.filter(kind.seen_rows(person), pk=request.pk).exists()
            assert listed == kind.may_see(person, request), person
            told.add(listed)
    assert told == {True, False}
