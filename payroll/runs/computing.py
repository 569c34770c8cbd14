"""The computation of a run: frozen once, written in chunks, resumable. Doing it twice changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from branch.audit.actions import record
from branch.jobs.actions import Cancelled, Progress
from branch.people.models import Person
from kernel.digests import digest
from kernel.money import ZERO
from kernel.refusals import Refusal
from payroll.reckoning.lines import Line, Reckoning
from payroll.reckoning.pay import check, reckon
from payroll.runs.frozen import person_as_dict, team_as_dict
from payroll.runs.inputs import Frozen, MonthFrozen, freeze
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.states import COMPUTING, MOVES

CHUNK = 500
KEPT = {"id", "run", "person", "confirmed_at", "confirmed_by"}
WRITTEN = [field.name for field in PaySlip._meta.concrete_fields if field.name not in KEPT]


def compute_run(progress: Progress, params: dict[str, Any]) -> dict[str, Any]:
    """The job `payroll.compute`. Slips already written for this version stay; the rest is written, then the digest."""
    run = PayRun.objects.shown().get(pk=params["run"])
    if run.state != COMPUTING:
        return _result(run)
    try:
        frozen = freeze(run.branch, run.month, pay_month=run.pay_month)
        frozen.require_complete()
    except Refusal as refusal:
        _stop(progress, run, refusal.items or [refusal.sentence])
        raise
    total, done = len(frozen.people), 0
    try:
        progress.report(done=0, total=total, step="逐人核算")
        for chunk in chunks(frozen.people):
            _write(progress, run, frozen, chunk)
            done += len(chunk)
            progress.report(done=done, total=total)
    except Cancelled:
        _stop(progress, run, [])
        raise
    progress.report(done=total, total=total, step="汇总与封存")
    return _finish(progress, run, frozen)


def chunks(people: list[Frozen], size: int = CHUNK) -> Iterator[list[Frozen]]:
    for first in range(0, len(people), size):
        yield people[first : first + size]


def slip_of(run: PayRun, frozen: MonthFrozen, person: Frozen) -> PaySlip:
    """Reckon one person and put the slip together; its sums are held together by `pay.check`."""
    facts, team = person.facts, frozen.team_of(person.facts)
    reckoning = reckon(frozen.scheme, frozen.parameters, facts, person.start.carried, team)
    check(reckoning)
    figures = {name: str(amount) for name, amount in reckoning.figures.items()}
    after, lines = reckoning.carried_after.as_dict(), [_line(line) for line in reckoning.lines]
    kept = {
        "person": person_as_dict(facts),
        "team": team_as_dict(team),
        "group": person.group,
        "other_net_income": person.other_net_income,
        "employer": {name: str(amount) for name, amount in reckoning.employer.items()},
        "sources": person.sources | {"scheme": frozen.version.digest, "parameters": [row["id"] for row in frozen.parameter_rows]},
    }
    before = person.start.carried.as_dict()
    slip = PaySlip(
        run=run,
        person_id=person.person_id,
        month=run.month,
        staff_no=facts.staff_no,
        name=facts.name,
        kind=facts.kind,
        team=facts.team,
        grade=facts.grade or "",
        post=facts.post,
        bank_masked=person.bank_masked,
        figures=figures,
        lines=lines,
        facts=kept,
        carried_before=before,
        carried_after=after,
        **main_figures(reckoning),
    )
    slip.digest = _hash([facts.staff_no, figures, kept["employer"], after])
    # The lines follow from what is hashed here; encoding them once more would cost as much as reckoning them.
    slip.checksum = _hash([slip.digest, slip.bank_masked, kept, before])
    return slip


_AS_IT_IS = frozenset({str, int, bool, type(None)})


def _line(line: Line) -> dict[str, Any]:
    """The line as `Line.from_dict` reads it; decimals and days inside its inputs become text, as JSON has them."""
    return {
        "code": line.code,
        "label": line.label,
        "amount": str(line.amount),
        "template": line.template,
        "inputs": {name: value if type(value) in _AS_IT_IS else str(value) for name, value in line.inputs.items()},
        "source": line.source,
    }


def main_figures(reckoning: Reckoning) -> dict[str, Decimal]:
    """The columns that lists sort and sum."""
    column = reckoning.figures
    return {
        "net_commission": column["净佣金"],
        "gross_pay": column["应发"],
        "social": column["养老"] + column["医疗"] + column["失业"] + column["公积金"],
        "iit": column["个税"],
        "net_pay": column["实发"],
        "employer_si": reckoning.employer_total,
    }


def _hash(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def run_digest(run: PayRun, pairs: list[tuple[str, str]]) -> str:
    """What a signature covers: the month, the payment, the scheme, and every slip's digest by staff number."""
    return digest(
        {
            "branch": run.branch.code,
            "month": run.month,
            "pay_month": run.pay_month,
            "scheme": run.scheme_digest,
            "slips": [list(pair) for pair in sorted(pairs)],
        }
    )


