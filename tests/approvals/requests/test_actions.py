"""What the engine refuses, tells, and leaves behind."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from approvals.requests import access, actions, kinds
from approvals.requests.models import CopyTo, Decision, Request, Seat, TrailEvent
from approvals.requests.queries import signatures
from approvals.routes.actions import seed_routes
from approvals.routes.models import Route
from branch.audit.models import AuditRow
from branch.notices.models import Notice
from branch.people.models import Leadership, Posting
from kernel.refusals import Refusal


def refused(code: str, verb: Any, /, *args: Any, **kwargs: Any) -> str:
    """The sentence of the refusal that `verb` must raise with `code`."""
    with pytest.raises(Refusal) as refusal:
        verb(*args, **kwargs)
    assert refusal.value.code == code, refusal.value.sentence
    return refusal.value.sentence


@pytest.fixture
def three(world: Any) -> Any:
    world.chief, world.deputy, world.manager = world.three_signers()
    world.route(*world.THREE)
    return world


# --- submitting -----------------------------------------------------------------------------------------------------
def test_numbers_run_on_and_a_refused_submission_takes_none(three: Any) -> None:
    year = timezone.localdate().year
    assert three.ask().number == f"SP-{year}-0001"
    refused("bad_route", three.ask, branch=None)
    assert three.ask().number == f"SP-{year}-0002"


def test_no_route_in_force_is_refused(world: Any) -> None:
    world.route(*world.THREE, state="draft")
    world.route(*world.THREE, version=2, effective_from=timezone.localdate() + timedelta(days=1))
    world.route(*world.THREE, version=3, effective_to=date(2021, 1, 1))
    assert "还没有生效的审批流程" in refused("no_route", world.ask)


def test_an_unknown_kind_is_refused(three: Any) -> None:
    refused("unknown_kind", three.ask, kind="nothing")


def test_the_branchs_own_route_comes_before_the_companys(three: Any) -> None:
    own = three.route(three.THREE[2], branch=three.branch, name="本部流程")
    assert three.ask().route == own


def test_a_request_keeps_the_version_it_began_with(three: Any) -> None:
    request = three.ask()
    three.route(three.THREE[0], version=2)
    three.sign(request, three.chief, "return")
    again = actions.resubmit(request_id=request.pk, content_digest="b" * 64, facts={}, by=three.applicant)
    assert [s.stage for s in signatures(again)] == ["one环节", "two环节", "three环节"]
    assert len(signatures(three.ask())) == 1


def test_a_role_nobody_holds_is_named(three: Any) -> None:
    three.deputy.roles.all().delete()
    sentence = refused("unfillable", three.ask)
    assert "two环节" in sentence
    assert "副经理" in sentence
    assert not Request.objects.exists()


def test_a_role_held_elsewhere_or_at_another_time_does_not_count(three: Any) -> None:
    three.deputy.roles.update(branch=three.other)
    refused("unfillable", three.ask)
    three.deputy.roles.update(branch=three.branch, effective_to=timezone.localdate() - timedelta(days=1))
    refused("unfillable", three.ask)


def test_a_role_only_the_applicant_holds_is_refused(three: Any) -> None:
    refused("unfillable", three.ask, applicant=three.deputy)


def test_a_route_that_needs_one_person_twice_is_refused_unless_it_says_so(three: Any) -> None:
    three.deputy.roles.all().delete()
    three.sit(three.chief, "deputy_manager", branch=three.branch)
    assert "没有人可以签署" in refused("unfillable", three.ask)
    Route.objects.update(same_person_twice=True)
    request = three.ask()
    three.sign(request, three.chief)
    three.sign(request, three.chief)
    assert three.sign(request, three.manager).state == "approved"


def test_all_stages_skipped_is_refused(world: Any) -> None:
    world.three_signers()
    world.route({**world.THREE[0], "skip_when": [{"field": "days", "op": "le", "value": 3}]})
    assert "都被跳过" in refused("bad_route", world.ask, facts={"days": 1})
    assert "没有给出" in refused("missing_fact", world.ask)


def test_unknown_departments_and_people_are_refused(world: Any) -> None:
    route = world.route(world.stage("s", "all", {"department": "nowhere"}))
    assert "nowhere" in refused("bad_route", world.ask)
    route.stages = [world.stage("s", "all", {"people": ["999999"]})]
    route.save()
    assert "999999" in refused("bad_route", world.ask)


# --- signing --------------------------------------------------------------------------------------------------------
def test_three_signatures_finish_and_the_subject_hears_once(three: Any, subject: Any) -> None:
    request = three.ask()
    for person in (three.chief, three.deputy, three.manager):
        assert subject.calls == []
        three.sign(request, person)
    request.refresh_from_db()
    assert (request.state, request.ended_at is not None) == ("approved", True)
    assert subject.calls == [("approved", request.number)]
    found = signatures(request)
    assert [(s.role_label, s.name, s.act) for s in found] == [
        ("主办会计", "王主办", "同意"),
        ("副经理", "李副", "同意"),
        ("经理", "赵经理", "同意"),
    ]
    assert all(s.at for s in found)


def test_pending_signatures_have_no_time(three: Any) -> None:
    request = three.ask()
    three.sign(request, three.chief)
    assert [(s.role_label, s.name, s.at is None) for s in signatures(request)] == [
        ("主办会计", "王主办", False),
        ("副经理", "", True),
        ("经理", "", True),
    ]


def test_own_requests_are_not_signed(three: Any) -> None:
    three.sit(three.applicant, "chief_accountant", branch=three.branch)
    request = three.ask()
    assert "本人" in refused("same_person", three.sign, request, three.applicant)
    assert not Request.objects.waiting_for(three.applicant).exists()


def test_nor_through_ones_delegate(three: Any) -> None:
    delegate = three.person("delegate")
    three.sit(three.applicant, "chief_accountant", branch=three.branch)
    three.sit(delegate, "chief_accountant", branch=three.branch, delegated_by=three.applicant)
    request = three.ask()
    assert "委托人" in refused("same_person", three.sign, request, delegate)
    assert not Request.objects.waiting_for(delegate).exists()


def test_one_person_signs_one_stage(three: Any) -> None:
    three.sit(three.chief, "deputy_manager", branch=three.branch)
    request = three.ask()
    three.sign(request, three.chief)
    assert "one环节" in refused("signed_twice", three.sign, request, three.chief)
    assert not Request.objects.waiting_for(three.chief).exists()
    assert Request.objects.waiting_for(three.deputy).get() == request


def test_a_delegate_and_the_one_who_delegated_are_one_voice(three: Any) -> None:
    delegate = three.person("delegate", "代签人")
    three.sit(delegate, "deputy_manager", branch=three.branch, delegated_by=three.chief)
    request = three.ask()
    three.sign(request, three.chief)
    refused("signed_twice", three.sign, request, delegate)
    assert not Request.objects.waiting_for(delegate).exists()


def test_a_delegate_signs_with_the_name_of_both(three: Any) -> None:
    delegate = three.person("delegate", "代签人")
    three.sit(delegate, "chief_accountant", branch=three.branch, delegated_by=three.chief)
    request = three.ask()
    three.sign(request, delegate)
    first = signatures(request)[0]
    assert (first.name, first.on_behalf_of) == ("代签人", "王主办")
    assert set(Request.objects.decided_by(three.chief)) == set(Request.objects.decided_by(delegate)) == {request}


def test_roles_are_looked_up_when_one_signs(three: Any) -> None:
    request = three.ask()
    three.chief.roles.update(effective_to=timezone.localdate() - timedelta(days=1))
    successor = three.person("successor", "继任者", roles=("chief_accountant",), branch=three.branch)
    refused("not_your_seat", three.sign, request, three.chief)
    three.sign(request, successor)
    assert signatures(request)[0].name == "继任者"


def test_a_department_is_signed_by_its_people(world: Any) -> None:
    officer = world.person("officer", roles=("compliance",))
    stranger = world.person("stranger", roles=("legal",))
    officer.department = world.department
    officer.save()
    world.route(world.stage("s", "all", {"department": "compliance"}))
    request = world.ask()
    refused("not_your_seat", world.sign, request, stranger)
    assert world.sign(request, officer).state == "approved"


def test_who_holds_two_seats_says_which(world: Any) -> None:
    both = world.person("both", roles=("compliance", "legal"))
    world.person("other", roles=("legal",))
    world.route(world.stage("s", "all", {"role": "compliance", "at": "company"}, {"role": "legal", "at": "company"}))
    request = world.ask()
    assert "合规部、法律部" in refused("which_seat", world.sign, request, both)
    seats = {seat.role: seat.pk for seat in Seat.objects.filter(request=request)}
    said = refused("strands", world.sign, request, both, seat_id=seats["legal"])
    assert said.startswith("这一席不能由您签"), "nobody else could sign for 合规部 then"
    world.sign(request, both, seat_id=seats["compliance"])
    refused("signed_twice", world.sign, request, both)
    assert world.sign(request, world.people["other"]).state == "approved"


def test_what_nobody_can_sign_keeps_nobody_from_signing_before_it(world: Any) -> None:
    first, second = world.person("first", roles=("compliance",)), world.person("second", roles=("legal",))
    world.route(
        world.stage("one", "single", {"role": "compliance", "at": "company"}),
        world.stage("two", "single", {"role": "legal", "at": "company"}),
    )
    request = world.ask()
    second.roles.all().delete()
    assert world.sign(request, first).state == "pending"


def test_the_leader_of_the_day_signs_and_a_leader_goes_one_up(world: Any) -> None:
    _, _, manager = world.three_signers()
    leader = world.person("leader", "队长")
    team = world.branch.teams.create(name="一队")
    for person in (world.applicant, leader):
        Posting.objects.create(person=person, branch=world.branch, post="客户经理", team=team, effective_from=date(2020, 1, 1))
    Leadership.objects.create(team=team, person=leader, effective_from=date(2020, 1, 1))
    world.route(world.stage("s", "single", {"leader": "applicant"}))
    assert world.sign(world.ask(), leader).state == "approved"
    own = world.ask(applicant=leader, by=leader)
    refused("not_your_seat", world.sign, own, world.applicant)
    assert world.sign(own, manager).state == "approved"


def test_a_stale_page_is_not_signed(three: Any, subject: Any) -> None:
    request = three.ask()
    refused("stale", three.sign, request, three.chief, seen_digest="c" * 64)
    subject.digest = "d" * 64
    assert "被改动" in refused("stale", three.sign, request, three.chief)
    assert not Decision.objects.exists()
    assert three.sign(request, three.chief, "return").state == "returned"


@pytest.mark.parametrize("act", ["return", "reject"])
def test_an_opinion_is_required_except_for_agreeing(three: Any, act: str) -> None:
    request = three.ask()
    refused("opinion_required", three.sign, request, three.chief, act, "  ")
    refused("opinion_too_long", three.sign, request, three.chief, act, "长" * 1001)
    three.sign(request, three.chief, "agree", "")


@pytest.mark.parametrize("act", ["approve", "", "amend"])
def test_acts_that_the_kind_does_not_offer(three: Any, act: str) -> None:
    refused("unknown_act", three.sign, three.ask(), three.chief, act, "x")


def test_the_kinds_own_bar(three: Any, subject: Any) -> None:
    request = three.ask()
    subject.bar = "制表人不能审核"
    with pytest.raises(Refusal, match="制表人不能审核"):
        three.sign(request, three.chief)


def test_the_subject_may_refuse_the_last_signature_and_nothing_stays(three: Any, subject: Any) -> None:
    request = three.ask()
    three.sign(request, three.chief)
    three.sign(request, three.deputy)
    subject.refuse_approval = "上月尚未批准,不能批准本月"
    with pytest.raises(Refusal, match="上月尚未批准"), transaction.atomic():
        three.sign(request, three.manager)
    request.refresh_from_db()
    assert request.state == "pending"
    assert Decision.objects.filter(request=request).count() == 2
    assert Request.objects.waiting_for(three.manager).get() == request


@pytest.mark.django_db(transaction=True)
def test_a_refused_last_signature_rolls_back_by_itself(three: Any, subject: Any) -> None:
    Route.objects.update(stages=[three.THREE[0]])
    request = three.ask()
    subject.refuse_approval = "上月尚未批准"
    with pytest.raises(Refusal):
        three.sign(request, three.chief)
    assert Request.objects.get(pk=request.pk).state == "pending"
    assert not Decision.objects.exists()
    subject.refuse_approval = ""
    assert three.sign(request, three.chief).state == "approved"


def test_a_kind_that_wants_the_password_refuses_without(three: Any) -> None:
    kind = kinds._kinds["trial"]
    kinds._kinds["trial"] = kinds.Kind(**{**kind.__dict__, "reentry": True})
    request = three.ask()
    refused("password_required", three.sign, request, three.chief)
    three.sign(request, three.chief, reentered=True)
    assert Decision.objects.get().reentered


def test_a_signature_covers_everything_it_says(three: Any) -> None:
    first, second = three.ask(), three.ask()
    three.sign(first, three.chief)
    three.sign(second, three.chief)
    hashes = set(Decision.objects.values_list("signature", flat=True))
    assert len(hashes) == 2
    assert all(len(text) == 64 for text in hashes)


# --- back and forth -------------------------------------------------------------------------------------------------
def test_a_new_round_keeps_the_number_and_the_old_round(three: Any, subject: Any) -> None:
    request = three.ask(facts={"days": 3})
    three.sign(request, three.chief)
    three.sign(request, three.deputy, "return", "天数不对")
    assert subject.calls == [("returned", request.number)]
    again = actions.resubmit(request_id=request.pk, content_digest="b" * 64, facts={"days": 5}, by=three.applicant)
    assert (again.number, again.round, again.state) == (request.number, 2, "pending")
    refused("stale", three.sign, request, three.chief, seen_digest="a" * 64)
    three.sign(request, three.chief)
    assert Decision.objects.filter(request=request, round=1).count() == 2
    assert [s.name for s in signatures(again)] == ["王主办", "", ""]


def test_only_the_applicant_withdraws_resubmits_and_reminds(three: Any) -> None:
    request = three.ask()
    refused("not_applicant", actions.withdraw, request_id=request.pk, reason="x", by=three.chief)
    refused("not_applicant", actions.remind, request_id=request.pk, by=three.chief)
    three.sign(request, three.chief, "return")
    refused("not_applicant", actions.resubmit, request_id=request.pk, content_digest="b" * 64, facts={}, by=three.chief)


def test_a_withdrawal_needs_a_reason_and_tells_those_who_were_asked(
    three: Any, subject: Any, django_capture_on_commit_callbacks: Any
) -> None:
    request = three.ask()
    refused("reason_required", actions.withdraw, request_id=request.pk, reason=" ", by=three.applicant)
    with django_capture_on_commit_callbacks(execute=True):
        actions.withdraw(request_id=request.pk, reason="填错了", by=three.applicant)
    assert subject.calls == [("withdrawn", request.number)]
    assert Notice.objects.filter(person=three.chief, text__contains="撤回").count() == 1


def test_an_unknown_request(three: Any) -> None:
    refused("unknown", actions.decide, request_id=99, act="agree", opinion="", seen_digest="", by=three.chief)


def test_reminding_has_a_cool_down(three: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    request = three.ask()
    assert actions.remind(request_id=request.pk, by=three.applicant) == [three.chief]
    assert "再催" in refused("cool_down", actions.remind, request_id=request.pk, by=three.applicant)
    monkeypatch.setattr(access, "REMIND_COOL_DOWN", timedelta(0))
    actions.remind(request_id=request.pk, by=three.applicant)
    assert TrailEvent.objects.filter(event="reminded").count() == 2


# --- telling and keeping --------------------------------------------------------------------------------------------
def test_who_is_told_what_and_when(three: Any, django_capture_on_commit_callbacks: Any) -> None:
    told: list[tuple[str, str]] = []
    with django_capture_on_commit_callbacks(execute=True):
        request = three.ask()
    for person in (three.chief, three.deputy, three.manager):
        told += [(n.person.name, n.text[:4]) for n in Notice.objects.order_by("id")[len(told) :]]
        with django_capture_on_commit_callbacks(execute=True):
            three.sign(request, person)
    told += [(n.person.name, n.text[:4]) for n in Notice.objects.order_by("id")[len(told) :]]
    assert told == [("王主办", "待您审批"), ("李副", "待您审批"), ("赵经理", "待您审批"), ("发起人", "已通过:")]


def test_copies_at_the_start_and_at_the_end(three: Any) -> None:
    reader = three.person("reader")
    officer = three.person("officer", roles=("compliance",))
    Route.objects.update(copies=[{"role": "compliance", "at": "company"}])
    request = three.ask(copy_to=[reader, reader])
    assert set(Request.objects.copied_to(reader)) == {request}
    assert not Request.objects.copied_to(officer).exists()
    for person in (three.chief, three.deputy, three.manager):
        three.sign(request, person)
    assert set(CopyTo.objects.values_list("person", flat=True)) == {reader.pk, officer.pk}
    refused("not_your_seat", three.sign, three.ask(copy_to=[reader]), reader)


def test_every_act_leaves_an_audit_row(three: Any) -> None:
    request = three.ask()
    actions.remind(request_id=request.pk, by=three.applicant)
    three.sign(request, three.chief, "return")
    actions.resubmit(request_id=request.pk, content_digest="b" * 64, facts={}, by=three.applicant)
    actions.withdraw(request_id=request.pk, reason="不办了", by=three.applicant)
    acts = AuditRow.objects.filter(act__startswith="approvals.").order_by("id").values_list("act", flat=True)
    assert list(acts) == [f"approvals.{act}" for act in ("submit", "remind", "decide", "resubmit", "withdraw")]


@pytest.mark.parametrize("change", ["update", "delete"])
@pytest.mark.parametrize("model", [Decision, TrailEvent])
def test_decisions_and_trail_are_written_once(three: Any, model: Any, change: str) -> None:
    three.sign(three.ask(), three.chief)
    rows = model.objects.filter(pk=model.objects.latest("id").pk)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(round=9) if change == "update" else rows._raw_delete(rows.db)
    assert model.objects.filter(round=1).exists()


def test_the_database_keeps_one_decision_a_seat(three: Any) -> None:
    three.sign(three.ask(), three.chief)
    copy = Decision.objects.get()
    copy.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)


# --- the reference route --------------------------------------------------------------------------------------------
def test_the_pay_route_is_seeded_once(db: None) -> None:
    assert seed_routes() == seed_routes() == Route.objects.count()
    route = Route.objects.get(kind="pay_run")
    assert [(rule.label, rule.mode, rule.signers[0].role) for rule in route.rules] == [
        ("主办会计审核", "single", "chief_accountant"),
        ("副经理(经理助理)审核", "single", "deputy_manager"),
        ("经理审批", "single", "branch_manager"),
    ]


def test_a_used_version_is_never_changed(three: Any, subject: Any, tmp_path: Any) -> None:
    seed_routes()
    Route.objects.filter(kind="pay_run").update(name="旧名")
    seed_routes()
    used = Route.objects.get(kind="pay_run")
    assert used.name == "营业部客户经理薪酬月报表审批"
    Request.objects.filter(pk=three.ask().pk).update(route=used)
    Route.objects.filter(kind="pay_run").update(name="旧名")
    refused("route_used", seed_routes)


def test_models_say_themselves_in_words(three: Any) -> None:
    request = three.ask()
    assert str(request).endswith("试办一件事")
    assert str(request.route) == "试办流程 第 1 版"
