"""Changing what kind of day a day is, with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from branch.audit.actions import record
from branch.calendar.models import SpecialDay
from branch.people import access
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Refusal
from kernel.seen import require_seen

Kind = SpecialDay.Kind


@transaction.atomic
def set_day(*, day: date, kind: str, name: str, reason: str, by: Person, seen: str = "") -> None:
    """Make `day` a special day of `kind`, or (kind empty) an ordinary one again. Nothing already reckoned changes by it.

    `seen` is the stamp of what the person saw of the day; raises Overtaken when it is something else by now.
    """
    access.require(by, Power.CALENDAR_EDIT, to="修改日历")
    if not reason.strip():
        raise Refusal("请填写修改依据(例如放假通知的文号)")
    if kind and kind not in Kind.values:
        raise Refusal("请选择日期类型")
    if kind == Kind.MAKEUP and day.weekday() < 5:
        raise Refusal(f"{day} 本来就是工作日,不能设为调休上班")
    former = SpecialDay.objects.select_for_update().filter(day=day).first()
    require_seen(seen, values(former), what=f"{day} 的日历")
    before = former.get_kind_display() if former else "平常日"
    if kind:
        row, _ = SpecialDay.objects.update_or_create(day=day, defaults={"kind": kind, "name": name.strip()[:40]})
        after = row.get_kind_display()
    elif former is not None:
        former.delete()
        after = "平常日"
    else:
        raise Refusal(f"{day} 本来就是平常日,无需修改")
    summary = f"日历 {day}:{before}改为{after},依据:{reason.strip()}"
    record(by=by, act="calendar.set_day", subject=SpecialDay(day=day), summary=summary, day=day, before=before, after=after)


def values(special: SpecialDay | None) -> dict[str, str]:
    """What a page shows of a day that is to be changed; an ordinary day is empty."""
    return {"kind": special.kind if special else "", "name": special.name if special else ""}


@transaction.atomic
def take_reference(rows: Iterable[tuple[date, str, str]]) -> int:
    """Enter the shipped special days (day, kind, name) of years the database knows nothing of. Returns how many were new."""
    known = set(SpecialDay.objects.values_list("day", flat=True))
    years = {day.year for day in known}
    fresh = [SpecialDay(day=day, kind=kind, name=name) for day, kind, name in rows if day.year not in years]
    SpecialDay.objects.bulk_create(fresh)
    if fresh:
        record(by=None, act="calendar.reference", subject=None, summary=f"载入随产品提供的日历 {len(fresh)} 天")
    return len(fresh)
