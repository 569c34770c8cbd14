"""Joins the apps' addresses."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from config import styleguide

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("branch.urls")),
    path("approvals/", include("approvals.urls")),
    path("archives/", include("archives.urls")),
    path("clients/", include("clients.urls")),
    path("payroll/", include("payroll.urls")),
]

if settings.DEBUG:
    urlpatterns += [
        path("styleguide/", styleguide.styleguide, name="styleguide"),
        path("styleguide/paper/", styleguide.styleguide_paper, name="styleguide-paper"),
    ]

handler404 = "branch.people.views.not_found"
