from __future__ import annotations

from django.urls import path

from approvals.desk import views as desk
from approvals.routes import views as routes

app_name = "approvals"
urlpatterns = [
    path("", desk.request_list, {"tab": "waiting"}, name="request-waiting"),
    path("decided/", desk.request_list, {"tab": "decided"}, name="request-decided"),
    path("started/", desk.request_list, {"tab": "started"}, name="request-started"),
    path("copied/", desk.request_list, {"tab": "copied"}, name="request-copied"),
    path("requests/<slug:number>/", desk.request_detail, name="request-detail"),
    path("requests/<slug:number>/decide/", desk.request_decide, name="request-decide"),
    path("requests/<slug:number>/withdraw/", desk.request_withdraw, name="request-withdraw"),
    path("requests/<slug:number>/remind/", desk.request_remind, name="request-remind"),
    path("routes/", routes.route_list, name="route-list"),
    path("routes/<int:pk>/", routes.route_detail, name="route-detail"),
]
