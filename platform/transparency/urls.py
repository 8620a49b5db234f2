"""Addresses of the log, without a language: they are names in a protocol and never change.

A town's first log has the bare address; one that was begun anew has its number behind it, from 2.
"""

from django.urls import URLPattern, path, register_converter

from transparency import views


class GenerationConverter:
    """2, 3, ...: without leading zeros, so that a log has one address."""

    regex = "[2-9]|[1-9][0-9]{1,3}"

    def to_python(self, value: str) -> int:
        """The number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """The digits."""
        return str(value)


register_converter(GenerationConverter, "generation")
app_name = "transparency"


def _below(log: str) -> list[URLPattern]:
    """What lies below the address of a log."""
    return [
        path(f"{log}/checkpoint", views.checkpoint, name="checkpoint"),
        path(f"{log}/succession", views.succession, name="succession"),
        path(f"{log}/tile/entries/<path:rest>", views.bundle, name="bundle"),
        path(f"{log}/tile/<path:rest>", views.tile, name="tile"),
        path(f"{log}/proof/<int:index>.tlog-proof", views.proof, name="proof"),
        path(f"{log}/policy", views.policy, name="policy"),
        path(f"{log}/vkey", views.vkey, name="vkey"),
    ]


urlpatterns = [
    *_below("log/<slug:slug>"),
    *_below("log/<slug:slug>/<generation:generation>"),
    path("witness/<slug:slug>/add-checkpoint", views.add_checkpoint, name="add_checkpoint"),
    path("witness/<slug:slug>/<slug:origin_sha256>/checkpoint", views.witnessed, name="witnessed"),
]
