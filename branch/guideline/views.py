from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render, resolve_url

from branch.guideline import queries
from branch.people.doors import PersonRequest, door


@door()
def guideline(request: PersonRequest) -> HttpResponse:
    """The 28 articles, each with the screen that carries it out."""
    document = queries.document()
    context = {
        "title": document["title"],
        "crumbs": [("工作台", resolve_url("home")), (document["title"], "")],
        "document": document,
        "chapters": queries.chapters(request.person),
    }
    return render(request, "branch/guideline/page.html", context)
