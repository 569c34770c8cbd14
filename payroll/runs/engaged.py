"""Whose month a branch pays: one engagement a person and month, and each month of a person at one branch (decision 0087)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from branch.org.models import Branch
from branch.people.employment import Employed, ended_elsewhere
from branch.people.models import Engagement
from kernel.months import Month
from payroll.runs.models import PayRun, PaySlip

ONCE = "一人一月只有一张工资单"


def engaged_here(engagements: Iterable[Employed], branch: Branch, month: Month, found: list[str]) -> list[Employed]:
    """Of the engagements that touch the month, by person and day, whom the branch reckons; sentences of the others in `found`."""
    return _paid_here(one_each(engagements, month, found), branch, month, found)


def one_each(engagements: Iterable[Employed], month: Month, found: list[str]) -> list[Employed]:
    """One engagement a person and month, in the order of their days. One that goes on from the day before as the same kind is
    one service; one of the other kind that is over within the month is left out (`left_out`); any other second one (left and
    came back, or changed kind) is named."""
    kept: dict[int, Employed] = {}
    for row in engagements:
        former = kept.get(row.person_id)
        if former is None:
            kept[row.person_id] = row
        elif goes_on(former, row):
            kept[row.person_id] = row._replace(hired_on=former.hired_on)
        elif not passed_over(former, row, month):
            found.append(_twice(former, row, month))
            kept[row.person_id] = row
    return list(kept.values())


def goes_on(former: Employed, row: Employed) -> bool:
    """Whether the engagement begins the day after the former, as the same kind."""
    return former.ended_on is not None and row.kind == former.kind and row.hired_on == former.ended_on + timedelta(1)


def passed_over(former: Employed, row: Employed, month: Month) -> bool:
    """Whether the second engagement is of the other kind and over within the month: no day of hire could make a month of it, so
    the first pays the month, as a leaver's, and the rest is paid by hand."""
    return row.kind != former.kind and row.ended_on is not None and row.ended_on <= month.last


def left_out(engagements: Iterable[Employed], month: Month) -> list[str]:
    """Whose second engagement of the month is in no slip, in words."""
    kept: dict[int, Employed] = {}
    found = []
    for row in engagements:
        former = kept.setdefault(row.person_id, row)
        if former is not row and passed_over(former, row, month):
            kind = Engagement.Kind(row.kind).label
            found.append(
                f"{row.staff_no} {row.name}:{row.hired_on} 至 {row.ended_on} 作为{kind}的报酬不在本月工资单里({ONCE}),"
                "请在发放以后用“更正”的手工补发"
            )
    return found


def _twice(former: Employed, row: Employed, month: Month) -> str:
    sentence = f"{row.staff_no} {row.name}:本月有两段用工关系(前一段到 {former.ended_on}),{ONCE},请先在名册中理清:"
    days = []
    if row.kind == former.kind and former.ended_on is not None:
        days.append(f"更正为 {former.ended_on + timedelta(1)}(中间没有上班的天数填事假)")
    if row.ended_on is None or row.ended_on >= month.next.first:
        days.append(f"更正为 {month.next.first}")
    return sentence + "第二段的入职日期" + ",或".join(days)


def _paid_here(engagements: list[Employed], branch: Branch, month: Month, found: list[str]) -> list[Employed]:
    """Those whose month is paid by this branch. Who comes from another branch within the month is paid there and named here; so
    is who has an unsigned slip of the month elsewhere, while a signed one is the month's slip."""
    begun = {row.person_id: row.hired_on for row in engagements if row.hired_on in month}
    ending = {row.person_id for row in engagements if row.ended_on is not None and row.ended_on in month}
    before = ended_elsewhere(begun, branch, month)
    slips = _slips_elsewhere({*begun, *ending}, branch, month)
    kept: list[Employed] = []
    for row in engagements:
        other, run = before.get(row.person_id), slips.get(row.person_id)
        if other is None and run is None:
            kept.append(row)
        elif other is not None:
            found.append(
                f"{row.staff_no} {row.name}:{month.label}在{other.branch.name}任职到 {other.ended_on},{ONCE},由那里核算;"
                f"请在名册把在{branch.name}的入职日期更正为 {month.next.first},其间的报酬以后用“更正”的手工补发"
            )
        elif run is not None and not run.is_fixed:
            found.append(
                f"{row.staff_no} {row.name}:已在{run.branch.name}{month.label}的薪酬月报({run.get_state_display()})里,"
                f"{ONCE};请{run.branch.name}作废或重新计算那份月报"
            )
    return kept


def _slips_elsewhere(people: Collection[int], branch: Branch, month: Month) -> dict[int, PayRun]:
    """Person id → another branch's run that has their current slip of the month."""
    if not people:
        return {}
    slips = PaySlip.objects.filter(person__in=people, month=month, current=True).exclude(run__branch=branch)
    return {slip.person_id: slip.run for slip in slips.select_related("run__branch").only("person", "run")}


def leavers_of(engagements: Iterable[Employed], month: Month) -> dict[int, date]:
    """Person → last day in service, where that lies in the month and none of the next month goes on from it (renewal, move).

    Another kind of engagement doesn't: it is a contract of its own, with a chain of its own, and the one before is settled.
    What goes on within the month is one engagement by now.
    """
    ended = {row.person_id: row for row in engagements if row.ended_on is not None and row.ended_on <= month.last}
    if not ended:
        return {}
    following = set(Engagement.objects.filter(person__in=list(ended)).values_list("person_id", "kind", "hired_on"))
    return {
        who: row.ended_on
        for who, row in ended.items()
        if row.ended_on is not None
        and (row.ended_on < month.last or (who, row.kind, row.ended_on + timedelta(1)) not in following)
    }
