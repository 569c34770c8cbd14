"""Addresses of the outputs room; the app's `urls.py` takes them in."""

from __future__ import annotations

from django.urls import path

from payroll.outputs import views

urlpatterns = [
    path("runs/<int:run_id>/outputs/", views.run_outputs, name="run-outputs"),
    path("company/", views.company_summary, name="company-summary"),
]
