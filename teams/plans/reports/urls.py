"""Addresses of business analysis reports; the app's `urls.py` takes them in."""

from __future__ import annotations

from django.urls import URLPattern, path

from teams.plans.reports import views

urlpatterns: list[URLPattern] = [
    path("reports/", views.report_list, name="report-list"),
    path("reports/begin/", views.report_begin, name="report-begin"),
    path("reports/<int:report_id>/", views.report_detail, name="report-detail"),
    path("reports/<int:report_id>/since/", views.report_since, name="report-since"),
    path("reports/<int:report_id>/write/", views.report_write, name="report-write"),
    path("reports/<int:report_id>/refresh/", views.report_refresh, name="report-refresh"),
    path("reports/<int:report_id>/send/", views.report_send, name="report-send"),
    path("reports/<int:report_id>/withdraw/", views.report_withdraw, name="report-withdraw"),
    path("reports/<int:report_id>/print/", views.report_print, name="report-print"),
]
