"""Writes of pay schemes: draft, propose, confirm with the paper's number, retire. A month that has a run is never touched."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.urls import reverse
from django.utils import timezone

from branch.audit.actions import record
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Person
from kernel.months import Month
from kernel.refusals import Refusal
from kernel.seen import Overtaken, require_seen
from payroll.reckoning.reading import parse_scheme
from payroll.reckoning.scheme import Scheme
from payroll.schemes import access, queries, states
from payroll.schemes.basis import require_basis
from payroll.schemes.models import SchemeVersion, content_digest
from payroll.schemes.register import refuse_when_paid
from payroll.schemes.words import differences
from teams.plans.rulebooks.actions import seed_paper
from teams.plans.rulebooks.rules import PAY, paper_number

PAPER_PENDING = "待编文号"


@transaction.atomic
def draft_scheme(*, data: dict[str, Any], branch: Branch, by: Person, copied_from: SchemeVersion | None = None) -> SchemeVersion:
    """A new version from a scheme's JSON, checked by the reckoning's own reader; every mistake is named."""
    access.may_draft(by, branch)
    parse_scheme(data)
    Branch.objects.select_for_update().get(pk=branch.pk)  # version numbers follow each other
    last = SchemeVersion.objects.filter(branch=branch, code=data["code"]).aggregate(last=Max("version"))["last"]
    version = SchemeVersion(branch=branch, version=(last or 0) + 1, drafted_by=by, copied_from=copied_from)
    version.fill(data)
    version.save()
    _record(by, "draft", version, f"拟定{version.label}")
    return version


def copy_scheme(*, version_id: int, effective_from: Month, by: Person) -> SchemeVersion:
    """A draft with the figures of an existing version, to be edited, from another month on."""
    former = SchemeVersion.objects.select_related("branch").get(pk=version_id)
    data = {**former.data, "effective_from": str(effective_from), "effective_to": None, "paper": PAPER_PENDING}
    return draft_scheme(data=data, branch=former.branch, by=by, copied_from=former)


@transaction.atomic
def edit_scheme(*, version_id: int, data: dict[str, Any], by: Person, seen: str = "") -> SchemeVersion:
    """Other figures for a draft. The code stays: another code is another scheme.

    `seen` is the stamp of the draft the person had before them; raises Overtaken when a colleague has saved another since.
    """
    version = _locked(version_id)
    access.may_draft(by, version.branch)
    states.SCHEME.after(version.state, "edit")
    wanted = parse_scheme(data)
    if data["code"] != version.code:
        raise Refusal(f"方案代码不能改动({version.code}),另起方案请上传新的方案文件")
    _require_seen(seen, version, wanted)
    before = version.digest
    version.fill(data)
    version.drafted_by = by
    version.save()
    _record(by, "edit", version, f"修改{version.label}", before=before, after=version.digest)
    return version


@transaction.atomic
def propose_scheme(*, version_id: int, by: Person, seen: str = "") -> SchemeVersion:
    """Send the draft up to a second person. Its content is fixed until it is confirmed or returned. Raises Overtaken
    where what was read (`seen`) is not what would be sent."""
    version = _locked(version_id)
    access.may_draft(by, version.branch)
    version.state = states.SCHEME.after(version.state, "propose")
    require_seen(seen, version.data, what=version.label)
    parse_scheme(version.data)
    version.proposed_by, version.proposed_at, version.reason = by, timezone.now(), ""
    version.save()
    _record(by, "propose", version, f"提交{version.label}", digest=version.digest)
    others = [person for person in queries.confirmers(version.branch) if person.pk not in (by.pk, version.drafted_by_id)]
    key = f"scheme:{version.pk}:proposed:{version.proposed_at:%Y%m%d%H%M%S}"
    tell(others, f"{by.name}提交了{version.label},等您确认", key=key, link=_link(version))
    return version


@transaction.atomic
def confirm_scheme(*, version_id: int, seen_digest: str, paper_no: str, by: Person) -> SchemeVersion:
    """The second person puts it in force under the paper's number. The former version ends at the month before."""
    version = _locked(version_id)
    access.may_decide(by, version)
    state = states.SCHEME.after(version.state, "confirm")
    if version.digest != seen_digest:
        raise Refusal("方案在您查看之后有变动,请重新打开核对后再确认", code="stale")
    paper = paper_number(paper_no)
    document = require_basis(version, paper)
    refuse_when_paid(version.branch, version.effective_from, version.effective_to)
    _make_room(version, by)
    version.data = {**version.data, "paper": paper}
    version.paper_no, version.document = paper, document
    version.digest, version.state = content_digest(version.data), state
    version.confirmed_by, version.confirmed_at = by, timezone.now()
    version.save()
    _record(by, "confirm", version, f"确认{version.label}自 {version.effective_from} 起生效", digest=version.digest)
    if version.proposed_by is not None:
        told = f"{version.label}已由{by.name}确认,自{version.effective_from.label}起生效"
        tell([version.proposed_by], told, key=f"scheme:{version.pk}:confirmed", link=_link(version))
    return version


