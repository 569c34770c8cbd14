"""Addresses of the targets; the app's `urls.py` takes them in."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
