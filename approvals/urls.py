from __future__ import annotations

from django.urls import path

from approvals.desk import act_views as acts
from approvals.desk import batch_views as batch
from approvals.desk import beside_views as beside
from approvals.desk import print_views as printing
from approvals.desk import statistics_views as statistics
from approvals.desk import stray_views as strays
from approvals.desk import views as desk
from approvals.routes import views as routes

app_name = "approvals"
urlpatterns = [
    path("", desk.request_list, {"tab": "waiting"}, name="request-waiting"),
    path("decided/", desk.request_list, {"tab": "decided"}, name="request-decided"),
    path("started/", desk.request_list, {"tab": "started"}, name="request-started"),
    path("copied/", desk.request_list, {"tab": "copied"}, name="request-copied"),
    path("all/", desk.request_list, {"tab": "all"}, name="request-all"),
    path("statistics/", statistics.approval_statistics, name="approval-statistics"),
    path("batch/", batch.batch_confirm, name="batch-confirm"),
    path("batch/agree/", batch.batch_agree, name="batch-agree"),
    path("batch/<int:job_id>/", batch.batch_result, name="batch-result"),
    path("phrases/", beside.phrase_list, name="phrase-list"),
    path("requests/<slug:number>/", desk.request_detail, name="request-detail"),
    path("requests/<slug:number>/decide/", desk.request_decide, name="request-decide"),
    path("requests/<slug:number>/withdraw/", desk.request_withdraw, name="request-withdraw"),
    path("requests/<slug:number>/remind/", desk.request_remind, name="request-remind"),
    path("requests/<slug:number>/take-over/", acts.request_take_over, name="request-take-over"),
    path("requests/<slug:number>/transfer/", acts.request_transfer, name="request-transfer"),
    path("requests/<slug:number>/add-signer/", acts.request_add_signer, name="request-add-signer"),
    path("requests/<slug:number>/drop-signer/", acts.request_drop_signer, name="request-drop-signer"),
    path("requests/<slug:number>/copy/", acts.request_copy, name="request-copy"),
    path("requests/<slug:number>/read/", acts.request_read, name="request-read"),
    path("stranded/", strays.stray_list, name="stray-list"),
    path("stranded/<int:seat_id>/", strays.stray_reroute, name="stray-reroute"),
    path("delegations/", acts.delegation_list, name="delegation-list"),
    path("delegations/<int:delegation_id>/end/", acts.delegation_end, name="delegation-end"),
    path("requests/<slug:number>/sheet/", printing.request_sheet, name="request-sheet"),
    path("requests/<slug:number>/paper/", printing.request_paper, name="request-paper"),
    path("requests/<slug:number>/beside/", beside.request_beside, name="request-beside"),
    path("requests/<slug:number>/comments/", beside.comment_add, name="comment-add"),
    path("requests/<slug:number>/comments/<int:comment_id>/strike/", beside.comment_strike, name="comment-strike"),
    path("requests/<slug:number>/people/", beside.people_part, name="request-people"),
    path("requests/<slug:number>/attachments/", beside.attachment_add, name="attachment-add"),
    path("requests/<slug:number>/attachments/<int:attachment_id>/", beside.attachment_download, name="attachment-download"),
    path("routes/", routes.route_list, name="route-list"),
    path("routes/new/", routes.route_new, name="route-new"),
    path("routes/people/", routes.route_people, name="route-people"),
    path("routes/<int:pk>/", routes.route_detail, name="route-detail"),
    path("routes/<int:pk>/edit/", routes.route_edit, name="route-edit"),
    path("routes/<int:pk>/compare/<int:other>/", routes.route_compare, name="route-compare"),
    path("routes/<int:pk>/stages/new/", routes.stage_new, name="stage-new"),
    path("routes/<int:pk>/stages/<slug:code>/", routes.stage_edit, name="stage-edit"),
    path("routes/<int:pk>/stages/<slug:code>/move/", routes.stage_move, name="stage-move"),
    path("routes/<int:pk>/stages/<slug:code>/drop/", routes.stage_drop, name="stage-drop"),
    path("routes/<int:pk>/propose/", routes.route_propose, name="route-propose"),
    path("routes/<int:pk>/confirm/", routes.route_confirm, name="route-confirm"),
    path("routes/<int:pk>/return/", routes.route_return, name="route-return"),
    path("routes/<int:pk>/withdraw/", routes.route_withdraw, name="route-withdraw"),
    path("routes/<int:pk>/drop/", routes.route_drop, name="route-drop"),
]
