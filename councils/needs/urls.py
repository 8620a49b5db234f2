"""Addresses of needs. Those with a town's slug come last: `need`, `ticket` and `follow` are never towns."""

from django.urls import path

from councils.needs.views import council, filing, public, tickets

app_name = "needs"
urlpatterns = [
    path("follow/", tickets.follow, name="follow"),
    path("ticket/<str:ticket>/", tickets.ticket, name="ticket"),
    path("need/<uuid:need_id>/", public.detail, name="detail"),
    path("need/<uuid:need_id>/photo/", public.photo, name="photo"),
    path("need/<uuid:need_id>/answer/", council.answer, name="answer"),
    path("<slug:slug>/", public.list_, name="list"),
    path("<slug:slug>/new/", filing.file, name="file"),
    path("<slug:slug>/triage/", council.triage, name="triage"),
]
