"""Addresses of spending."""

from django.urls import path

from funds.spending import views

app_name = "spending"
urlpatterns = [
    path("project/<uuid:project_id>/new/", views.new, name="new"),
    path("request/<uuid:request_id>/", views.detail, name="detail"),
    path("request/<uuid:request_id>/decide/", views.decide, name="approve"),
    path("request/<uuid:request_id>/withdraw/", views.withdraw, name="withdraw"),
    path("request/<uuid:request_id>/pay/", views.pay, name="pay"),
    path("request/<uuid:request_id>/publish/", views.publish, name="publish"),
    path("request/<uuid:request_id>/document/", views.document, name="document"),
    path("request/<uuid:request_id>/proof/", views.proof, name="proof"),
    path("request/<uuid:request_id>/photo/", views.photo, name="photo"),
    path("<slug:slug>/payout/", views.payout, name="payout"),
    path("<slug:slug>/", views.request_list, name="list"),
]
