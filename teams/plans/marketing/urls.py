"""Addresses of marketing plans and agreements; the app's `urls.py` takes them in."""

from __future__ import annotations

from django.urls import URLPattern, path

from teams.plans.marketing import agreement_views, views

urlpatterns: list[URLPattern] = [
    path("marketing/", views.plan_list, name="plan-list"),
    path("marketing/new/", views.plan_new, name="plan-new"),
    path("marketing/<int:plan_id>/", views.plan_detail, name="plan-detail"),
    path("marketing/<int:plan_id>/edit/", views.plan_edit, name="plan-edit"),
    path("marketing/<int:plan_id>/send/", views.plan_send, name="plan-send"),
    path("marketing/<int:plan_id>/withdraw/", views.plan_withdraw, name="plan-withdraw"),
    path("marketing/<int:plan_id>/summarise/", views.plan_summarise, name="plan-summarise"),
    path("agreements/", agreement_views.agreement_list, name="agreement-list"),
    path("agreements/new/", agreement_views.agreement_new, name="agreement-new"),
    path("agreements/<int:agreement_id>/edit/", agreement_views.agreement_edit, name="agreement-edit"),
    path("agreements/<int:agreement_id>/file/", agreement_views.agreement_file, name="agreement-file"),
]
