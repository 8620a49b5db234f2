"""Addresses of the log, without a language: they are names in a protocol and never change."""

from django.urls import path

from transparency import views

app_name = "transparency"

urlpatterns = [
    path("log/<slug:slug>/checkpoint", views.checkpoint, name="checkpoint"),
    path("log/<slug:slug>/tile/entries/<path:rest>", views.bundle, name="bundle"),
    path("log/<slug:slug>/tile/<path:rest>", views.tile, name="tile"),
    path("log/<slug:slug>/proof/<int:index>.tlog-proof", views.proof, name="proof"),
    path("log/<slug:slug>/policy", views.policy, name="policy"),
    path("log/<slug:slug>/vkey", views.vkey, name="vkey"),
    path("witness/<slug:slug>/add-checkpoint", views.add_checkpoint, name="add_checkpoint"),
    path("witness/<slug:slug>/<slug:origin_sha256>/checkpoint", views.witnessed, name="witnessed"),
]
