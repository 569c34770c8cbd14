"""What must hold before a signature: the figures are still what the inputs give, and the month before stands."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q

from branch.org.models import Branch
from branch.people.employment import employed_rows
from branch.people.models import Person
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.reckoning.scheme import CONTINUE
from payroll.runs.chain import starts_without_opening
from payroll.runs.computing import run_digest
from payroll.runs.engaged import one_each
from payroll.runs.inputs import MonthFrozen, freeze
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.slip_rows import slip_of
from payroll.runs.states import APPROVING, COMPUTED, COMPUTING, FIXED, LIVE

STALE = "stale"


def unlike_today(run: PayRun, frozen: MonthFrozen) -> dict[str, str] | None:
    """Reckon `frozen`, the run's month as its sources have it today, and compare: staff number → name of who would be paid
    differently; None where nothing differs at all. Raises Refusal where the month can't be reckoned today."""
    frozen.require_complete()
    now = {slip.staff_no: slip.digest for slip in (slip_of(run, frozen, person) for person in frozen.people)}
    rows = list(run.slips.values_list("staff_no", "digest", "name"))
    kept = {staff_no: checked for staff_no, checked, _ in rows}
    if now == kept and frozen.version.digest == run.scheme_digest and run_digest(run, list(kept.items())) == run.digest:
        return None
    names = {staff_no: name for staff_no, _, name in rows} | {p.facts.staff_no: p.facts.name for p in frozen.people}
    return {staff_no: names[staff_no] for staff_no in sorted(names) if now.get(staff_no) != kept.get(staff_no)}


def require_unchanged(run: PayRun, frozen: MonthFrozen | None = None) -> None:
    """Reckon again from today's inputs (`frozen`, where they have been read) and compare. Raises Refusal naming who would be paid
    differently."""
    changed = unlike_today(run, frozen or freeze(run.branch, run.month, pay_month=run.pay_month))
    if changed is None:
        return
    raise Refusal(
        "计算之后输入有了变化,请重新计算后再送审" + (f"(涉及 {len(changed)} 人)" if changed else ""),
        code=STALE,
        items=[f"{staff_no} {name}" for staff_no, name in changed.items()],
    )


def live_run(branch: Branch, month: Month) -> PayRun | None:
    """The version of the month that counts."""
    return PayRun.objects.filter(branch=branch, month=month, state__in=LIVE).first()


def require_predecessor(run: PayRun, *, approved: bool = False) -> None:
    """The month before must still be the one this month was reckoned on; for the last signature it must be approved too."""
    if not run.predecessor_digest:
        return
    before = live_run(run.branch, run.month.previous)
    if before is None or before.digest != run.predecessor_digest:
        raise Refusal(f"{run.month.previous.label}的薪酬重新核算过,与本月核算时不同,请重新计算本月", code="predecessor_changed")
    if approved and before.state not in FIXED:
        raise Refusal(
            f"{before.month.label}的薪酬月报({before.get_state_display()})还没有批准,请先批准上月,再签本月的最后一环",
            code="predecessor_open",
        )


def require_starts(run: PayRun) -> None:
    """For the last signature: whoever does not go on from the branch's own month before must still begin where the run began.

    The digest of the month before says nothing of them: another branch's month may have been signed, reversed or entered since.
    """
    own = PaySlip.objects.filter(run=run.predecessor_id).values("person")
    rows = run.slips.exclude(person__in=own).values_list("person_id", "staff_no", "name", "facts__sources")
    begun = {who: (f"{staff_no} {name}", kept) for who, staff_no, name, kept in rows if "opening" not in kept}
    if not begun:
        return
    engaged = [row for row in employed_rows(run.branch, run.month) if row.person_id in begun]
    now = starts_without_opening(run, one_each(engaged, run.month, []))
    if now.problems:
        count = len(now.problems)
        raise Refusal(f"{count} 人此前的月份还没有批准,不能签本月的最后一环", code="elsewhere_open", items=now.problems)
    then = {who: [kept.get(key) for key in _SLIPS] for who, (_, kept) in begun.items()}
    changed = [begun[who][0] for who, start in now.starts.items() if [start.source.get(key) for key in _SLIPS] != then[who]]
    if changed:
        sentence = f"{len(changed)} 人此前的工资单在核算之后有了变化,请退回(或由送审人撤回)后重新计算本月"
        raise Refusal(sentence, code=STALE, items=changed)


_SLIPS = ("previous_slip", "arrears_slip")


