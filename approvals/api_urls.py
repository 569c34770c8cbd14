"""Addresses of the API: requests, signatures and routes. Reads are GET, acts POST."""

from __future__ import annotations

from django.urls import URLPattern, path

from approvals.desk import act_api as acts
from approvals.desk import api as approvals
from approvals.routes import api as routes
from branch.rest.endpoints import at

urlpatterns: list[URLPattern] = [
    path("approvals/requests/", at(approvals.request_list), name="request-list"),
    path("approvals/requests/<slug:number>/", at(approvals.request_detail), name="request-detail"),
    path("approvals/requests/<slug:number>/document/", at(approvals.request_document), name="request-document"),
    path("approvals/requests/<slug:number>/people/", at(approvals.request_people), name="request-people"),
    path("approvals/requests/<slug:number>/decide/", at(approvals.request_decide), name="request-decide"),
    path("approvals/requests/<slug:number>/withdraw/", at(approvals.request_withdraw), name="request-withdraw"),
    path("approvals/requests/<slug:number>/remind/", at(approvals.request_remind), name="request-remind"),
    path("approvals/requests/<slug:number>/comments/", at(approvals.comment_list, approvals.comment_add), name="comment-list"),
    path(
        "approvals/requests/<slug:number>/comments/<int:comment_id>/strike/", at(approvals.comment_strike), name="comment-strike"
    ),
    path(
        "approvals/requests/<slug:number>/attachments/",
        at(approvals.attachment_list, approvals.attachment_add),
        name="attachment-list",
    ),
    path(
        "approvals/requests/<slug:number>/attachments/<int:attachment_id>/",
        at(approvals.attachment_download),
        name="attachment-download",
    ),
    path("approvals/requests/<slug:number>/take-over/", at(acts.request_take_over), name="request-take-over"),
    path("approvals/requests/<slug:number>/transfer/", at(acts.request_transfer), name="request-transfer"),
    path("approvals/requests/<slug:number>/add-signer/", at(acts.request_add_signer), name="request-add-signer"),
    path("approvals/requests/<slug:number>/drop-signer/", at(acts.request_drop_signer), name="request-drop-signer"),
    path("approvals/requests/<slug:number>/copy/", at(acts.request_copy), name="request-copy"),
    path("approvals/requests/<slug:number>/read/", at(acts.request_read), name="request-read"),
    path("approvals/stranded/", at(acts.stray_list), name="stray-list"),
    path("approvals/stranded/<int:seat_id>/", at(acts.stray_reroute), name="stray-reroute"),
    path("approvals/delegations/", at(acts.delegation_list, acts.delegation_add), name="signing-delegation-list"),
    path("approvals/delegations/<int:delegation_id>/end/", at(acts.delegation_end), name="signing-delegation-end"),
    path("approvals/statistics/", at(approvals.statistics_places), name="approval-statistics"),
    path("approvals/statistics/late/", at(approvals.statistics_late), name="approval-statistics-late"),
    path("approvals/batch/", at(approvals.batch_agree), name="batch-agree"),
    path("approvals/batch/<int:job_id>/", at(approvals.batch_result), name="batch-result"),
    path("approvals/phrases/", at(approvals.phrase_list, approvals.phrases_keep), name="phrase-list"),
    path("approvals/routes/", at(routes.route_list, routes.route_draft), name="route-list"),
    path("approvals/routes/<int:route_id>/", at(routes.route_detail), name="route-detail"),
    path("approvals/routes/<int:route_id>/compare/<int:other_route>/", at(routes.route_compare), name="route-compare"),
    path("approvals/routes/<int:route_id>/edit/", at(routes.route_edit), name="route-edit"),
    path("approvals/routes/<int:route_id>/stages/", at(routes.route_stages), name="route-stages"),
    path("approvals/routes/<int:route_id>/propose/", at(routes.route_propose), name="route-propose"),
    path("approvals/routes/<int:route_id>/confirm/", at(routes.route_confirm), name="route-confirm"),
    path("approvals/routes/<int:route_id>/return/", at(routes.route_return), name="route-return"),
    path("approvals/routes/<int:route_id>/withdraw/", at(routes.route_withdraw), name="route-withdraw"),
    path("approvals/routes/<int:route_id>/drop/", at(routes.route_drop), name="route-drop"),
]
