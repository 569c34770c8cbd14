"""Every address of payroll, room by room."""

from __future__ import annotations

from django.urls import URLPattern

from payroll.close.urls import urlpatterns as close
from payroll.corrections.urls import urlpatterns as corrections
from payroll.intake.urls import urlpatterns as intake
from payroll.outputs.urls import urlpatterns as outputs
from payroll.runs.urls import urlpatterns as runs
from payroll.schemes.urls import urlpatterns as schemes

app_name = "payroll"
urlpatterns: list[URLPattern] = [*intake, *schemes, *runs, *corrections, *close, *outputs]