@transaction.atomic
def return_scheme(*, version_id: int, reason: str, by: Person) -> SchemeVersion:
    """Sent back to a draft, by a second person or by the proposer."""
    version = _locked(version_id)
    access.may_return(by, version)
    if not reason.strip():
        raise Refusal("请写明退回的原因")
    version.state, version.reason = states.SCHEME.after(version.state, "return"), reason.strip()[:200]
    version.save()
    _record(by, "return", version, f"退回{version.label}:{version.reason}")
    if version.proposed_by is not None and version.proposed_by_id != by.pk:
        key = f"scheme:{version.pk}:returned:{timezone.now():%Y%m%d%H%M%S}"
        tell([version.proposed_by], f"{version.label}被{by.name}退回:{version.reason}", key=key, link=_link(version))
    return version


@transaction.atomic
def drop_scheme(*, version_id: int, by: Person) -> SchemeVersion:
    """A draft that is not wanted; it stays readable."""
    version = _locked(version_id)
    access.may_draft(by, version.branch)
    version.state = states.SCHEME.after(version.state, "drop")
    version.save()
    _record(by, "drop", version, f"作废{version.label}")
    return version


@transaction.atomic
def retire_scheme(*, version_id: int, reason: str, by: Person) -> SchemeVersion:
    """Out of use altogether, while no run rests on any of its months."""
    version = _locked(version_id)
    access.may_retire(by, version)
    if not reason.strip():
        raise Refusal("请写明停用的原因")
    state = states.SCHEME.after(version.state, "retire")
    refuse_when_paid(version.branch, version.effective_from, version.effective_to)
    version.state, version.reason = state, reason.strip()[:200]
    version.save()
    _record(by, "retire", version, f"停用{version.label}:{version.reason}")
    return version


def seed_demo_scheme(*, data: dict[str, Any], branch: Branch, by: Person, confirmed_by: Person) -> SchemeVersion:
    """The demo branch's scheme in force under the number its data carries, the paper being on file; by two persons, done once."""
    there = SchemeVersion.objects.filter(branch=branch, digest=content_digest(data), state=states.IN_FORCE).first()
    if there is not None:
        return there
    with transaction.atomic():
        begins = Month.parse(data["effective_from"]).first
        seed_paper(branch=branch, kind=PAY, paper_no=data["paper"], effective_from=begins, by=by, checked_by=confirmed_by)
        drafted = draft_scheme(data=data, branch=branch, by=by)
        proposed = propose_scheme(version_id=drafted.pk, by=by)
        return confirm_scheme(version_id=drafted.pk, seen_digest=proposed.digest, paper_no=data["paper"], by=confirmed_by)


def _make_room(version: SchemeVersion, by: Person) -> None:
    """Ends the version that stands in the first month, at the month before; refuses to reach into a later one."""
    first, last = version.effective_from, version.effective_to
    standing = SchemeVersion.objects.select_for_update().filter(branch=version.branch, state=states.IN_FORCE)
    reach = Q(effective_from__gt=first) if last is None else Q(effective_from__gt=first, effective_from__lte=last)
    later = standing.filter(reach).order_by("effective_from").first()
    if later is not None:
        raise Refusal(f"{later.effective_from.label}起已有{later.label}生效,请先写明本方案的终止月份或改变生效月份")
    overlapping = Q(effective_from__lte=first) & (Q(effective_to=None) | Q(effective_to__gte=first))
    for former in standing.filter(overlapping):
        if former.effective_from == first:
            former.state, former.reason = states.SCHEME.after(former.state, "retire"), f"由{version.label}替代"
        else:
            former.effective_to = first.previous
        former.save()
        _record(by, "end", former, f"{former.label}由{version.label}接替", effective_to=former.effective_to)


def _require_seen(seen: str, version: SchemeVersion, wanted: Scheme) -> None:
    """What the person began from must still be the draft; else both wordings are said, item by item."""
    try:
        require_seen(seen, version.data, what=version.label)
    except Overtaken as overtaken:
        found = differences(version.scheme(), wanted)
        overtaken.items = [
            f"{one.section}·{one.label}:草稿现在是“{one.old or '(空)'}”,您提交的是“{one.new or '(空)'}”" for one in found
        ]
        raise


def _record(by: Person, verb: str, version: SchemeVersion, summary: str, **details: Any) -> None:
    record(by=by, act=f"schemes.{verb}", subject=version, summary=summary, branch_code=version.branch.code, **details)


def _locked(pk: int) -> SchemeVersion:
    rows = SchemeVersion.objects.select_for_update(of=("self",)).select_related("branch", "drafted_by", "proposed_by")
    return rows.get(pk=pk)


def _link(version: SchemeVersion) -> str:
    return reverse("payroll:scheme-detail", args=[version.pk])
