"""委托代签: whom it lets sign what, and what it refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from approvals.requests import actions, kinds
from approvals.requests.models import Decision, Request
from approvals.routes.models import Delegation
from approvals.routes.seating import holders
from branch.audit.models import AuditRow
from branch.people.models import Engagement
from kernel.refusals import Refusal
from tests.approvals.conftest import TODAY, refused

pytestmark = pytest.mark.usefixtures("that_day")
DAY = timedelta(days=1)


@pytest.fixture
def three(world: Any) -> Any:
    world.chief, world.deputy, world.manager = world.three_signers()
    world.aide = world.person("aide", "代签人")
    world.route(*world.THREE)
    return world


def lend(by: Any, to: Any, **more: Any) -> Delegation:
    given = {"kinds": [], "since": TODAY, "until": TODAY + DAY, "reason": "休假", **more}
    return actions.delegate(to=to, by=by, **given)


def test_the_deputy_signs_with_the_name_of_both(three: Any) -> None:
    lend(three.chief, three.aide)
    request = three.ask()
    assert Request.objects.waiting_for(three.aide).get() == request
    assert [holder.words for holder in holders(request.seats.filter(stage__code="one"), kind="trial")[0]] == [
        "王主办",
        "代签人(代王主办)",
    ]
    three.sign(request, three.aide)
    decision = Decision.objects.get()
    assert (decision.signer, decision.on_behalf_of) == (three.aide, three.chief)
    refused("signed_twice", three.sign, request, three.chief)
    assert AuditRow.objects.filter(act="approvals.delegate").count() == 1


def test_a_deputy_who_is_needed_later_leaves_the_seat_to_the_principal(world: Any) -> None:
    """Signed for the first, the aide could not sign the second any more, and nobody else can: the request would hang."""
    named, aide = world.person("named", "王主办"), world.person("aide")
    people = [{"people": [person.staff_no]} for person in (named, aide)]
    world.route(world.stage("one", "single", people[0]), world.stage("two", "single", people[1]))
    lend(named, aide)
    request = world.ask()
    assert refused("strands", world.sign, request, aide).startswith("这一席不能代王主办签")
    world.sign(request, named)
    assert world.sign(request, aide).state == "approved"


def test_named_seats_are_lent_too(world: Any) -> None:
    named, aide = world.person("named"), world.person("aide")
    world.route(world.stage("s", "single", {"people": [named.staff_no]}))
    lend(named, aide)
    assert world.sign(world.ask(), aide).state == "approved"


def test_only_the_kinds_lent(three: Any) -> None:
    kinds.register(kinds.Kind(**{**kinds._kinds["trial"].__dict__, "code": "other", "label": "别的"}))
    lend(three.chief, three.aide, kinds=["other"])
    request = three.ask()
    assert not Request.objects.waiting_for(three.aide).exists()
    refused("not_your_seat", three.sign, request, three.aide)
    assert [holder.person for holder in holders(request.seats.filter(stage__code="one"), kind="trial")[0]] == [three.chief]
    refused("unknown_kind", lend, three.manager, three.aide, kinds=["nothing"])


def test_only_the_days_lent_and_not_after_it_was_ended(three: Any) -> None:
    row = lend(three.chief, three.aide, since=TODAY + DAY, until=TODAY + 2 * DAY)
    request = three.ask()
    refused("not_your_seat", three.sign, request, three.aide)
    Delegation.objects.update(effective_from=TODAY)
    assert Request.objects.waiting_for(type(three.aide).objects.get(pk=three.aide.pk)).exists()
    refused("unknown", actions.end_delegation, delegation_id=row.pk, by=three.manager)
    actions.end_delegation(delegation_id=row.pk, by=three.aide)
    refused("not_your_seat", three.sign, request, three.aide)
    refused("wrong_state", actions.end_delegation, delegation_id=row.pk, by=three.chief)


def test_what_was_lent_to_the_principal_is_not_lent_on(three: Any) -> None:
    """A role held for somebody else stays with whom it was lent to."""
    three.sit(three.deputy, "chief_accountant", branch=three.branch, delegated_by=three.chief)
    lend(three.deputy, three.aide)
    request = three.ask()
    refused("not_your_seat", three.sign, request, three.aide)
    three.sign(request, three.chief)
    three.sign(request, three.aide)
    assert Decision.objects.latest("id").on_behalf_of == three.deputy


def test_the_applicants_deputy_does_not_sign_for_the_applicant(three: Any) -> None:
    lend(three.chief, three.aide)
    three.person("second", roles=("chief_accountant",), branch=three.branch)
    request = three.ask(applicant=three.chief, by=three.chief)
    assert "委托人" in refused("same_person", three.sign, request, three.aide)


def test_a_barred_persons_deputy_is_barred(three: Any, kind_with: Any) -> None:
    def may_sign(person: Any, request: Any) -> None:
        if person == three.chief:
            raise Refusal("制表人不能审核", code="maker")

    kind_with(may_sign=may_sign)
    lend(three.chief, three.aide)
    refused("maker", three.sign, three.ask(), three.aide)


def test_no_chain_either_way(three: Any) -> None:
    lend(three.chief, three.aide)
    assert "不能再委托" in refused("chain", lend, three.aide, three.manager)
    told = refused("chain", lend, three.manager, three.chief)
    assert "不能再受托" in told
    assert not [name for name in (three.chief.name, three.aide.name) if name in told], "neither who it is nor to whom they lent"
    refused("overlap", lend, three.chief, three.aide)
    later = {"since": TODAY + 2 * DAY, "until": TODAY + 3 * DAY}
    assert lend(three.aide, three.manager, **later).deputy == three.manager


def test_what_else_is_refused(three: Any) -> None:
    refused("same_person", lend, three.chief, three.chief)
    refused("bad_days", lend, three.chief, three.aide, since=TODAY - DAY)
    refused("bad_days", lend, three.chief, three.aide, until=TODAY - DAY)
    refused("bad_days", lend, three.chief, three.aide, until=TODAY + 93 * DAY)
    refused("reason_required", lend, three.chief, three.aide, reason=" ")
    three.aide.user.is_active = False
    three.aide.user.save()
    refused("cannot_sign_in", lend, three.chief, three.aide)
    gone = three.person("gone")
    Engagement.objects.create(
        person=gone,
        branch=three.branch,
        kind="employee",
        hired_on=TODAY - 9 * DAY,
        contract_from=TODAY - 9 * DAY,
        ended_on=TODAY - DAY,
    )
    refused("cannot_sign_in", lend, three.chief, gone)
