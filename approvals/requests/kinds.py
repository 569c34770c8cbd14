"""The register of kinds 类别: what may be asked for. A subject's app signs in at `AppConfig.ready()`.

The subject's row points to its `Request`; a request never points to its subject, so all that the engine needs comes through here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from approvals.requests.models import Request
from approvals.routes import register as routes
from branch.people.models import Person
from kernel.refusals import Forbidden, Refusal

PHRASES = ("已核对,无误", "请补充说明材料", "数据有误,请核实后重报")


@dataclass(frozen=True)
class Document:
    """What approvers see: facts as (label, value), the subject's own page, and a template with its context."""

    facts: list[tuple[str, Any]] = field(default_factory=list)
    url: str = ""
    template: str | None = None
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Paper:
    """The 请示 itself as it is printed on A4: a template of the subject's app and its context."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """What changed between two rounds: a fact, or a paragraph of a long text."""

    label: str
    before: str
    after: str


def _nothing(request: Request, by: Person) -> None:
    """Nothing to do in the subject."""


def _anybody(person: Person, request: Request) -> None:
    """No bar beyond the route's own."""


def _applicant_only(person: Person, request: Request) -> None:
    raise Forbidden(f"申请 {request.number} 只由发起人{request.applicant.name}本人办理", code="not_applicant")


def _everybody(person: Person, request: Request) -> bool:
    return True


def _participants_only(person: Person, request: Request) -> bool:
    return False


@dataclass(frozen=True)
class Kind:
    """A kind of request and what its subject does at each turn.

    The callbacks run inside the transaction that moves the request; raising a Refusal there undoes it all, so the last
    signature can be refused by the subject. `digest` gives the hash of the subject as it is now: where it differs from what was
    submitted nobody can sign. `reentry` asks for the password again at each signature. `fact_labels` names the facts in
    Chinese for the comparison of rounds; `diff` compares two rounds' facts more richly, e.g. a text by paragraphs.

    `may_act_for` says who may 撤回 or 接办 when the applicant can't: whoever could have sent the subject up from the same place.
    `on_taken_over` lets the subject know whose it is now.

    `may_see` lets more people than the participants read the request; `may_open` says which of its readers may go on to the
    subject's own page.

    Of a `confidential` kind only the applicant, who has signed and whom `may_see` admits read a request: neither a copy nor a
    lent signature opens it to anybody else, nor names it in a list or a notice. Such a kind says in `seen_rows` the same as in
    `may_see`, as a filter of requests.

    Unless a kind says otherwise it is strict: `transferable` allows 转交, 加签 and 减签, `batch` 批量同意, `one_up` lets the seat
    of an applicant who is an approver too go to the superior. `paper` prints the 请示 itself.
    """

    code: str
    label: str
    describe: Callable[[Request], Document]
    on_approved: Callable[[Request, Person], None]
    on_returned: Callable[[Request, Person], None] = _nothing
    on_rejected: Callable[[Request, Person], None] = _nothing
    on_withdrawn: Callable[[Request, Person], None] = _nothing
    on_taken_over: Callable[[Request, Person], None] = _nothing
    may_act_for: Callable[[Person, Request], None] = _applicant_only
    may_sign: Callable[[Person, Request], None] = _anybody
    may_see: Callable[[Person, Request], bool] = _participants_only
    seen_rows: Callable[[Person], Q] | None = None
    may_open: Callable[[Person, Request], bool] = _everybody
    digest: Callable[[Request], str] | None = None
    confidential: bool = False
    reentry: bool = False
    amendable: bool = False
    transferable: bool = False
    batch: bool = False
    one_up: bool = False
    paper: Callable[[Request], Paper] | None = None
    diff: Callable[[Mapping[str, Any], Mapping[str, Any]], list[Difference]] | None = None
    phrases: tuple[str, ...] = PHRASES
    fact_labels: Mapping[str, str] = field(default_factory=dict)


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Sign in a kind. Two apps can't share a code."""
    present = _kinds.get(kind.code)
    if present is not None and present != kind:
        raise RuntimeError(f"approval kind {kind.code} is registered twice")
    if kind.confidential and kind.seen_rows is None:
        raise RuntimeError(f"approval kind {kind.code} is confidential: say in seen_rows whose lists may name its requests")
    _kinds[kind.code] = kind
    routes.sign_in(kind.code, kind.label, kind.fact_labels)


def kind_of(code: str) -> Kind:
    """The kind with that code; one that no app has signed in is refused."""
    try:
        return _kinds[code]
    except KeyError:
        raise Refusal(f"没有登记审批类别“{code}”,请联系系统管理员", code="unknown_kind") from None


def all_kinds() -> list[Kind]:
    return sorted(_kinds.values(), key=lambda kind: kind.label)


def secret_kinds() -> list[Kind]:
    """The confidential ones."""
    return [kind for kind in _kinds.values() if kind.confidential]
