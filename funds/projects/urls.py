"""Addresses of projects."""

from django.urls import path

from funds.projects import views

app_name = "projects"
urlpatterns = [
    path("project/<uuid:project_id>/", views.detail, name="detail"),
    path("decision/<uuid:decision_id>/open/", views.open_project, name="open"),
    path("<slug:slug>/", views.project_list, name="list"),
]
