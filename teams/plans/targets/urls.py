"""Addresses of the targets; the app's `urls.py` takes them in."""

from __future__ import annotations

from django.urls import URLPattern, path

from teams.plans.targets import income_views as incomes
from teams.plans.targets import milestone_views as milestones
from teams.plans.targets import progress_views as progress
from teams.plans.targets import sheet_views as sheets
from teams.plans.targets import views

urlpatterns: list[URLPattern] = [
    path("targets/", views.target_list, name="target-list"),
    path("targets/root/", views.target_root, name="target-root"),
    path("targets/changes/", views.change_list, name="change-list"),
    path("targets/changes/<int:change_id>/decide/", views.change_decide, name="change-decide"),
    path("targets/sheets/", sheets.sheet_new, name="sheet-new"),
    path("targets/sheets/template/", sheets.sheet_template, name="sheet-template"),
    path("targets/sheets/<int:sheet_id>/", sheets.sheet_detail, name="sheet-detail"),
    path("targets/sheets/<int:sheet_id>/book/", sheets.sheet_book, name="sheet-book"),
    path("targets/sheets/<int:sheet_id>/drop/", sheets.sheet_drop, name="sheet-drop"),
    path("targets/sheets/<int:sheet_id>/errors/", sheets.sheet_errors, name="sheet-errors"),
    path("targets/<int:target_id>/", views.target_detail, name="target-detail"),
    path("targets/<int:target_id>/parts/", views.target_parts, name="target-parts"),
    path("targets/<int:target_id>/put/", views.target_put, name="target-put"),
    path("targets/<int:target_id>/put-parts/", views.target_put_parts, name="target-put-parts"),
    path("targets/<int:target_id>/change/", views.target_change, name="target-change"),
    path("income/", incomes.income_list, name="income-list"),
    path("income/edit/", incomes.income_edit, name="income-edit"),
    path("income/<int:plan_id>/", incomes.income_detail, name="income-detail"),
    path("income/<int:plan_id>/put/", incomes.income_put, name="income-put"),
    path("income/<int:plan_id>/drop/", incomes.income_drop, name="income-drop"),
    path("progress/", progress.progress, name="progress"),
    path("progress/mine/", progress.my_progress, name="my-progress"),
    path("progress/notes/", progress.note_list, name="note-list"),
    path("progress/notes/<int:note_id>/", progress.note_detail, name="note-detail"),
    path("milestones/", milestones.milestone_list, name="milestone-list"),
    path("milestones/new/", milestones.milestone_new, name="milestone-new"),
    path("milestones/<int:milestone_id>/done/", milestones.milestone_done, name="milestone-done"),
    path("milestones/<int:milestone_id>/drop/", milestones.milestone_drop, name="milestone-drop"),
    path("milestones/<int:milestone_id>/evidence/", milestones.milestone_evidence, name="milestone-evidence"),
]
