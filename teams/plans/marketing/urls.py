"""Addresses of marketing plans and agreements; the app's `urls.py` takes them in."""

from __future__ import annotations

from django.urls import URLPattern, path

from teams.plans.marketing import agreement_views, correction_views, views

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
    path("agreements/<int:agreement_id>/", agreement_views.agreement_detail, name="agreement-detail"),
    path("agreements/<int:agreement_id>/edit/", agreement_views.agreement_edit, name="agreement-edit"),
    path("agreements/<int:agreement_id>/file/", agreement_views.agreement_file, name="agreement-file"),
    path("agreements/<int:agreement_id>/correct/", correction_views.agreement_correct, name="agreement-correct"),
    path("agreements/corrections/<int:correction_id>/confirm/", correction_views.correction_confirm, name="correction-confirm"),
    path("agreements/corrections/<int:correction_id>/decline/", correction_views.correction_decline, name="correction-decline"),
    path("agreements/corrections/<int:correction_id>/file/", correction_views.correction_file, name="correction-file"),
    path(
        "agreements/corrections/<int:correction_id>/former-file/",
        correction_views.correction_former_file,
        name="correction-former-file",
    ),
]
