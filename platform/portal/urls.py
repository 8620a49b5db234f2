"""Addresses of the pages where everything meets."""

from django.urls import path

from portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("how-it-works/", views.how, name="how"),
    path("api/", views.openapi, name="openapi"),
    path("towns/<slug:slug>/", views.town, name="town"),
    path("chain/<uuid:need_id>/", views.chain, name="chain"),
]
