"""Joins the apps' addresses."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("branch.urls")),
    path("approvals/", include("approvals.urls")),
    path("archives/", include("archives.urls")),
    path("clients/", include("clients.urls")),
    path("payroll/", include("payroll.urls")),
]

handler404 = "branch.people.views.not_found"
