"""Every address of the plans, room by room."""

from __future__ import annotations

from django.urls import URLPattern

from teams.plans.board.urls import urlpatterns as board
from teams.plans.division.urls import urlpatterns as division
from teams.plans.expenses.urls import urlpatterns as expenses
from teams.plans.logs.urls import urlpatterns as logs
from teams.plans.marketing.urls import urlpatterns as marketing
from teams.plans.moves.urls import urlpatterns as moves
from teams.plans.reports.urls import urlpatterns as reports
from teams.plans.rulebooks.urls import urlpatterns as rulebooks
from teams.plans.targets.urls import urlpatterns as targets

app_name = "plans"
urlpatterns: list[URLPattern] = [*rulebooks, *marketing, *targets, *logs, *expenses, *reports, *moves, *board, *division]
