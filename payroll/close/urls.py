"""Addresses of the close room; the app's `urls.py` takes them in."""

from __future__ import annotations

from django.urls import path

from payroll.close import views

urlpatterns = [
    path("close/company/", views.company_close, name="company-close"),
    path("close/company/part/", views.company_close_part, name="company-close-part"),
    path("close/company/start/", views.company_close_start, name="company-close-start"),
    path("close/company/cancel/", views.company_close_cancel, name="company-close-cancel"),
    path("close/company/remind/", views.company_close_remind, name="company-close-remind"),
]
