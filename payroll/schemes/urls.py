"""Addresses of the pay schemes."""

from __future__ import annotations

from django.urls import URLPattern, path

from payroll.schemes import views

urlpatterns: list[URLPattern] = [
    path("schemes/", views.scheme_list, name="scheme-list"),
    path("schemes/upload/", views.scheme_upload, name="scheme-upload"),
    path("schemes/<int:version_id>/", views.scheme_detail, name="scheme-detail"),
    path("schemes/<int:version_id>/copy/", views.scheme_copy, name="scheme-copy"),
    path("schemes/<int:version_id>/edit/", views.scheme_edit, name="scheme-edit"),
    path("schemes/<int:version_id>/propose/", views.scheme_propose, name="scheme-propose"),
    path("schemes/<int:version_id>/confirm/", views.scheme_confirm, name="scheme-confirm"),
    path("schemes/<int:version_id>/return/", views.scheme_return, name="scheme-return"),
    path("schemes/<int:version_id>/drop/", views.scheme_drop, name="scheme-drop"),
    path("schemes/<int:version_id>/retire/", views.scheme_retire, name="scheme-retire"),
    path("schemes/<int:version_id>/file/", views.scheme_file, name="scheme-file"),
    path("schemes/<int:version_id>/compare/<int:other_id>/", views.scheme_compare, name="scheme-compare"),
]
