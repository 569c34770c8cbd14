"""Every write to a correction: open, say what was wrong, reckon again, send up, give up; and what its approval sets going."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from approvals.requests import actions as approvals
from approvals.requests.models import Request
from approvals.requests.states import State
from branch.audit.actions import record
from branch.files.models import StoredFile
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Person
from branch.people.queries import holders
from branch.serials.actions import draw
from kernel.digests import digest
from kernel.money import grouped, total
from kernel.months import Month
from kernel.refusals import Refusal, Unknown
from kernel.seen import require_seen
from payroll.corrections import access
from payroll.corrections.models import CorrectedSlip, Correction, CorrectionLine, PayAdjustment
from payroll.corrections.proposing import since
from payroll.corrections.recomputing import (
    baseline_of,
    branches_gone_to,
    corrected_row,
    moved_on,
    recompute,
    require_next_open,
    runs_from,
)
from payroll.corrections.rules import FIELDS, MANUAL, label_of, read_value
from payroll.corrections.states import CORRECTION, DRAFT
from payroll.corrections.telling import tell_elsewhere
from payroll.corrections.wrongs import changes_of, line_values, renew_lines
from payroll.reckoning.adjustments import AMOUNTS
from payroll.runs.actions import lock_branch
from payroll.runs.models import PayRun, PaySlip

KIND = "pay_correction"


@transaction.atomic
def open_correction(*, branch: Branch, month: Month, reason: str, by: Person) -> Correction:
    """A new correction of a paid month; while one is unfinished there is no second."""
    access.may_correct(by, branch)
    if not reason.strip():
        raise Refusal("请写明更正的原因")
    runs_from(branch, month)
    if Correction.objects.unfinished().filter(branch=branch, month=month).exists():
        raise _taken(branch, month)
    year = timezone.localdate().year
    number = draw("pay_correction", scope=branch.code, period=str(year))[0]
    try:
        with transaction.atomic():
            correction = Correction.objects.create(
                number=f"GZ-{branch.code}-{year}-{number:04d}", branch=branch, month=month, reason=reason.strip()[:200], maker=by
            )
    except IntegrityError as error:
        raise _taken(branch, month) from error
    _log(correction, by, "correction.open", f"开立{correction}:{correction.reason}")
    return correction


@transaction.atomic
def propose_correction(*, run_id: int, by: Person) -> Correction:
    """A correction of a paid month with a line for everything that the roster has differently by now."""
    run = PayRun.objects.select_related("branch", "scheme").filter(pk=run_id).first()
    if run is None:
        raise Unknown("没有这份薪酬月报")
    access.may_correct(by, run.branch)
    proposals = since(run).proposals
    if not proposals:
        raise Refusal("名册与这份月报没有可以更正的不同")
    reason = f"{run.month.label}核算以后名册有变更"
    correction = open_correction(branch=run.branch, month=run.month, reason=reason, by=by)
    for one in proposals:
        add_line(
            number=correction.number,
            person_id=one.person_id,
            month=run.month,
            field=one.field,
            new=one.new,
            reason="名册变更",
            by=by,
        )
    return correction


def _taken(branch: Branch, month: Month) -> Refusal:
    return Refusal(f"{branch.name}{month.label}已有一份没有办完的更正单,请在那一份里补充,或先作废它", code="correction_open")


def locked(number: str) -> Correction:
    """The correction with its row locked. Raises Unknown."""
    rows = Correction.objects.select_for_update(of=("self",)).select_related("branch", "maker", "approval")
    correction = rows.filter(number=number).first()
    if correction is None:
        raise Unknown("没有这份更正单")
    return correction


def _editable(number: str, by: Person) -> Correction:
    """Locked, and put back to 草稿: what was reckoned no longer holds."""
    correction = locked(number)
    access.may_correct(by, correction.branch)
    correction.state = CORRECTION.after(correction.state, "edit")
    correction.slips.all().delete()
    correction.digest, correction.problems, correction.people, correction.gross_total = "", [], 0, 0
    correction.save()
    return correction


@transaction.atomic
def add_line(
    *,
    number: str,
    person_id: int,
    month: Month,
    field: str,
    new: str,
    reason: str,
    by: Person,
    evidence: StoredFile | None = None,
) -> CorrectionLine:
    """One thing that was wrong. The old value is read from the month as it counts today, never typed."""
    correction = _editable(number, by)
    if field != MANUAL and field not in FIELDS:
        raise Refusal("请选择要更正的项目")
    if not reason.strip():
        raise Refusal("请写明这一项为什么要更正")
    if field == MANUAL and evidence is None:
        raise Refusal("手工补发补扣须附依据文件,例如仲裁裁决或审批件")
    old, new = line_values(correction, person_id, month, field, new.strip())
    try:
        with transaction.atomic():
            line = CorrectionLine.objects.create(
                correction=correction,
                person_id=person_id,
                month=month,
                field=field,
                old=old,
                new=new,
                reason=reason.strip()[:200],
                evidence=evidence,
                added_by=by,
            )
    except IntegrityError as error:
        raise Refusal("这个人这个月的这一项已经在更正单里,请先删掉再填") from error
    _log(correction, by, "correction.line", f"{correction.number}:{line.person} {month.label}{label_of(field)}")
    return line


@transaction.atomic
def remove_line(*, number: str, line_id: int, by: Person) -> None:
    """Take a line out of an unsent correction."""
    correction = _editable(number, by)
    line = correction.lines.filter(pk=line_id).first()
    if line is None:
        raise Unknown("更正单里没有这一项")
    _log(correction, by, "correction.unline", f"{correction.number}:删去 {line.person} {line.month.label}{label_of(line.field)}")
    line.delete()


@transaction.atomic
def compute_correction(*, number: str, by: Person) -> Correction:
    """Reckon the months again and keep what comes out differently beside the originals."""
    correction = locked(number)
    access.may_correct(by, correction.branch)
    after = CORRECTION.after(correction.state, "compute")
    if not correction.lines.exists():
        raise Refusal("更正单还没有内容,请先添加要更正的项目")
    renew_lines(correction)
    outcome = recompute(correction.branch, correction.month, changes_of(correction))
    correction.slips.all().delete()
    correction.problems = outcome.problems
    correction.through, correction.baseline = outcome.through, outcome.baseline
    if outcome.problems:
        correction.state, correction.digest, correction.people, correction.gross_total = DRAFT, "", 0, 0
        correction.save()
        return correction
    rows = CorrectedSlip.objects.bulk_create([corrected_row(correction, one) for one in outcome.redone])
    manual = list(correction.lines.filter(field=MANUAL).select_related("person"))
    correction.people = len({row.person_id for row in rows} | {line.person_id for line in manual})
    gross = [one.amounts["gross"] for one in outcome.redone] + [read_value(MANUAL, line.new) for line in manual]
    correction.gross_total = total(gross)
    correction.digest = _digest(correction, rows)
    correction.state, correction.computed_at, correction.maker = after, timezone.now(), by
    correction.save()
    _log(correction, by, "correction.computed", f"{correction}重算完成:{correction.people} 人", digest=correction.digest)
    return correction


def _digest(correction: Correction, rows: list[CorrectedSlip]) -> str:
    """What the three sign: the baseline, every line with its reason and evidence, every corrected month."""
    lines = correction.lines.select_related("person", "evidence")
    return digest(
        {
            "number": correction.number,
            "month": correction.month,
            "through": correction.through,
            "baseline": correction.baseline,
            "lines": [
                [
                    line.person.staff_no,
                    line.month,
                    line.field,
                    line.old,
                    line.new,
                    line.reason,
                    line.evidence.sha256 if line.evidence else "",
                ]
                for line in lines
            ],
            "slips": sorted(row.digest for row in rows),
        }
    )


def require_current(correction: Correction) -> None:
    """The months it was reckoned on are still the ones that count, and the next one is open."""
    through, baseline = baseline_of(correction.branch, correction.month)
    if (through, baseline) != (correction.through, correction.baseline):
        raise Refusal("重算之后又有月份批准、冲销或更正,请退回或撤回这份更正单,重算后再送审", code="stale")
    if moved := moved_on(correction):
        raise Refusal("重算之后又有人在别的营业部送审或批准了薪酬,请退回或撤回这份更正单", code="stale", items=moved)
    require_next_open(correction.branch, through)


def shown_correction(correction: Correction) -> dict[str, str]:
    """What its page shows, for the stamp of who sends it up: the lines and all that follows from them are in the digest."""
    return {"digest": correction.digest}


@transaction.atomic
def send_correction(*, number: str, by: Person, seen: str = "") -> Correction:
    """Ask the three signers; after a return the request goes on in a new round. Raises Overtaken where what was read (`seen`) is
    not what would be sent."""
    request = _returned_request(number)
    lock_branch(_branch_of(number))
    correction = locked(number)
    access.may_correct(by, correction.branch)
    after = CORRECTION.after(correction.state, "send_up")
    require_seen(seen, shown_correction(correction), what=str(correction))
    require_current(correction)
    facts = _facts(correction)
    if request is not None:
        correction.approval = approvals.resubmit(request_id=request.pk, content_digest=correction.digest, facts=facts, by=by)
    else:
        correction.approval = approvals.submit(
            kind=KIND,
            branch=correction.branch,
            title=f"{correction.branch.name}{correction.month.label}薪酬更正",
            applicant=by,
            facts=facts,
            content_digest=correction.digest,
            by=by,
        )
    correction.state, correction.maker = after, by
    correction.save()
    _log(correction, by, "correction.send_up", f"{correction}送审", digest=correction.digest)
    return correction


def _returned_request(number: str) -> Request | None:
    rows = Request.objects.select_for_update(of=("self",)).filter(state=State.RETURNED)
    return rows.filter(pk__in=Correction.objects.filter(number=number).values("approval")).first()


def _branch_of(number: str) -> int:
    found = Correction.objects.filter(number=number).values_list("branch_id", flat=True).first()
    if found is None:
        raise Unknown("没有这份更正单")
    return found


def _facts(correction: Correction) -> dict[str, Any]:
    return {
        "number": correction.number,
        "month": correction.month.label,
        "through": correction.last.label,
        "people": correction.people,
        "gross_total": grouped(correction.gross_total),
        "reason": correction.reason,
    }


@transaction.atomic
def void_correction(*, number: str, reason: str, by: Person) -> Correction:
    """Give up a correction that is not being signed; it stays readable."""
    correction = locked(number)
    access.may_correct(by, correction.branch)
    if not reason.strip():
        raise Refusal("请写明作废的原因")
    correction.state = CORRECTION.after(correction.state, "void")
    correction.save(update_fields=["state"])
    _log(correction, by, "correction.void", f"{correction}作废:{reason.strip()}")
    return correction


def approve_correction(*, number: str, by: Person) -> Correction:
    """The last of the three has signed: the differences fall due in the month after the last signed one.

    Called under the request's lock; takes the branch's, so that no month is sent up meanwhile without them, and those of the
    branches where its people have gone on, always in the same order.
    """
    for branch in sorted({_branch_of(number), *branches_gone_to(number)}):
        lock_branch(branch)
    correction = locked(number)
    after = CORRECTION.after(correction.state, "approve")
    require_current(correction)
    correction.state, correction.approved_at = after, timezone.now()
    correction.due_month = due = correction.last.next
    correction.save()
    made = PayAdjustment.objects.bulk_create([*_of_slips(correction), *_of_lines(correction)])
    summary = f"{correction}经三级审批批准,{len(made)} 笔补发补扣计入 {due.label}"
    _log(correction, by, "correction.approved", summary, digest=correction.digest)
    _tell(correction, due)
    return correction


def _of_slips(correction: Correction) -> list[PayAdjustment]:
    """The differences of the months reckoned again; nothing where only what is carried on has changed."""
    reasons: dict[int, list[str]] = {}
    for line in correction.lines.exclude(field=MANUAL):
        reasons.setdefault(line.person_id, []).append(f"{line.month.label}{label_of(line.field)}")
    return [
        PayAdjustment(
            correction=correction,
            person_id=row.person_id,
            slip_id=row.slip_id,
            month=row.month,
            due_month=correction.due_month,
            reason=("更正" + "、".join(reasons.get(row.person_id, ["团队或上月结转的变动"])))[:200],
            parts=row.amounts.get("parts", {}),
            **{name: row.amounts[name] for name in AMOUNTS},
        )
        for row in correction.slips.all()
        if row.amounts.get("parts") or any(Decimal(row.amounts[name]) for name in AMOUNTS)
    ]


def _of_lines(correction: Correction) -> list[PayAdjustment]:
    lines = correction.lines.filter(field=MANUAL)
    slips = PaySlip.objects.filter(current=True, run__branch=correction.branch)
    return [
        PayAdjustment(
            correction=correction,
            person_id=line.person_id,
            slip_id=slips.values_list("pk", flat=True).filter(person=line.person_id, month=line.month).first(),
            month=line.month,
            due_month=correction.due_month,
            reason=line.reason,
            gross=read_value(MANUAL, line.new),
        )
        for line in lines
    ]


def _tell(correction: Correction, month: Month) -> None:
    due = month.label
    people = Person.objects.filter(pk__in=correction.adjustments.values("person"), user__isnull=False)
    tell(
        people,
        f"您 {correction.month.label}的工资有更正({correction.number}),差额计入 {due}的工资单",
        key=f"correction:{correction.number}:person",
        link=reverse("payroll:my-slips"),
    )
    tell(
        holders("branch_finance", branch=correction.branch),
        f"更正单 {correction.number} 已批准,补发补扣计入 {due};{due}若已计算,请重新计算",
        key=f"correction:{correction.number}:approved",
        link=reverse("payroll:correction-detail", args=[correction.number]),
    )
    tell_elsewhere(correction, month)


def send_back_correction(*, number: str, by: Person, rejected: bool = False) -> None:
    """Returned or withdrawn it is a draft again; refused for good it is void. Withdrawn after a return it stays a draft."""
    correction = locked(number)
    act = "reject" if rejected else "send_back"
    if not CORRECTION.can(correction.state, act):
        return
    correction.state = CORRECTION.after(correction.state, act)
    correction.save(update_fields=["state"])
    _log(correction, by, f"correction.{act}", f"{correction}{'被驳回' if rejected else '退回修改'}")


def _log(correction: Correction, by: Person, act: str, summary: str, **details: Any) -> None:
    """Who, which month, which field, and the digest; what it was and came to stays here, with who may see pay."""
    record(by=by, act=act, subject=correction, summary=summary, branch_code=correction.branch.code, **details)
