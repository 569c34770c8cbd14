from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone

from branch.calendar import actions, queries
from branch.calendar.forms import DayForm
from branch.overtaken import confront
from branch.people.access import holds
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Refusal, Unknown
from kernel.seen import Overtaken, stamp


@door()
def calendar_year(request: PersonRequest, year: int | None = None) -> HttpResponse:
    """Twelve months with what each day is, and the year's special days as a list."""
    year = year or timezone.localdate().year
    if not 2000 <= year <= 2100:
        raise Unknown("日历只有 2000 年至 2100 年")
    special = list(queries.special_days(year))
    context = {
        "title": f"{year}年日历",
        "crumbs": [("设置", ""), ("日历", "")],
        "year": year,
        "months": queries.year_sheet(year),
        "special": special,
        "missing": [one for one in queries.years_missing(timezone.localdate()) if one != year or special],
        "may_edit": holds(request.person, Power.CALENDAR_EDIT),
    }
    return render(request, "branch/calendar/year.html", context)


@door(Power.CALENDAR_EDIT)
def calendar_day(request: PersonRequest) -> HttpResponse:
    """Change what a day is."""
    initial = _day_now(request.GET.get("day", ""))
    form = DayForm(request.POST or None, initial=initial)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_day(by=request.person, **form.cleaned_data)
            messages.success(request, f"已修改 {form.cleaned_data['day']}")
            return redirect("calendar-year", year=form.cleaned_data["day"].year)
        except Overtaken as overtaken:
            day = form.cleaned_data["day"].isoformat()
            present = DayForm(initial=_day_now(day) | {"reason": form.cleaned_data["reason"]})
            refusal = confront(overtaken, form, present, subject="branch.SpecialDay", subject_id=day)
        except Refusal as refused:
            refusal = refused
    context = {
        "title": "修改日历",
        "crumbs": [("日历", resolve_url("calendar")), ("修改日历", "")],
        "form": form,
        "refusal": refusal,
        "back": resolve_url("calendar"),
    }
    return render(request, "branch/calendar/day.html", context)


def _day_now(text: str) -> dict[str, object]:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return {"seen": stamp(actions.values(None))}
    now = actions.values(queries.special_day(day))
    return {"day": day, **now, "seen": stamp(now)}
