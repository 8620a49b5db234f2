"""Addresses of decisions."""

from django.urls import path

from councils.meetings import views

app_name = "meetings"
urlpatterns = [
    path("decision/<uuid:decision_id>/", views.detail, name="detail"),
    path("need/<uuid:need_id>/new/", views.record, name="record"),
    path("<slug:slug>/", views.list_, name="list"),
]
