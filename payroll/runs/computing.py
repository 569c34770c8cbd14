"""The computation of a run: frozen once, written in chunks, resumable. Doing it twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from branch.audit.actions import record
from branch.jobs.actions import Cancelled, Progress
from branch.people.models import Person
from clients.bulk import insert_rows
from kernel.digests import digest
from kernel.money import ZERO
from kernel.refusals import Refusal
from payroll.runs.inputs import Frozen, MonthFrozen, freeze
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.slip_rows import SlipRow, slip_of
from payroll.runs.states import COMPUTING, MOVES

CHUNK = 500


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
    """One chunk in its own transaction: rows that say the same stay untouched, all others are replaced.

    A replaced slip keeps its key, and with it its address.
    """
    with transaction.atomic():
        progress.hold()
        rows = PaySlip.objects.filter(run=run, person__in=[person.person_id for person in chunk])
        kept = {person: (key, checksum) for person, key, checksum in rows.values_list("person_id", "pk", "checksum")}
        changed: dict[int, SlipRow] = {}
        insert_rows(PaySlip, SlipRow._fields, _fresh(run, frozen, chunk, kept, changed))
        if changed:
            PaySlip.objects.filter(pk__in=changed).delete()
            insert_rows(PaySlip, ("id", *SlipRow._fields), [(key, *slip) for key, slip in changed.items()])


def _fresh(
    run: PayRun, frozen: MonthFrozen, chunk: list[Frozen], kept: dict[int, tuple[int, str]], changed: dict[int, SlipRow]
) -> Iterator[SlipRow]:
    """Reckon while the database already takes the slips in; those that are there and say something else go into `changed`."""
    for person in chunk:
        slip = slip_of(run, frozen, person)
        key, checksum = kept.get(slip.person_id, (None, ""))
        if key is None:
            yield slip
        elif checksum != slip.checksum:
            changed[key] = slip


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
