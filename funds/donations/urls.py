"""Addresses of this room. The receipt's stands first: a town may be called anything but `gift`."""

from django.urls import URLPattern, path

from funds.donations import views

app_name = "donations"
urlpatterns: list[URLPattern] = [
    path("gift/<slug:receipt_code>/", views.receipt, name="receipt"),
    path("gift/<slug:receipt_code>/proof.tlog-proof", views.proof, name="proof"),
    path("gift/<slug:receipt_code>/proof/", views.proof_check, name="proof_check"),
    path("gift/<slug:receipt_code>/proof.svg", views.proof_qr, name="proof_qr"),
    path("<slug:slug>/", views.give, name="give"),
]
