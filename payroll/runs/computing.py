"""The computation of a run: frozen once, written in chunks, resumable. Doing it twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from branch.audit.actions import record
from branch.jobs.actions import Cancelled, Progress
from branch.people.models import Person
from branch.prepared import Prepared, prepared_objects, update
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
def compute_run(progress: Progress, params: dict[str, Any], *, whole_job: bool = True) -> dict[str, Any]:
    """The job `payroll.compute`. Slips already written for this version stay; the rest is written, then the digest.

    The job ends with the run (ADR 0015), unless the reckoning is only a part of it (`whole_job`).
    """
    ending = progress.end if whole_job else _go_on
    (run,) = _runs(run=params["run"])
    if run.state != COMPUTING:
        return _result(run)
    try:
        frozen = freeze(run.branch, run.month, pay_month=run.pay_month)
        frozen.require_complete()
    except Refusal as refusal:
        _stop(progress, run, refusal, ending)
        raise
    done, whole = 0, len(frozen.people)
    try:
        if whole > CHUNK:  # before that there is nothing to wait for
            progress.report(done=done, total=whole, step="逐人核算")
        kept = {person: (key, checksum) for person, key, checksum in _kept(run=run.pk)}
        for chunk in chunks(frozen.people):
            done += len(chunk)
            with transaction.atomic():
                progress.report(done=done, total=whole, step="汇总与封存" if done == whole else None)
                _write(run, frozen, chunk, kept)
                if done == whole:
                    _finish(run, frozen, kept)
                    ending(_result(run))
    except Cancelled as asked:
        _stop(progress, run, asked, ending)
        raise
    return _result(run)


def _go_on(came: object) -> None:
    """What the reckoning is a part of ends its job itself."""


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


@prepared_objects(PayRun, "branch", "maker")
def _runs(run: Any) -> QuerySet[PayRun, Any]:
    return PayRun.objects.filter(pk=run).order_by()


@Prepared
def _kept(run: Any) -> QuerySet[PaySlip, Any]:
    """The slips that are there already. Nobody else writes any while the lease is ours, which each chunk makes sure of."""
    return PaySlip.objects.filter(run=run).order_by().values_list("person_id", "pk", "checksum")


def _write(run: PayRun, frozen: MonthFrozen, chunk: list[Frozen], kept: Kept) -> None:
    """One chunk: rows that say the same stay untouched, all others are replaced. A replaced slip keeps its key, and with it
    its address.

    How many are done with it is told before, in the same transaction: that takes the job's row, so that no other worker
    writes, and is seen once the chunk is.
    """
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


def _finish(run: PayRun, frozen: MonthFrozen, kept: Kept) -> None:
    """Drop whoever is no longer of the month, sum up, seal with the digest, and put the run forward for review.

    In the last chunk's transaction, which holds the job's row. The run's own is taken here; while the lease is ours nobody but
    the computation changes it, and it would have another state if somebody had.
    """
    ((run.state,),) = _locked(run=run.pk)
    if gone := kept.keys() - {person.person_id for person in frozen.people}:
        run.slips.filter(person__in=gone).delete()
    slips = _sums(run=run.pk)
    staff_nos, digests, *sums = zip(*slips, strict=True)
    run.headcount = len(slips)
    run.gross_total, run.net_total, run.iit_total, run.employer_total = map(total, sums)
    run.scheme, run.scheme_digest = frozen.version, frozen.version.digest
    run.parameters, run.problems = frozen.parameter_rows, []
    run.predecessor_id, run.predecessor_digest = frozen.predecessor_id, frozen.predecessor_digest
    run.digest = run_digest(run, list(zip(staff_nos, digests, strict=True)))
    run.state = MOVES.after(run.state, "computed")
    run.computed_at = timezone.now()
    update(run, *TOTALS, *RESTS_ON, "problems", "digest", "state", "computed_at")
    _log(run, run.maker, "run.computed", f"{run}计算完成:{run.headcount} 人", digest=run.digest)


@Prepared
def _locked(run: Any) -> QuerySet[PayRun, Any]:
    return PayRun.objects.select_for_update().filter(pk=run).order_by().values_list("state")


@Prepared
def _sums(run: Any) -> QuerySet[PaySlip, Any]:
    rows = PaySlip.objects.filter(run=run).order_by()
    return rows.values_list("staff_no", "digest", "gross_pay", "net_pay", "iit", "employer_si")


@transaction.atomic
def _stop(progress: Progress, run: PayRun, why: Refusal | Cancelled, ending: Callable[[Exception], None]) -> None:
    """The run goes back to 草稿 with the list of what is missing; slips of an earlier computation would no longer be true."""
    progress.hold()
    problems = (why.items or [why.sentence]) if isinstance(why, Refusal) else []
    run = PayRun.objects.select_for_update(of=("self",)).select_related("branch", "maker").get(pk=run.pk)
    run.slips.all().delete()
    run.state = MOVES.after(run.state, "stop")
    run.problems, run.digest = problems, ""
    run.save()
    if problems:
        _log(run, run.maker, "run.stopped", f"{run}未能计算:{len(problems)} 项待处理", problems=problems[:200])
    ending(why)


def _log(run: PayRun, by: Person, act: str, summary: str, **details: Any) -> None:
    record(by=by, act=act, subject=run, summary=summary, branch_code=run.branch.code, **details)


def _result(run: PayRun) -> dict[str, Any]:
    return {"run": run.pk, "headcount": run.headcount, "digest": run.digest}
