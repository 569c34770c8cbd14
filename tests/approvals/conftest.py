"""A tiny branch, its people, and a kind of request that belongs to no subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client

from approvals.requests import actions, kinds
from approvals.requests.models import Request
from approvals.routes.models import Route
from branch.org.models import Branch, Company, Department
from branch.people.models import Person, RoleHolding
from kernel.refusals import Refusal

PASSWORD = "Correct-Horse-9"
DIGEST = "a" * 64
TODAY = date(2026, 11, 16)


@pytest.fixture
def that_day() -> Iterator[None]:
    """TODAY's noon in Shanghai, whenever the suite runs: what a module counts from it never meets a midnight."""
    with time_machine.travel(f"{TODAY} 12:00:00+08:00"):
        yield


@dataclass
class Subject:
    """What the kind's callbacks were told, and what it answers."""

    calls: list[tuple[str, str]] = field(default_factory=list)
    refuse_approval: str = ""
    bar: str = ""
    seen_by: set[int] = field(default_factory=set)
    digest: str = ""


@pytest.fixture
def subject() -> Iterator[Subject]:
    """A kind `trial` whose behaviour the test may set, taken off the register afterwards."""
    state = Subject()

    def approved(request: Request, by: Person) -> None:
        state.calls.append(("approved", request.number))
        if state.refuse_approval:
            raise Refusal(state.refuse_approval)

    def may_sign(person: Person, request: Request) -> None:
        if state.bar:
            raise Refusal(state.bar)

    def told(what: str) -> Callable[[Request, Person], None]:
        return lambda request, by: state.calls.append((what, request.number))

    kind = kinds.Kind(
        code="trial",
        label="试办事项",
        describe=lambda request: kinds.Document(facts=[("事由", request.title)], url="/"),
        on_approved=approved,
        on_returned=told("returned"),
        on_rejected=told("rejected"),
        on_withdrawn=told("withdrawn"),
        may_sign=may_sign,
        may_see=lambda person, request: person.pk in state.seen_by,
        digest=lambda request: state.digest or request.content_digest,
        fact_labels={"days": "天数"},
    )
    before = dict(kinds._kinds)
    kinds.register(kind)
    yield state
    kinds._kinds.clear()
    kinds._kinds.update(before)


def stage(code: str, mode: str, *signers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A stage as a route keeps it."""
    return {"code": code, "label": f"{code}环节", "mode": mode, "signers": list(signers), **more}


def at_branch(role: str) -> dict[str, Any]:
    return {"role": role, "at": "branch"}


class World:
    """People by short names; `sit` gives roles, `route` and `ask` begin requests, `sign` decides."""

    stage = staticmethod(stage)
    at_branch = staticmethod(at_branch)
    THREE = (
        stage("one", "single", at_branch("chief_accountant")),
        stage("two", "single", at_branch("deputy_manager")),
        stage("three", "single", at_branch("branch_manager")),
    )

    def __init__(self) -> None:
        Company.objects.get_or_create(pk=1, defaults={"name": "示例证券股份有限公司", "short_name": "示例证券"})
        self.branch = Branch.objects.create(code="0755FT", name="深圳福田营业部", document_prefix="深营")
        self.other = Branch.objects.create(code="0755LH", name="深圳罗湖营业部", document_prefix="深营")
        self.department = Department.objects.create(code="compliance", name="合规部")
        self.people: dict[str, Person] = {}
        self.applicant = self.person("applicant", "发起人")

    def person(self, key: str, name: str = "", *, roles: tuple[str, ...] = (), branch: Branch | None = None) -> Person:
        if key not in self.people:
            number = f"6{len(self.people):05d}"
            user = get_user_model().objects.create_user(number, password=PASSWORD)
            self.people[key] = Person.objects.create(staff_no=number, name=name or key, user=user)
        for role in roles:
            self.sit(self.people[key], role, branch=branch)
        return self.people[key]

    def sit(self, person: Person, role: str, *, branch: Branch | None = None, **more: Any) -> RoleHolding:
        more.setdefault("effective_from", date(2020, 1, 1))
        return RoleHolding.objects.create(person=person, role=role, branch=branch, **more)

    def three_signers(self) -> list[Person]:
        roles = (
            ("chief", "chief_accountant", "王主办"),
            ("deputy", "deputy_manager", "李副"),
            ("manager", "branch_manager", "赵经理"),
        )
        return [self.person(key, name, roles=(role,), branch=self.branch) for key, role, name in roles]

    def route(self, *stages: dict[str, Any], **more: Any) -> Route:
        more = {"kind": "trial", "name": "试办流程", "effective_from": date(2020, 1, 1), "state": "active", **more}
        return Route.objects.create(stages=list(stages), **more)

    def ask(self, **more: Any) -> Request:
        given = {"kind": "trial", "branch": self.branch, "title": "试办一件事", "applicant": self.applicant, "facts": {}}
        given = {**given, "content_digest": DIGEST, "by": self.applicant, **more}
        return actions.submit(**given)

    def sign(self, request: Request, who: Person, act: str = "agree", opinion: str | None = None, **more: Any) -> Request:
        opinion = ("" if act == "agree" else "请改正") if opinion is None else opinion
        fresh = Request.objects.get(pk=request.pk)
        given = {"seen_digest": fresh.content_digest, **more}
        return actions.decide(request_id=request.pk, act=act, opinion=opinion, by=who, **given)


@pytest.fixture
def kind_with(subject: Subject) -> Callable[..., None]:
    """Give the trial kind other properties for this test, e.g. `kind_with(transferable=True)`."""

    def change(**more: Any) -> None:
        kinds._kinds["trial"] = replace(kinds._kinds["trial"], **more)

    return change


def refused(code: str, verb: Callable[..., Any], /, *args: Any, **kwargs: Any) -> str:
    """The sentence of the refusal that `verb` must raise with `code`; nothing of what it did stays."""
    with pytest.raises(Refusal) as refusal, transaction.atomic():
        verb(*args, **kwargs)
    assert refusal.value.code == code, refusal.value.sentence
    return refusal.value.sentence


@pytest.fixture
def world(db: None, subject: Subject) -> World:
    return World()


@pytest.fixture
def signed_in() -> Callable[[Person], Client]:
    """A browser of that person."""

    def client(person: Person) -> Client:
        found = Client()
        found.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
        return found

    return client
