"""Addresses of the corrections room; the app's `urls.py` takes them in."""

from __future__ import annotations

from django.urls import path

from payroll.corrections import views

urlpatterns = [
    path("runs/<int:run_id>/reverse/", views.run_reverse, name="run-reverse"),
]
