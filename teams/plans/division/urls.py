"""Addresses of divisions; the app's `urls.py` takes them in."""

from __future__ import annotations

from django.urls import URLPattern, path

from teams.plans.division import views

urlpatterns: list[URLPattern] = [
    path("division/", views.division_list, name="division-list"),
    path("division/pick/", views.division_pick, name="division-pick"),
    path("division/new/", views.division_new, name="division-new"),
    path("division/end/", views.division_end, name="division-end"),
    path("division/proposals/", views.proposal_list, name="proposal-list"),
    path("division/proposals/<int:proposal_id>/", views.proposal_detail, name="proposal-detail"),
    path("division/proposals/<int:proposal_id>/edit/", views.proposal_edit, name="proposal-edit"),
    path("division/proposals/<int:proposal_id>/answer/", views.proposal_answer, name="proposal-answer"),
    path("division/proposals/<int:proposal_id>/drop/", views.proposal_drop, name="proposal-drop"),
]
