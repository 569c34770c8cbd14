"""Addresses of rule documents; the app's `urls.py` takes them in."""

from __future__ import annotations

from django.urls import URLPattern, path

from teams.plans.rulebooks import views

urlpatterns: list[URLPattern] = [
    path("rules/", views.rule_list, name="rule-list"),
    path("rules/new/", views.rule_new, name="rule-new"),
    path("rules/register/", views.rule_register, name="rule-register"),
    path("rules/<int:document_id>/", views.rule_detail, name="rule-detail"),
    path("rules/<int:document_id>/edit/", views.rule_edit, name="rule-edit"),
    path("rules/<int:document_id>/send/", views.rule_send, name="rule-send"),
    path("rules/<int:document_id>/check/", views.rule_check, name="rule-check"),
    path("rules/<int:document_id>/drop/", views.rule_drop, name="rule-drop"),
    path("rules/<int:document_id>/withdraw/", views.rule_withdraw, name="rule-withdraw"),
    path("rules/<int:document_id>/attach/", views.rule_attach, name="rule-attach"),
    path("rules/<int:document_id>/file/", views.rule_file, name="rule-file"),
]
