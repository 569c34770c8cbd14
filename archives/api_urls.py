"""Addresses of the API: what was filed. Reads are GET, acts POST."""

from __future__ import annotations

from django.urls import URLPattern, path

from archives import api as archives
from branch.rest.endpoints import at

urlpatterns: list[URLPattern] = [
    path("archives/filings/", at(archives.filing_list), name="filing-list"),
    path("archives/filings/<int:filing_id>/", at(archives.filing_detail), name="filing-detail"),
    path("archives/filings/<int:filing_id>/receive/", at(archives.filing_receive), name="filing-receive"),
    path("archives/filings/<int:filing_id>/file/", at(archives.filing_file), name="filing-file"),
]
