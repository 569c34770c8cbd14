from __future__ import annotations

from django.urls import path

from archives import views

app_name = "archives"
urlpatterns = [
    path("", views.filing_list, name="filing-list"),
    path("<int:filing_id>/", views.filing_detail, name="filing-detail"),
    path("<int:filing_id>/file/", views.filing_file, name="filing-file"),
]
