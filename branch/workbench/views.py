"""工作台, and the small things every page leans on: health, watermark."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from branch.notices.queries import unread_of
from branch.people.doors import PersonRequest, door, public
from branch.workbench.counting import in_short
from branch.workbench.register import counts_for, quick_for, tiles_for, todos_for
from kernel.months import Month


@door()
def home(request: PersonRequest) -> HttpResponse:
    """What waits for me, this month's figures, quick actions, unread messages."""
    person = request.person
    context = {
        "title": "工作台",
        "today": timezone.localdate(),
        "month": Month.of(timezone.localdate()),
        "todos": todos_for(person),
        "tiles": tiles_for(person),
        "quick": quick_for(person),
        "notices": unread_of(person)[:6],
    }
    return render(request, "branch/workbench/home.html", context)


@door()
@never_cache
def menu_counts(request: PersonRequest) -> JsonResponse:
    """How much waits behind each place of the menu: asked for by the page once it stands, so that no page waits for it."""
    places, sections = counts_for(request.person)
    found = places | {f"section-{code}": count for code, count in sections.items()}
    return JsonResponse({place: in_short(count) for place, count in found.items()})


@public
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """The process is alive. Whether it can serve says `ready` (config/monitoring.py)."""
    return JsonResponse({"status": "ok"})


@door()
def watermark(request: PersonRequest) -> HttpResponse:
    """The name and number of whoever looks, tiled behind pay and file pages."""
    response = render(request, "branch/workbench/watermark.svg", {"person": request.person}, content_type="image/svg+xml")
    response["Cache-Control"] = "no-store"
    return response