def _write(progress: Progress, run: PayRun, frozen: MonthFrozen, chunk: list[Frozen]) -> None:
    """One chunk in its own transaction: rows that say the same stay untouched, all others are written in one statement."""
    slips = [slip_of(run, frozen, person) for person in chunk]
    with transaction.atomic():
        progress.hold()
        people = [slip.person_id for slip in slips]
        kept = dict(PaySlip.objects.filter(run=run, person__in=people).values_list("person_id", "checksum"))
        changed = [slip for slip in slips if kept.get(slip.person_id) != slip.checksum]
        PaySlip.objects.bulk_create(changed, update_conflicts=True, unique_fields=["run", "person"], update_fields=WRITTEN)


@transaction.atomic
def _finish(progress: Progress, run: PayRun, frozen: MonthFrozen) -> dict[str, Any]:
    """Drop whoever is no longer of the month, sum up, seal with the digest, and put the run forward for review."""
    progress.hold()
    run = PayRun.objects.select_for_update(of=("self",)).select_related("branch", "maker").get(pk=run.pk)
    run.slips.exclude(person__in=[person.person_id for person in frozen.people]).delete()
    sums = run.slips.aggregate(
        headcount=Count("pk"), gross=Sum("gross_pay"), net=Sum("net_pay"), iit=Sum("iit"), employer=Sum("employer_si")
    )
    run.headcount = sums["headcount"]
    run.gross_total, run.net_total = sums["gross"] or ZERO, sums["net"] or ZERO
    run.iit_total, run.employer_total = sums["iit"] or ZERO, sums["employer"] or ZERO
    run.scheme, run.scheme_digest = frozen.version, frozen.version.digest
    run.parameters, run.problems = frozen.parameter_rows, []
    run.predecessor_id, run.predecessor_digest = frozen.predecessor_id, frozen.predecessor_digest
    run.digest = run_digest(run, list(run.slips.values_list("staff_no", "digest")))
    run.state = MOVES.after(run.state, "computed")
    run.computed_at = timezone.now()
    run.save()
    _log(run, run.maker, "run.computed", f"{run}计算完成:{run.headcount} 人,应发 {run.gross_total:,.2f} 元", digest=run.digest)
    return _result(run)


@transaction.atomic
def _stop(progress: Progress, run: PayRun, problems: list[str]) -> None:
    """The run goes back to 草稿 with the list of what is missing; slips of an earlier computation would no longer be true."""
    progress.hold()
    run = PayRun.objects.select_for_update(of=("self",)).select_related("branch", "maker").get(pk=run.pk)
    run.slips.all().delete()
    run.state = MOVES.after(run.state, "stop")
    run.problems, run.digest = problems, ""
    run.save()
    if problems:
        _log(run, run.maker, "run.stopped", f"{run}未能计算:{len(problems)} 项待处理", problems=problems[:200])


def _log(run: PayRun, by: Person, act: str, summary: str, **details: Any) -> None:
    record(by=by, act=act, subject=run, summary=summary, branch_code=run.branch.code, **details)


def _result(run: PayRun) -> dict[str, Any]:
    return {"run": run.pk, "headcount": run.headcount, "digest": run.digest}
