"""Addresses of the pages where everything meets."""

from django.urls import path

from portal import association, log_pages, priorities, views, work

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("how-it-works/", views.how, name="how"),
    path("api/", views.openapi, name="openapi"),
    path("towns/<slug:slug>/", views.town, name="town"),
    path("towns/<slug:slug>/alike/", association.association, name="association"),
    path("towns/<slug:slug>/alike/copy/", association.copying, name="copying"),
    path("priorities/", priorities.towns, name="priorities_of_towns"),
    path("priorities/<slug:slug>/", priorities.town, name="priorities"),
    path("priorities/list/<uuid:list_id>/", priorities.one_list, name="priority_list"),
    path("waiting/", work.towns, name="work_towns"),
    path("towns/<slug:slug>/waiting/", work.work, name="work"),
    path("chain/<uuid:need_id>/", views.chain, name="chain"),
    path("verify/", log_pages.verify, name="verify"),
    path("verify/server/", log_pages.check_on_server, name="check"),
    path("how-to-check/", log_pages.explain, name="explain"),
    path("log/<slug:slug>/", log_pages.log, name="log"),
    path("log/<slug:slug>/<int:index>/", log_pages.proof, name="proof"),
    path("log/<slug:slug>/<int:index>.svg", log_pages.proof_qr, name="proof_qr"),
]
