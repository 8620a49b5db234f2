"""Every answer carries the site's policy, and one that brings its own keeps that."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from common.policy import PolicyMiddleware


def answered(**headers: str) -> HttpResponse:
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse("", headers=headers)

    return PolicyMiddleware(view)(RequestFactory().get("/"))


def test_the_policy_says_what_the_settings_say() -> None:
    parts = dict(part.split(" ", 1) for part in answered()["Content-Security-Policy"].split("; "))
    wanted = {name: " ".join(values) for name, values in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].items()}
    assert parts == wanted


def test_an_answer_keeps_a_policy_of_its_own() -> None:
    own = answered(**{"Content-Security-Policy": "sandbox"})
    assert own["Content-Security-Policy"] == "sandbox"
