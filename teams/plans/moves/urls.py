"""Addresses of moves, leavings and handover lists; the app's `urls.py` takes them in."""

from __future__ import annotations

from django.urls import URLPattern, path

from teams.plans.moves import handover_views as handovers
from teams.plans.moves import leaving_views as leavings
from teams.plans.moves import views

urlpatterns: list[URLPattern] = [
    path("moves/", views.move_list, name="move-list"),
    path("moves/new/", views.move_new, name="move-new"),
    path("moves/<int:move_id>/", views.move_detail, name="move-detail"),
    path("moves/<int:move_id>/edit/", views.move_edit, name="move-edit"),
    path("moves/<int:move_id>/accept/", views.move_accept, name="move-accept"),
    path("moves/<int:move_id>/send/", views.move_send, name="move-send"),
    path("moves/<int:move_id>/withdraw/", views.move_withdraw, name="move-withdraw"),
    path("moves/<int:move_id>/cancel/", views.move_cancel, name="move-cancel"),
    path("moves/<int:move_id>/effect/", views.move_effect, name="move-effect"),
    path("leavings/", leavings.leaving_list, name="leaving-list"),
    path("leavings/new/", leavings.leaving_new, name="leaving-new"),
    path("leavings/<int:leaving_id>/", leavings.leaving_detail, name="leaving-detail"),
    path("leavings/<int:leaving_id>/edit/", leavings.leaving_edit, name="leaving-edit"),
    path("leavings/<int:leaving_id>/send/", leavings.leaving_send, name="leaving-send"),
    path("leavings/<int:leaving_id>/withdraw/", leavings.leaving_withdraw, name="leaving-withdraw"),
    path("leavings/<int:leaving_id>/cancel/", leavings.leaving_cancel, name="leaving-cancel"),
    path("leavings/<int:leaving_id>/close/", leavings.leaving_close, name="leaving-close"),
    path("handovers/", handovers.handover_list, name="handover-list"),
    path("handovers/<int:handover_id>/", handovers.handover_detail, name="handover-detail"),
    path("handovers/<int:handover_id>/print/", handovers.handover_print, name="handover-print"),
    path("handovers/<int:handover_id>/assign/", handovers.handover_assign, name="handover-assign"),
    path("handovers/<int:handover_id>/refresh/", handovers.handover_refresh, name="handover-refresh"),
    path("handovers/<int:handover_id>/witness/", handovers.handover_witness, name="handover-witness"),
    path("handovers/<int:handover_id>/anew/", handovers.handover_anew, name="handover-anew"),
    path("handovers/<int:handover_id>/sign/", handovers.handover_sign, name="handover-sign"),
    path("handovers/<int:handover_id>/stand-in/", handovers.handover_stand_in, name="handover-stand-in"),
]
