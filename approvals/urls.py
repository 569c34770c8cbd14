from __future__ import annotations

from django.urls import path

from approvals.requests import views as requests
from approvals.routes import views as routes

app_name = "approvals"
urlpatterns = [
    path("", requests.request_list, {"tab": "waiting"}, name="request-waiting"),
    path("decided/", requests.request_list, {"tab": "decided"}, name="request-decided"),
    path("started/", requests.request_list, {"tab": "started"}, name="request-started"),
    path("copied/", requests.request_list, {"tab": "copied"}, name="request-copied"),
    path("requests/<slug:number>/", requests.request_detail, name="request-detail"),
    path("requests/<slug:number>/decide/", requests.request_decide, name="request-decide"),
    path("requests/<slug:number>/withdraw/", requests.request_withdraw, name="request-withdraw"),
    path("requests/<slug:number>/remind/", requests.request_remind, name="request-remind"),
    path("routes/", routes.route_list, name="route-list"),
    path("routes/<int:pk>/", routes.route_detail, name="route-detail"),
]
