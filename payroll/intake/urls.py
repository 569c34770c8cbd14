"""Addresses of opening balances, tax modes and monthly inputs."""

from __future__ import annotations

from django.urls import URLPattern, path

from payroll.intake import tax_mode_views, views

urlpatterns: list[URLPattern] = [
    path("openings/", views.opening_list, name="opening-list"),
    path("openings/import/", views.opening_import, name="opening-import"),
    path("openings/template/", views.opening_template, name="opening-template"),
    path("openings/<int:opening_id>/", views.opening_detail, name="opening-detail"),
    path("openings/<int:opening_id>/confirm/", views.opening_confirm, name="opening-confirm"),
    path("openings/<int:opening_id>/reject/", views.opening_reject, name="opening-reject"),
    path("openings/<int:opening_id>/source/", views.opening_source, name="opening-source"),
    path("openings/<int:opening_id>/errors/<slug:kind>/", views.opening_errors, name="opening-errors"),
    path("tax-modes/", tax_mode_views.tax_mode_list, name="tax-mode-list"),
    path("tax-modes/propose/", tax_mode_views.tax_mode_propose, name="tax-mode-propose"),
    path("tax-modes/suggested/", tax_mode_views.tax_mode_suggested, name="tax-mode-suggested"),
    path("tax-modes/<int:tax_mode_id>/confirm/", tax_mode_views.tax_mode_confirm, name="tax-mode-confirm"),
    path("tax-modes/<int:tax_mode_id>/reject/", tax_mode_views.tax_mode_reject, name="tax-mode-reject"),
    path("inputs/", views.input_list, name="input-list"),
    path("inputs/import/", views.input_import, name="input-import"),
    path("inputs/template/", views.input_template, name="input-template"),
    path("inputs/<int:sheet_id>/", views.input_sheet, name="input-sheet"),
    path("inputs/<int:sheet_id>/book/", views.input_book, name="input-book"),
    path("inputs/<int:sheet_id>/drop/", views.input_drop, name="input-drop"),
    path("inputs/<int:sheet_id>/source/", views.input_source, name="input-source"),
    path("inputs/<int:sheet_id>/errors/", views.input_errors, name="input-errors"),
]
