"""Addresses of projects and of offers."""

from django.urls import path

from funds.projects import views

app_name = "projects"
urlpatterns = [
    path("project/<uuid:project_id>/", views.detail, name="detail"),
    path("decision/<uuid:decision_id>/open/", views.open_project, name="open"),
    path("offers/<slug:slug>/", views.offer_list, name="offers"),
    path("offers/<slug:slug>/new/", views.offer_new, name="offer_new"),
    path("offer/<uuid:offer_id>/", views.offer, name="offer"),
    path("offer/<uuid:offer_id>/answer/", views.answer, name="offer_answer"),
    path("offer/mine/<str:follow_code>/", views.follow, name="follow"),
    path("offer/mine/<str:follow_code>/withdraw/", views.mine_withdraw, name="offer_withdraw"),
    path("<slug:slug>/", views.project_list, name="list"),
    path("<slug:slug>/copy/<uuid:project_id>/", views.copy, name="copy"),
]
