"""Addresses of decisions."""

from django.urls import path

from councils.meetings import views

app_name = "meetings"
urlpatterns = [
    path("decision/<uuid:decision_id>/", views.detail, name="detail"),
    path("minutes/<uuid:minutes_id>/", views.minutes, name="minutes"),
    path("<slug:slug>/minutes/new/", views.write_minutes, name="write_minutes"),
    path("need/<uuid:need_id>/new/", views.record, name="record"),
    path("<slug:slug>/", views.list_, name="list"),
]
