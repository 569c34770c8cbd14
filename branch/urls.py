"""Every address of the branch's own pages. The names have no prefix: `home`, `person-list`."""

from __future__ import annotations

from django.urls import URLPattern, path

from branch.notices import views as notices
from branch.people import views as people
from branch.workbench import views as workbench

urlpatterns: list[URLPattern] = [
    path("", workbench.home, name="home"),
    path("healthz", workbench.health, name="health"),
    path("watermark.svg", workbench.watermark, name="watermark"),
    path("login/", people.sign_in, name="login"),
    path("logout/", people.sign_out, name="logout"),
    path("password/", people.password, name="password"),
    path("notices/", notices.notice_list, name="notice-list"),
    path("notices/read/", notices.notice_read_all, name="notice-read-all"),
    path("notices/<int:notice_id>/", notices.notice_open, name="notice-open"),
]
