"""Every address of the API, /api/v1/…: what the pages can do, room by room."""

from __future__ import annotations

from django.urls import URLPattern, path

from branch.calendar import api as calendar
from branch.jobs import api as jobs
from branch.notices import api as notices
from branch.rest import api as rest
from branch.rest.endpoints import at

app_name = "api"

BRANCH: list[URLPattern] = [
    path("schema/", at(rest.schema), name="schema"),
    path("notices/", at(notices.notice_list), name="notice-list"),
    path("notices/read/", at(notices.notice_read_all), name="notice-read-all"),
    path("notices/<int:notice_id>/read/", at(notices.notice_read), name="notice-read"),
    path("jobs/", at(jobs.job_list), name="job-list"),
    path("jobs/<int:job_id>/", at(jobs.job_detail), name="job-detail"),
    path("jobs/<int:job_id>/cancel/", at(jobs.job_cancel), name="job-cancel"),
    path("calendar/days/", at(calendar.calendar_day), name="calendar-day"),
    path("calendar/<int:year>/", at(calendar.calendar_year), name="calendar-year"),
]

urlpatterns: list[URLPattern] = [*BRANCH]
