"""Addresses of surveys. Those with a town's slug come last: `wave`, `resume` and `questionnaires` are never towns."""

from django.urls import path

from councils.surveys.views import (
    answering,
    council,
    devices,
    entrances,
    files,
    helping,
    invitations,
    odk,
    offline,
    paper,
    public,
    questionnaires,
    reading,
    running,
    sending,
    sharing,
    sheets,
    submissions,
)

app_name = "surveys"
urlpatterns = [
    path("resume/", entrances.resume, name="resume"),
    path("questionnaires/", questionnaires.questionnaires, name="questionnaires"),
    path("wave/<uuid:wave_id>/", public.wave, name="wave"),
    path("wave/<uuid:wave_id>/answer/<int:number>/", answering.section, name="section"),
    path("wave/<uuid:wave_id>/review/", sending.review, name="review"),
    path("wave/<uuid:wave_id>/code/", entrances.letter, name="letter"),
    path("wave/<uuid:wave_id>/file/<str:name>", files.file, name="file"),
    path("wave/<uuid:wave_id>/sw.js", offline.worker, name="worker"),
    path("wave/<uuid:wave_id>/offline/", offline.offline, name="offline"),
    path("wave/<uuid:wave_id>/sync/", offline.sync, name="sync"),
    path("wave/<uuid:wave_id>/withdraw/", sending.withdraw, name="withdraw"),
    path("wave/<uuid:wave_id>/forget/", sending.forget, name="forget"),
    path("wave/<uuid:wave_id>/done/", sending.done, name="done"),
    path("wave/<uuid:wave_id>/close/", council.close_wave, name="close_wave"),
    path("wave/<uuid:wave_id>/run/", running.run, name="run"),
    path("wave/<uuid:wave_id>/share/", sharing.share, name="share"),
    path("wave/<uuid:wave_id>/code.svg", sharing.poster_code, name="poster_code"),
    path("wave/<uuid:wave_id>/open-answers/", reading.questions, name="reading"),
    path("wave/<uuid:wave_id>/open-answers/<str:question>/", reading.read, name="read"),
    path("wave/<uuid:wave_id>/words/", reading.words, name="words"),
    path("wave/<uuid:wave_id>/words/<str:question>/", reading.words, name="words_of"),
    path("wave/<uuid:wave_id>/codes/", invitations.codes, name="codes"),
    path("wave/<uuid:wave_id>/my-code/", invitations.my_code, name="my_code"),
    path("wave/<uuid:wave_id>/sheets/", sheets.sheets, name="sheets"),
    path("wave/<uuid:wave_id>/sheets/<str:token>/", sheets.sheets_ready, name="sheets_ready"),
    path("wave/<uuid:wave_id>/paper/", paper.paper, name="paper"),
    path("wave/<uuid:wave_id>/together/", helping.together, name="together"),
    path("campaign/", council.open_campaign, name="open_campaign"),
    path("<slug:slug>/help/", devices.helping, name="helping"),
    path("<slug:slug>/devices/", devices.devices, name="devices"),
    path("<slug:slug>/devices/<uuid:device_id>/revoke/", devices.revoke, name="revoke_device"),
    path("<slug:slug>/council/", running.council, name="council"),
    path("<slug:slug>/", public.list_, name="list"),
    path("<slug:slug>/open/", council.open_wave, name="open_wave"),
]

# Addresses of helpers' devices: no language, and with or without a token that stands for name and secret.
_DEVICES = [
    ("formList", odk.form_list, "form_list"),
    ("submission", submissions.submission, "submission"),
    ("forms/<str:form_id>/form.xml", odk.form, "form"),
    ("forms/<str:form_id>/manifest.xml", odk.manifest, "manifest"),
    ("forms/<str:form_id>/media/<str:name>", odk.media, "media"),
]
device_patterns = [
    *(path(route, view, name=name) for route, view, name in _DEVICES),
    *(path(f"<str:token>/{route}", view, name=f"token_{name}") for route, view, name in _DEVICES),
]
