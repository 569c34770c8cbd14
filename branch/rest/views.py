from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render, resolve_url
from django.views.decorators.http import require_GET

from branch.people.doors import PersonRequest, door


@door()
@require_GET
def docs(request: PersonRequest) -> HttpResponse:
    """The API's description to read and to try, without leaving the house: Swagger UI from our own static files."""
    crumbs = [("工作台", resolve_url("home")), ("接口说明", "")]
    return render(request, "branch/rest/docs.html", {"title": "接口说明", "crumbs": crumbs})
