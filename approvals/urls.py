from __future__ import annotations

from django.urls import path

from approvals import views

app_name = "approvals"
urlpatterns = [
    path("", views.request_list, {"tab": "waiting"}, name="request-waiting"),
    path("decided/", views.request_list, {"tab": "decided"}, name="request-decided"),
    path("started/", views.request_list, {"tab": "started"}, name="request-started"),
    path("copied/", views.request_list, {"tab": "copied"}, name="request-copied"),
    path("requests/<slug:number>/", views.request_detail, name="request-detail"),
    path("requests/<slug:number>/decide/", views.request_decide, name="request-decide"),
    path("requests/<slug:number>/withdraw/", views.request_withdraw, name="request-withdraw"),
    path("requests/<slug:number>/remind/", views.request_remind, name="request-remind"),
    path("routes/", views.route_list, name="route-list"),
    path("routes/<int:pk>/", views.route_detail, name="route-detail"),
]