def require_nothing_rests_on(run: PayRun) -> None:
    """A run that later signed months were reckoned on stays: those of the branch, and those its people were paid in elsewhere.

    A later month that nobody has sent up may stand: it finds its predecessor gone and has to be computed again.
    """
    later = PayRun.objects.filter(state__in=(APPROVING, *FIXED), month__gt=run.month.number).order_by("month")
    moved = PaySlip.objects.filter(current=True, person__in=run.slips.values("person"), run__in=later)
    found = later.filter(Q(branch=run.branch) | Q(pk__in=moved.values("run"))).select_related("branch").first()
    if found is not None:
        raise Refusal(
            f"{found.branch.name}{found.month.label}的薪酬月报({found.get_state_display()})是在这份月报之上核算的,不能冲销;"
            "在审批中的请先撤回或退回,已批准的请改用“更正”",
            code="rested_on",
        )


def guard_figures(branch: Branch, month: Month) -> None:
    """The month's figures stay locked while a run rests on them.

    Takes the branch's row, as 计算 does: a run that is just being opened is waited for, and then seen.
    """
    Branch.objects.select_for_update().get(pk=branch.pk)
    run = live_run(branch, month)
    if run is not None and run.state in (COMPUTING, *COMPUTED):
        raise Refusal(
            f"{month.label}的薪酬月报({run.get_state_display()})正使用这些数据,不能解锁;未送审的可先作废,已送审的须先撤回或退回"
        )


def guard_inputs(branch: Branch, month: Month) -> None:
    """The month's inputs stay as they are while a run computes, is being signed or has been."""
    run = live_run(branch, month)
    if run is not None and run.state in (COMPUTING, APPROVING, *FIXED):
        raise Refusal(f"{month.label}的薪酬月报({run.get_state_display()})正使用核算输入,不能更改;请先撤回或由审批人退回")


def guard_months(branch: Branch, first: Month, last: Month | None) -> None:
    """A scheme may not change under months that have been sent up or signed. Takes the live runs' rows, as sending up does."""
    list(PayRun.objects.select_for_update().filter(branch=branch, month__gte=first.number).live().order_by("pk").values("pk"))
    rows = PayRun.objects.filter(branch=branch, state__in=(APPROVING, *FIXED), month__gte=first.number)
    run = (rows.filter(month__lte=last.number) if last else rows).order_by("month").first()
    if run is not None:
        raise Refusal(f"{run.month.label}的薪酬月报({run.get_state_display()})已按现行方案核算,方案不能改动这个月")


def guard_leaving(person: Person, last_day: date) -> None:
    """Nobody's place changes from the day after `last_day` where a month sent up or signed, or a later run, rests on it."""
    month = Month.of(last_day)
    engaged = person.engagements.filter(Q(ended_on=None) | Q(ended_on__gte=last_day))
    runs = PayRun.objects.filter(branch__in=engaged.values("branch")).live().order_by("month")
    closed = runs.filter(state__in=(APPROVING, *FIXED), month=month).first() if last_day < month.last else None
    run = closed or runs.filter(month__gt=month.number).first()
    if run is not None:
        since = last_day + timedelta(1)
        raise Refusal(
            f"{run.month.label}的薪酬月报({run.get_state_display()})已把{person}按原状计入,不能登记自 {since} 起的变动;"
            "未送审的可先作废,已送审的须先撤回或退回,已批准的请改用以后的日期"
        )


def guard_final_pay(person: Person, last_day: date) -> None:
    """Nobody leaves on the last day of a month sent up or signed whose slip keeps lots that the scheme settles with the final
    pay: that slip was not one, and no later one follows."""
    if last_day != Month.of(last_day).last:
        return  # within the month guard_leaving speaks
    slips = PaySlip.objects.filter(person=person, month=Month.of(last_day), current=True, run__state__in=(APPROVING, *FIXED))
    slip = slips.select_related("run__scheme").first()
    if slip is None or not slip.carried_after["lots"] or slip.facts["person"].get("left_on"):
        return
    if slip.run.scheme.scheme().leaver.lots != CONTINUE:
        raise Refusal(
            f"{slip.month.label}的薪酬月报({slip.run.get_state_display()})没有把{person}作离职结算,而方案规定递延余额随离职结算处理;"
            "审批中的请先撤回或退回,还没有发放的请先冲销,登记后重新计算;已发放的请登记以后月份的最后工作日,由那个月结算"
        )
