"""The lines of a correction against the month as it counts: what was there, what is right, and which of them may be put right."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from branch.people.employment import employed_in
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.corrections.models import Correction
from payroll.corrections.recomputing import runs_from, versions_of
from payroll.corrections.rules import MANUAL, MANUAL_LABEL, Additional, itemised, label_of, read_value, value_in


def changes_of(correction: Correction) -> dict[tuple[int, Month], dict[str, Any]]:
    """(person, month) → field → the right value."""
    found: dict[tuple[int, Month], dict[str, Any]] = defaultdict(dict)
    for line in correction.lines.exclude(field=MANUAL):
        found[line.person_id, line.month][line.field] = read_value(line.field, line.new)
    return dict(found)


def line_values(correction: Correction, person_id: int, month: Month, field: str, new: str) -> tuple[str, str]:
    """The field as the month has it now, and what it should be, as both are kept. Raises Refusal where it can't be corrected."""
    run = next((run for run in runs_from(correction.branch, correction.month) if run.month == month), None)
    if run is None:
        raise Refusal(f"{month.label}不在这份更正单可以更正的月份里")
    found = next((one for one in versions_of([run])[run.pk] if one.slip.person_id == person_id), None)
    value = read_value(field, new)
    if field == MANUAL:
        if found is None and not employed_in(correction.branch, month).filter(person=person_id).exists():
            raise Refusal(f"{month.label}的薪酬月报里没有此人,名册里此人当月也不在{correction.branch.name},请核对人员和月份")
        if not value:
            raise Refusal("手工补发补扣的金额不能为 0;补发填正数,扣回填负数")
        return "", new
    if found is None:
        raise Refusal(f"{month.label}的薪酬月报里没有此人,请核对人员和月份;漏发全月的,项目请选“{MANUAL_LABEL}”")
    old = value_in(found.facts, field)
    if isinstance(value, Additional):
        value = itemised(value, found.facts)
        new = str(value)
    if old and read_value(field, old) == value:
        raise Refusal(f"“{label_of(field)}”原来就是 {old},没有可更正的")
    return old, new


def renew_lines(correction: Correction) -> None:
    """Each line's old value as the month counts by now: another correction may have been approved since it was typed."""
    lines = list(correction.lines.exclude(field=MANUAL).select_related("person"))
    months = {line.month for line in lines}
    runs = [run for run in runs_from(correction.branch, correction.month) if run.month in months]
    versions = versions_of(runs)
    facts = {(one.slip.person_id, run.month): one.facts for run in runs for one in versions[run.pk]}
    for line in lines:
        mine = facts.get((line.person_id, line.month))
        if mine is None:
            continue
        old = value_in(mine, line.field)
        if old and read_value(line.field, old) == read_value(line.field, line.new):
            raise Refusal(
                f"{line.person} {line.month.label}“{label_of(line.field)}”现在就是 {old}(另一份更正单已经改过),请删去这一项"
            )
        if old != line.old:
            line.old = old
            line.save(update_fields=["old"])
