"""Joins the apps' addresses."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from branch.rest.views import docs
from config import monitoring, styleguide

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("branch.urls")),
    path("readyz", monitoring.ready, name="ready"),
    path("metrics", monitoring.metrics, name="metrics"),
    path("approvals/", include("approvals.urls")),
    path("archives/", include("archives.urls")),
    path("clients/", include("clients.urls")),
    path("plans/", include("teams.plans.urls")),
    path("payroll/", include("payroll.urls")),
    path("api/docs/", docs, name="api-docs"),
    path("api/v1/", include("config.api_urls")),
]

if settings.DEBUG:
    urlpatterns += [
        path("styleguide/", styleguide.styleguide, name="styleguide"),
        path("styleguide/paper/", styleguide.styleguide_paper, name="styleguide-paper"),
    ]

handler404 = "branch.people.views.not_found"
handler500 = "branch.people.views.broken"
