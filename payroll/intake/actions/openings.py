"""Writes of the opening balances: one person proposes the file, another confirms it, and then it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from branch.audit.actions import record
from branch.files.actions import keep
from branch.files.responses import XLSX
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Person
from kernel.digests import digest
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.intake import access, parsing, queries, rules, states
from payroll.intake.models import OpeningBalance, OpeningSet
from payroll.reckoning.facts import STANDARD

PROPOSED, WAITING, CONFIRMED, UNCHANGED, REFUSED = "proposed", "waiting", "confirmed", "unchanged", "refused"


@dataclass
class Judged:
    """An opening file read and judged. `fresh`: (kind, row) of those without a confirmed balance yet; `digest` covers them."""

    month: Month
    fresh: list[tuple[str, rules.Row]]
    found: rules.Findings
    people: dict[str, rules.Known]
    notices: list[str]
    count: int
    standing: OpeningSet | None

    @property
    def digest(self) -> str:
        content = sorted((row["staff_no"], kind, dict(row.cells)) for kind, row in self.fresh)
        return digest({"first_month": self.month, "rows": content})


@dataclass
class Outcome:
    """What an import came to: `what` is proposed, waiting (for another person), confirmed, unchanged or refused."""

    opening: OpeningSet
    what: str


@transaction.atomic
def propose_opening(*, content: bytes, name: str, branch: Branch, by: Person, month: Month | None = None) -> Outcome:
    """The first person hands in the file. With mistakes it is kept as 校验未通过; a confirmed balance is never changed by it."""
    access.may_propose_opening(by, branch)
    judged = _judge(content, name, branch, month)
    return _propose(judged, content, name, branch, by)


@transaction.atomic
def import_opening(*, content: bytes, name: str, branch: Branch, by: Person, month: Month | None = None) -> Outcome:
    """As the command does: a first person's file is proposed; the same content given by another person confirms it."""
    judged = _judge(content, name, branch, month)
    pending = _pending(branch)
    if pending is not None and pending.digest == judged.digest and pending.proposed_by_id != by.pk and not judged.found.refused:
        return Outcome(confirm_opening(opening_id=pending.pk, seen_digest=pending.digest, by=by), CONFIRMED)
    access.may_propose_opening(by, branch)
    return _propose(judged, content, name, branch, by)


@transaction.atomic
def confirm_opening(*, opening_id: int, seen_digest: str, by: Person) -> OpeningSet:
    """The second person confirms what was seen; from now on the balances start every chain and never change."""
    opening = _locked(opening_id)
    access.may_decide_opening(by, opening)
    if opening.digest != seen_digest:
        raise Refusal("期初余额在您查看之后有变动,请重新打开核对后再确认", code="stale")
    opening.state = states.OPENING.after(opening.state, "confirm")
    opening.confirmed_by, opening.decided_at = by, timezone.now()
    opening.save()
    record(
        by=by,
        act="intake.opening_confirm",
        subject=opening,
        summary=f"确认期初余额 {opening.people_count} 人,首个核算月份 {opening.first_month.label}",
        branch_code=opening.branch.code,
        digest=opening.digest,
    )
    tell([opening.proposed_by], f"您提交的期初余额已由{by.name}确认", key=f"opening:{opening.pk}:confirmed", link=_link(opening))
    return opening


@transaction.atomic
def reject_opening(*, opening_id: int, reason: str, by: Person) -> OpeningSet:
    """Sent back by a second person, or taken back by the proposer. The file stays, its balances go; a new file may follow."""
    opening = _locked(opening_id)
    access.may_withdraw_opening(by, opening)
    if not reason.strip():
        raise Refusal("请写明退回的原因")
    opening.state = states.OPENING.after(opening.state, "reject")
    opening.reason, opening.decided_at = reason.strip()[:200], timezone.now()
    opening.save()
    opening.balances.all().delete()
    record(
        by=by,
        act="intake.opening_reject",
        subject=opening,
        summary=f"退回期初余额:{opening.reason}",
        branch_code=opening.branch.code,
    )
    if by.pk != opening.proposed_by_id:
        told = f"您提交的期初余额被{by.name}退回:{opening.reason}"
        tell([opening.proposed_by], told, key=f"opening:{opening.pk}:rejected", link=_link(opening))
    return opening


def _judge(content: bytes, name: str, branch: Branch, stated: Month | None) -> Judged:
    month = parsing.month_of(name, stated)
    read = parsing.read_opening(content, name)
    people = queries.known_in(branch, month)
    listed = [row["staff_no"] for sheet in read.values() for row in sheet.rows]
    strangers = queries.strangers_among(set(listed) - people.keys(), branch, month)
    had = queries.confirmed_openings({*listed, *people})
    found = rules.check_opening(
        {kind: [row for row in sheet.rows if row["staff_no"] not in had] for kind, sheet in read.items()},
        people,
        strangers,
        queries.opening_terms(month),
        had={*had, *(staff_no for sheet in read.values() for staff_no in sheet.unread)},
    )
    for sheet in read.values():
        found.refused += [sheet.finding(problem) for problem in sheet.problems]
    fresh: list[tuple[str, rules.Row]] = []
    for kind, sheet in read.items():
        for row in sheet.rows:
            if standing := had.get(row["staff_no"]):
                found.refused += _differences(row, standing)
            else:
                fresh.append((kind, row))
    notices = [message for sheet in read.values() for message in sheet.notices]
    first = next((had[staff_no].opening for staff_no in listed if staff_no in had), None)
    return Judged(month, fresh, found, people, notices, sum(sheet.count for sheet in read.values()), first)


