"""Addresses of the towns. One town's page, towns/<slug>/, belongs to the portal, which knows its council and fund."""

from django.urls import path

from towns import views

app_name = "towns"
urlpatterns = [path("", views.town_list, name="list")]
