"""批量同意: many small requests agreed to at one press, each in a transaction of its own, with a result a row.

It runs as a job, so that a page may be left, and a worker that is killed is followed by another: what is signed stays signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from approvals.desk import actions
from approvals.requests.kinds import all_kinds
from approvals.requests.models import Decision, Request, RequestQuerySet
from approvals.requests.queries import request_for
from approvals.requests.states import Act
from branch.jobs.actions import Cancelled, Progress, enqueue
from branch.jobs.models import Job
from branch.people.models import Person
from kernel.digests import digest
from kernel.refusals import Refusal, Unknown

JOB = "approve_batch"
MOST = 500


def batch_kinds() -> list[str]:
    """The kinds that allow it."""
    return [kind.code for kind in all_kinds() if kind.batch and not kind.reentry]


def agreeable(rows: RequestQuerySet) -> list[Request]:
    """Those of the rows that may be agreed to in one go. Refused: none, or more than MOST."""
    found = list(rows.filter(kind__in=batch_kinds()).select_related("applicant", "branch")[: MOST + 1])
    if not found:
        raise Refusal("所选的申请都不能批量同意,请逐份打开审批", code="no_batch")
    if len(found) > MOST:
        raise Refusal(f"一次最多批量同意 {MOST} 份,请用查询条件分几次办理", code="too_many")
    return found


def agree_all(*, items: Sequence[tuple[str, str]], opinion: str, by: Person) -> Job:
    """Queue the agreement to these requests; each item is a 单号 and the digest of what was seen in the list."""
    if not items:
        raise Refusal("没有选择任何申请", code="no_batch")
    if len(items) > MOST:
        raise Refusal(f"一次最多批量同意 {MOST} 份,请分几次办理", code="too_many")
    return enqueue(
        JOB,
        title=f"批量同意 {len(items)} 份申请",
        key=f"{by.pk}:{digest([list(item) for item in items])}",
        by=by,
        params={"items": [list(item) for item in items], "opinion": opinion[:1000]},
    )


def job_of(person: Person, job_id: int) -> Job:
    """One's own batch. Raises Unknown."""
    job = Job.objects.filter(pk=job_id, kind=JOB, owner=person).first()
    if job is None:
        raise Unknown("没有这次批量审批", code="unknown")
    return job


def work(progress: Progress, params: dict[str, Any]) -> dict[str, Any]:
    """Sign one after the other. What an earlier attempt signed is found signed and counts as done."""
    person = progress.job.owner
    assert person is not None
    items = params["items"]
    progress.report(done=0, total=len(items), step="逐份签署")
    rows = []
    for done, (number, seen_digest) in enumerate(items, 1):
        rows.append(_one(person, number, seen_digest, params["opinion"], progress.job))
        try:
            progress.report(done=done)
        except Cancelled:
            if done < len(items):
                raise
    return {"rows": rows, "agreed": sum(row["agreed"] for row in rows)}


def stopped(job: Job) -> tuple[dict[str, Any], str]:
    """What stands of a batch that was cancelled or broke off: what it had signed stays signed, whichever attempt it was."""
    numbers = [number for number, _ in job.params["items"]]
    mine = Decision.objects.filter(signer=job.owner, act=Act.AGREE, at__gte=job.created_at, request__number__in=numbers)
    titles = dict(mine.values_list("request__number", "request__title"))
    rows = [
        {
            "number": number,
            "title": titles.get(number, ""),
            "agreed": number in titles,
            "words": "已同意" if number in titles else "批量同意中止,这份没有签署",
        }
        for number in numbers
    ]
    agreed = len(titles)
    said = f"{len(rows)} 份中已同意 {agreed} 份,其余 {len(rows) - agreed} 份没有签署"
    return {"rows": rows, "agreed": agreed}, said


def _one(person: Person, number: str, seen_digest: str, opinion: str, job: Job) -> dict[str, Any]:
    title = ""  # what the person may not read is not named to them, whatever numbers they send
    try:
        request = request_for(person, number)
        title = request.title
        if request.kind not in batch_kinds():
            raise Unknown("这份申请不能批量同意,请打开后审批", code="no_batch")
        if not _signed_before(person, request, job):
            actions.sign(request_id=request.pk, act=Act.AGREE, opinion=opinion, seen_digest=seen_digest, by=person)
    except Refusal as refusal:
        return {"number": number, "title": title, "agreed": False, "words": refusal.sentence}
    return {"number": number, "title": title, "agreed": True, "words": "已同意"}


def _signed_before(person: Person, request: Request, job: Job) -> bool:
    """Whether this very job signed it already, before its worker died."""
    mine = Decision.objects.filter(signer=person, request=request, round=request.round, act=Act.AGREE)
    return job.attempts > 1 and mine.filter(at__gte=job.created_at).exists()
