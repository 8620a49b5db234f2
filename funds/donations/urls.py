"""Addresses of this room, whole: it has pages under several first words. The receipt's stands before the town's:
a town may be called anything but `gift`."""

from django.urls import URLPattern, path

from funds.donations import views
from funds.donations.views import papers

app_name = "donations"
urlpatterns: list[URLPattern] = [
    path("give/gift/<slug:receipt_code>/", views.receipt, name="receipt"),
    path("give/gift/<slug:receipt_code>/proof.tlog-proof", views.proof, name="proof"),
    path("give/gift/<slug:receipt_code>/proof/", views.proof_check, name="proof_check"),
    path("give/gift/<slug:receipt_code>/proof.svg", views.proof_qr, name="proof_qr"),
    path("give/gift/<slug:receipt_code>/receipt.pdf", papers.receipt_pdf, name="receipt_pdf"),
    path("give/<slug:slug>/", views.give, name="give"),
    path("matching/pledge/<uuid:pledge_id>/", views.pledge_page, name="pledge"),
    path("matching/<slug:slug>/", views.pledges, name="pledges"),
    path("matching/<slug:slug>/new/", views.pledge_new, name="pledge_new"),
]
