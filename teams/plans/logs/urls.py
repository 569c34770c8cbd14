"""Addresses of the work logs; the app's `urls.py` takes them in."""

from __future__ import annotations

from django.urls import URLPattern, path

from teams.plans.logs import check_views as checks
from teams.plans.logs import views

urlpatterns: list[URLPattern] = [
    path("logs/", views.log_board, name="log-board"),
    path("logs/mine/", views.my_logs, name="my-logs"),
    path("logs/write/", views.log_write, name="log-write"),
    path("logs/<int:log_id>/", views.log_detail, name="log-detail"),
    path("logs/checks/", checks.log_checks, name="log-checks"),
    path("logs/checks/draw/", checks.log_draw, name="log-draw"),
    path("logs/checks/<int:check_id>/", checks.log_check, name="log-check"),
]
