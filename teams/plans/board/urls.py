"""The address of the board; the app's `urls.py` takes it in."""

from __future__ import annotations

from django.urls import URLPattern, path

from teams.plans.board import views

urlpatterns: list[URLPattern] = [path("board/", views.board, name="board")]
