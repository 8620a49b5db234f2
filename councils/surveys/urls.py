"""Addresses of surveys. Those with a town's slug come last: `wave`, `resume` and `questionnaires` are never towns."""

from django.urls import path

from councils.surveys.views import answering, council, public, questionnaires, running, sharing

app_name = "surveys"
urlpatterns = [
    path("resume/", answering.resume, name="resume"),
    path("questionnaires/", questionnaires.questionnaires, name="questionnaires"),
    path("wave/<uuid:wave_id>/", public.wave, name="wave"),
    path("wave/<uuid:wave_id>/answer/<int:number>/", answering.section, name="section"),
    path("wave/<uuid:wave_id>/review/", answering.review, name="review"),
    path("wave/<uuid:wave_id>/forget/", answering.forget, name="forget"),
    path("wave/<uuid:wave_id>/done/", public.done, name="done"),
    path("wave/<uuid:wave_id>/close/", council.close_wave, name="close_wave"),
    path("wave/<uuid:wave_id>/run/", running.run, name="run"),
    path("wave/<uuid:wave_id>/share/", sharing.share, name="share"),
    path("wave/<uuid:wave_id>/code.svg", sharing.poster_code, name="poster_code"),
    path("campaign/", council.open_campaign, name="open_campaign"),
    path("<slug:slug>/council/", running.council, name="council"),
    path("<slug:slug>/", public.list_, name="list"),
    path("<slug:slug>/open/", council.open_wave, name="open_wave"),
]
