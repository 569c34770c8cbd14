"""Addresses of the expenses; the app's `urls.py` takes them in."""

from __future__ import annotations

from django.urls import URLPattern, path

from teams.plans.expenses import views

urlpatterns: list[URLPattern] = [
    path("expenses/", views.expense_list, name="expense-list"),
    path("expenses/new/", views.expense_new, name="expense-new"),
    path("expenses/<int:expense_id>/void/", views.expense_void, name="expense-void"),
    path("expenses/<int:expense_id>/paper/", views.expense_paper, name="expense-paper"),
    path("expenses/notes/<int:note_id>/", views.expense_note, name="expense-note"),
]