def _differences(row: rules.Row, standing: OpeningBalance) -> list[rules.Finding]:
    """A confirmed balance is never changed by an import: what differs is refused, what is the same is let be."""
    labels = {column.key: column.name for column in parsing.OPENING[standing.kind]}
    found = []
    for key, value in row.cells.items():
        if key in labels and key not in ("staff_no", "name") and getattr(standing, key) != value:
            sentence = f"期初已确认为 {getattr(standing, key)},不能再改;确有差错请在当月调整"
            found.append(row.finding(labels[key], sentence, "" if value is None else value))
    return found


def _propose(judged: Judged, content: bytes, name: str, branch: Branch, by: Person) -> Outcome:
    if not judged.found.refused and not judged.fresh:
        if judged.standing is None:
            raise Refusal(f"“{name}”里没有一行期初余额")
        return Outcome(judged.standing, UNCHANGED)
    pending = _pending(branch)
    if not judged.found.refused and pending is not None:
        if pending.digest == judged.digest:
            return Outcome(pending, WAITING)
        raise Refusal(
            f"{pending.proposed_by.name}于 {timezone.localtime(pending.proposed_at):%Y-%m-%d} 提交的另一份期初余额正待确认,"
            "请先确认或退回它,再导入新的文件"
        )
    state = states.REFUSED if judged.found.refused else states.PROPOSED
    opening = _keep(judged, OpeningSet(branch=branch, state=state, proposed_by=by), content, name, by)
    if state == states.REFUSED:
        return Outcome(opening, REFUSED)
    told = f"{by.name}提交了期初余额 {opening.people_count} 人,等您确认"
    confirmers = [person for person in queries.confirmers(branch) if person.pk != by.pk]
    tell(confirmers, told, key=f"opening:{opening.pk}:proposed", link=_link(opening))
    return Outcome(opening, PROPOSED)


def _keep(judged: Judged, opening: OpeningSet, content: bytes, name: str, by: Person) -> OpeningSet:
    opening.first_month, opening.digest = judged.month, judged.digest
    opening.file = keep(content, name=name, content_type=XLSX, by=by)
    opening.people_count = judged.count if opening.state == states.REFUSED else len(judged.fresh)
    opening.refused = [finding.as_dict() for finding in sorted(judged.found.refused, key=lambda item: item.row)]
    opening.exceptions = [finding.as_dict() for finding in judged.found.exceptions]
    aside = [rules.Finding(0, "", "", "", "", message) for message in judged.notices]
    opening.notices = [finding.as_dict() for finding in (*aside, *judged.found.notices)]
    try:
        with transaction.atomic():
            opening.save()
            if opening.state == states.PROPOSED:
                _write_balances(opening, judged)
    except IntegrityError as error:
        raise Refusal("另一位同事正好也在提交期初余额,请刷新页面查看后再试") from error
    record(
        by=by,
        act=f"intake.opening_{'propose' if opening.state == states.PROPOSED else 'refuse'}",
        subject=opening,
        summary=f"提交期初余额 {opening.people_count} 人,错误 {len(opening.refused)} 处",
        branch_code=opening.branch.code,
        file=opening.file.sha256,
        digest=opening.digest,
    )
    return opening


def _write_balances(opening: OpeningSet, judged: Judged) -> None:
    terms = queries.opening_terms(judged.month)
    OpeningBalance.objects.bulk_create(
        OpeningBalance(
            opening=opening,
            person_id=judged.people[row["staff_no"]].person_id,
            kind=kind,
            row=row.number,
            tax_mode=rules.basic_mode(row["started"], row["basic"], terms) or STANDARD,
            **_amounts(row),
        )
        for kind, row in judged.fresh
    )


def _amounts(row: rules.Row) -> dict[str, Any]:
    return {key: value for key, value in row.cells.items() if key not in ("staff_no", "name")}


def _pending(branch: Branch) -> OpeningSet | None:
    sets = OpeningSet.objects.select_for_update(of=("self",)).select_related("proposed_by")
    return sets.filter(branch=branch, state=states.PROPOSED).first()


def _locked(pk: int) -> OpeningSet:
    return OpeningSet.objects.select_for_update(of=("self",)).select_related("branch", "proposed_by").get(pk=pk)


def _link(opening: OpeningSet) -> str:
    return reverse("payroll:opening-detail", args=[opening.pk])
