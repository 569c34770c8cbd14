"""The computation of a run: frozen once, written in chunks, resumable. Doing it twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from branch.audit.actions import record
from branch.jobs.actions import Cancelled, Progress
from branch.people.models import Person
from clients.bulk import insert_rows
from kernel.digests import digest
from kernel.memory import building
from kernel.money import total
from kernel.refusals import Refusal
from payroll.runs.inputs import Frozen, MonthFrozen, freeze
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.slip_rows import SlipRow, slip_of
from payroll.runs.states import COMPUTING, MOVES

CHUNK = 500
TOTALS = ("headcount", "gross_total", "net_total", "iit_total", "employer_total")
RESTS_ON = ("scheme", "scheme_digest", "parameters", "predecessor", "predecessor_digest")
Kept = Mapping[int, tuple[int, str]]  # person → key and checksum of the slip that is there


@building()
def compute_run(progress: Progress, params: dict[str, Any]) -> dict[str, Any]:
    """The job `payroll.compute`. Slips already written for this version stay; the rest is written, then the digest."""
    run = PayRun.objects.select_related("branch").get(pk=params["run"])
    if run.state != COMPUTING:
        return _result(run)
    try:
        frozen = freeze(run.branch, run.month, pay_month=run.pay_month)
        frozen.require_complete()
    except Refusal as refusal:
        _stop(progress, run, refusal.items or [refusal.sentence])
        raise
    done = 0
    try:
        progress.report(done=done, total=len(frozen.people), step="逐人核算")
        kept = _kept(run)
        for chunk in chunks(frozen.people):
            done += len(chunk)
            _write(progress, run, frozen, chunk, kept=kept, done=done)
    except Cancelled:
        _stop(progress, run, [])
        raise
    return _finish(progress, run, frozen, kept)


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


def _kept(run: PayRun) -> Kept:
    """The slips that are there already. Nobody else writes any while the lease is ours, which each chunk makes sure of."""
    rows = PaySlip.objects.filter(run=run).order_by()
    return {person: (key, checksum) for person, key, checksum in rows.values_list("person_id", "pk", "checksum")}


def _write(progress: Progress, run: PayRun, frozen: MonthFrozen, chunk: list[Frozen], *, kept: Kept, done: int) -> None:
    """One chunk in its own transaction: rows that say the same stay untouched, all others are replaced.

    Telling how many are `done` with it comes first: it takes the job's row, so that no other worker writes, and is seen
    once the chunk is. A replaced slip keeps its key, and with it its address.
    """
    with transaction.atomic():
        progress.report(done=done, step="汇总与封存" if done == len(frozen.people) else None)
        changed: dict[int, SlipRow] = {}
        insert_rows(PaySlip, SlipRow._fields, _fresh(run, frozen, chunk, kept, changed))
        if changed:
            PaySlip.objects.filter(pk__in=changed).delete()
            insert_rows(PaySlip, ("id", *SlipRow._fields), [(key, *slip) for key, slip in changed.items()])


def _fresh(run: PayRun, frozen: MonthFrozen, chunk: list[Frozen], kept: Kept, changed: dict[int, SlipRow]) -> Iterator[SlipRow]:
    """Reckon while the database already takes the slips in; those that are there and say something else go into `changed`."""
    for person in chunk:
        slip = slip_of(run, frozen, person)
        key, checksum = kept.get(slip.person_id, (None, ""))
        if key is None:
            yield slip
        elif checksum != slip.checksum:
            changed[key] = slip


@transaction.atomic
def _finish(progress: Progress, run: PayRun, frozen: MonthFrozen, kept: Kept) -> dict[str, Any]:
    """Drop whoever is no longer of the month, sum up, seal with the digest, and put the run forward for review."""
    progress.hold()
    run = PayRun.objects.select_for_update(of=("self",)).select_related("branch", "maker").get(pk=run.pk)
    if gone := kept.keys() - {person.person_id for person in frozen.people}:
        run.slips.filter(person__in=gone).delete()
    slips = list(run.slips.order_by().values_list("staff_no", "digest", "gross_pay", "net_pay", "iit", "employer_si"))
    staff_nos, digests, *sums = zip(*slips, strict=True)
    run.headcount = len(slips)
    run.gross_total, run.net_total, run.iit_total, run.employer_total = map(total, sums)
    run.scheme, run.scheme_digest = frozen.version, frozen.version.digest
    run.parameters, run.problems = frozen.parameter_rows, []
    run.predecessor_id, run.predecessor_digest = frozen.predecessor_id, frozen.predecessor_digest
    run.digest = run_digest(run, list(zip(staff_nos, digests, strict=True)))
    run.state = MOVES.after(run.state, "computed")
    run.computed_at = timezone.now()
    run.save(update_fields=[*TOTALS, *RESTS_ON, "problems", "digest", "state", "computed_at"])
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
