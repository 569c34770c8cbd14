"""Every address of the API, /api/v1/…: what the pages can do, app by app, under one name. Reads are GET, acts POST."""

from __future__ import annotations

from django.urls import URLResolver, include, path

app_name = "api"
urlpatterns: list[URLResolver] = [
    path("", include("branch.api_urls")),
    path("", include("approvals.api_urls")),
    path("", include("archives.api_urls")),
    path("", include("clients.api_urls")),
    path("", include("teams.plans.api_urls")),
    path("", include("payroll.api_urls")),
]
