"""Addresses of the runs room; the app's `urls.py` takes them in."""

from __future__ import annotations

from django.urls import path

from payroll.runs import slip_views, tax_sum_views, trial_views, views

urlpatterns = [
    path("close/", views.month_board, name="month-board"),
    path("runs/", views.run_list, name="run-list"),
    path("runs/compute/", views.run_compute, name="run-compute"),
    path("runs/<int:run_id>/", views.run_detail, name="run-detail"),
    path("runs/<int:run_id>/job/", views.run_job, name="run-job"),
    path("runs/<int:run_id>/send-up/", views.run_send_up, name="run-send-up"),
    path("runs/<int:run_id>/withdraw/", views.run_withdraw, name="run-withdraw"),
    path("runs/<int:run_id>/void/", views.run_void, name="run-void"),
    path("runs/<int:run_id>/issue/", views.run_issue, name="run-issue"),
    path("runs/<int:run_id>/file/", views.run_file, name="run-file"),
    path("runs/<int:run_id>/changes/", views.run_changes, name="run-changes"),
    path("runs/<int:run_id>/print/", views.run_print, name="run-print"),
    path("slips/<int:slip_id>/", slip_views.slip_detail, name="slip-detail"),
    path("slips/<int:slip_id>/print/", slip_views.slip_print, name="slip-print"),
    path("my/", slip_views.my_slips, name="my-slips"),
    path("my/<int:slip_id>/", slip_views.my_slip, name="my-slip"),
    path("my/<int:slip_id>/confirm/", slip_views.my_slip_confirm, name="my-slip-confirm"),
    path("trial/", trial_views.trial, name="trial"),
    path("tax/", tax_sum_views.tax_sum, name="tax-sum"),
]
