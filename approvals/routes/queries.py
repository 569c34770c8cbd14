"""Every read of a route: the version in force on a day, and how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from approvals.routes import states
from approvals.routes.models import Route
from approvals.routes.register import fact_labels, label_of
from approvals.routes.rules import MODE_WORDS, OPERATOR_WORDS, Condition, Signer, StageRule
from branch.org.models import Branch
from branch.people.queries import current
from branch.people.roles import ROLES
from kernel.refusals import Refusal


@dataclass(frozen=True)
class Step:
    """A stage as the drawing shows it."""

    label: str
    mode: str
    signers: str
    state: str
    word: str
    condition: str = ""


def route_in_force(kind: str, branch: Branch | None, day: date) -> Route:
    """The active version of the kind's route on `day`: the branch's own before the company's, the newest of several."""
    rows = Route.objects.filter(current(day), Q(branch=None) | Q(branch=branch), kind=kind, state=states.ACTIVE)
    found = sorted(rows, key=lambda route: (route.branch_id is None, -route.version))
    if not found:
        raise Refusal(f"“{label_of(kind)}”还没有生效的审批流程,请联系渠道管理部", code="no_route")
    return found[0]


def route_steps(route: Route) -> list[Step]:
    """The stages of a route as drawn on its own page."""
    labels = fact_labels(route.kind)
    return [drawn(rule, "", "", labels) for rule in route.rules]


def drawn(rule: StageRule, state: str, word: str, labels: Mapping[str, str]) -> Step:
    """One stage as a drawing shows it; `state` and `word` are empty on a route that nobody walks."""
    return Step(
        label=rule.label,
        mode=MODE_WORDS[rule.mode],
        signers="、".join(_signer_words(signer) for signer in rule.signers),
        state=state,
        word=word,
        condition=" 且 ".join(_condition_words(condition, labels) for condition in rule.skip_when),
    )


def _signer_words(signer: Signer) -> str:
    if signer.leader:
        return "申请人的上级"
    if signer.role:
        return f"本营业部{ROLES[signer.role].label}" if signer.at == "branch" else ROLES[signer.role].label
    return f"部门 {signer.department}" if signer.department else f"工号 {signer.person}"


def _condition_words(condition: Condition, labels: Mapping[str, str]) -> str:
    value = "、".join(map(str, condition.value)) if isinstance(condition.value, list) else condition.value
    return f"{labels.get(condition.field, condition.field)} {OPERATOR_WORDS[condition.op]} {value}"
