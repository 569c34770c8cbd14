"""Addresses of the corrections room; the app's `urls.py` takes them in."""

from __future__ import annotations

from django.urls import path

from payroll.corrections import settlement_views as settlements
from payroll.corrections import views

urlpatterns = [
    path("runs/<int:run_id>/reverse/", views.run_reverse, name="run-reverse"),
    path("runs/<int:run_id>/since/", views.run_since, name="run-since"),
    path("runs/<int:run_id>/propose/", views.run_propose, name="run-propose"),
    path("corrections/", views.correction_list, name="correction-list"),
    path("corrections/new/", views.correction_new, name="correction-new"),
    path("corrections/leavers/", settlements.leaver_list, name="leaver-list"),
    path("corrections/leavers/<int:slip_id>/", settlements.leaver_detail, name="leaver-detail"),
    path("corrections/leavers/<int:slip_id>/settle/", settlements.settlement_propose, name="settlement-propose"),
    path("corrections/leavers/unpaid/<int:adjustment_id>/", settlements.unpaid_detail, name="unpaid-detail"),
    path("corrections/leavers/unpaid/<int:adjustment_id>/settle/", settlements.unpaid_settle, name="unpaid-settle"),
    path("corrections/settlements/<int:settlement_id>/confirm/", settlements.settlement_confirm, name="settlement-confirm"),
    path("corrections/settlements/<int:settlement_id>/reject/", settlements.settlement_reject, name="settlement-reject"),
    path("corrections/settlements/<int:settlement_id>/evidence/", settlements.settlement_evidence, name="settlement-evidence"),
    path("corrections/<str:number>/", views.correction_detail, name="correction-detail"),
    path("corrections/<str:number>/lines/", views.correction_line_add, name="correction-line-add"),
    path("corrections/<str:number>/lines/<int:line_id>/remove/", views.correction_line_remove, name="correction-line-remove"),
    path("corrections/<str:number>/lines/<int:line_id>/evidence/", views.correction_evidence, name="correction-evidence"),
    path("corrections/<str:number>/compute/", views.correction_compute, name="correction-compute"),
    path("corrections/<str:number>/send-up/", views.correction_send_up, name="correction-send-up"),
    path("corrections/<str:number>/void/", views.correction_void, name="correction-void"),
]
