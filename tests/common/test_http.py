"""Refusals become pages and API problems in one place; public pages get their tag and cache headers in another."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from pytest_django.fixtures import Settings
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import DomainError, Forbidden, NotFound
from common.http import BUILD, public_page, status_of
from common.verdict import ALLOWED, Verdict, refused


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


def _raise(error: Exception) -> Callable[..., HttpResponse]:
    def view(_request: HttpRequest) -> HttpResponse:
        raise error

    return view


class Problems(APIView):
    throttle_classes = ()

    def get(self, request: Request) -> Response:
        """Raise what the test names."""
        errors: dict[str, Exception] = {
            "domain": DomainError("too_late", "Come <earlier>."),
            "forbidden": Forbidden("forbidden", _("Sign in first.")),
            "missing": NotFound("no_town", "No town."),
            "http404": Http404(),
            "invalid": ValidationError({"limit": ["Too many."]}),
            "throttled": Throttled(wait=7),
            "denied": PermissionDenied(),
        }
        raise errors[request.query_params["what"]]


urlpatterns = [
    path("domain/", _raise(DomainError("too_late", "Come <earlier>."))),
    path("forbidden/", _raise(Forbidden("forbidden", _("Sign in first.")))),
    path("missing/", _raise(NotFound("no_town", "There is no <such> town."))),
    path("http404/", _raise(Http404())),
    path("denied/", _raise(PermissionDenied())),
    path("suspicious/", _raise(SuspiciousOperation())),
    path("broken/", _raise(ZeroDivisionError())),
    path("api/", Problems.as_view()),
]
handler400 = "common.http.bad_request"
handler403 = "common.http.forbidden"
handler404 = "common.http.not_found"
handler500 = "common.http.server_error"


@pytest.fixture
def client(settings: Settings) -> Client:
    """A site of nothing but refusals. Its pages lead to the real site's addresses, so templates get those."""
    settings.MIDDLEWARE = [
        "django.middleware.common.CommonMiddleware",
        "common.http.RefusalMiddleware",
        f"{__name__}.{UseUrlsOfThisFile.__name__}",
    ]
    return Client(raise_request_exception=False)


class UseUrlsOfThisFile:
    """Only views are looked up here; `reverse` in templates still sees the whole site."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__
        return self.get_response(request)


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DomainError("x", "x"), HTTPStatus.CONFLICT),
        (Forbidden("x", "x"), HTTPStatus.FORBIDDEN),
        (NotFound("x", "x"), HTTPStatus.NOT_FOUND),
    ],
)
def test_each_kind_of_refusal_has_its_status(error: DomainError, status: HTTPStatus) -> None:
    assert status_of(error) == status


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/domain/", 409, "Come &lt;earlier&gt;."),
        ("/forbidden/", 403, "Sign in first."),
        ("/missing/", 404, "There is no &lt;such&gt; town."),
        ("/http404/", 404, "All towns"),
        ("/nowhere/", 404, "All towns"),
        ("/denied/", 403, "My page"),
        ("/suspicious/", 400, "To the first page"),
        ("/broken/", 500, "<html"),
    ],
)
def test_a_refusal_is_a_page_that_says_what_to_do(client: Client, address: str, status: int, words: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, words in text(answer)) == (status, True)
    assert answer["Content-Type"].startswith("text/html")
    assert "ETag" not in answer
    assert "ZeroDivisionError" not in text(answer)


def problem(client: Client, what: str) -> tuple[int, dict[str, Any]]:
    answer = client.get("/api/", {"what": what})
    return answer.status_code, answer.json()


def test_the_api_tells_every_problem_in_one_shape(client: Client) -> None:
    assert problem(client, "domain") == (409, {"code": "too_late", "message": "Come <earlier>."})
    assert problem(client, "forbidden") == (403, {"code": "forbidden", "message": "Sign in first."})
    assert problem(client, "missing") == (404, {"code": "no_town", "message": "No town."})
    nothing = {"code": "not_found", "message": "There is no such thing here. Check the address."}
    assert problem(client, "http404") == (404, nothing)
    wrong = "Some values are wrong; see errors."
    assert problem(client, "invalid") == (
        400,
        {"code": "invalid", "message": wrong, "errors": {"limit": ["Too many."]}},
    )
    status, told = problem(client, "throttled")
    assert (status, told["code"], set(told)) == (429, "throttled", {"code", "message"})
    assert problem(client, "denied")[0] == 403


def page(
    version: object = 1, *, status: int = 200, method: str = "GET", path: str = "/en/", **headers: str
) -> HttpResponse:
    calls.clear()

    @public_page(lambda: version)
    def view(_request: HttpRequest) -> HttpResponse:
        calls.append(1)
        return HttpResponse("words", status=status)

    return view(RequestFactory().generic(method, path, headers=headers))


calls: list[int] = []


def test_a_known_tag_spares_the_view() -> None:
    first = page()
    assert (first.content, len(calls)) == (b"words", 1)
    again = page(if_none_match=first["ETag"])
    assert (again.status_code, again.content, again["ETag"], len(calls)) == (304, b"", first["ETag"], 0)
    assert again["Cache-Control"] == first["Cache-Control"]
    assert page(if_none_match=f"W/{first['ETag']}").status_code == 304  # weakened by a proxy that compressed it
    assert page(method="HEAD", if_none_match=first["ETag"]).status_code == 304


def test_version_address_and_query_make_the_tag() -> None:
    tags = [page()["ETag"], page(2)["ETag"], page(path="/kk/")["ETag"], page(path="/en/?x=1")["ETag"]]
    assert len(set(tags)) == 4
    assert page()["ETag"] == tags[0]
    assert page(2, if_none_match=tags[0]).status_code == 200


@pytest.mark.parametrize("status", [301, 404, 409, 500])
def test_only_whole_pages_are_kept(status: int) -> None:
    answer = page(status=status)
    assert (answer.status_code, "ETag" in answer, "Cache-Control" in answer) == (status, False, False)


def test_any_tag_is_no_answer_for_what_is_not_there() -> None:
    assert page(status=404, if_none_match="*").status_code == 404


def test_whatever_is_sent_passes_through() -> None:
    answer = page(method="POST", if_none_match=page()["ETag"])
    assert (answer.status_code, "ETag" in answer, len(calls)) == (200, False, 1)


def test_the_build_is_known() -> None:
    assert len(BUILD) == 12
    assert set(BUILD) <= set("0123456789abcdef")


def test_a_verdict_is_true_or_says_why() -> None:
    ALLOWED.enforce()
    assert (bool(ALLOWED), ALLOWED.reason) == (True, "")
    no = refused("Not today.")
    assert (bool(no), no) == (False, Verdict(allowed=False, reason="Not today."))
    with pytest.raises(Forbidden) as error:
        no.enforce()
    assert (error.value.code, error.value.message, str(error.value)) == (
        "forbidden",
        "Not today.",
        "forbidden: Not today.",
    )
