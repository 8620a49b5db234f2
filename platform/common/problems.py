"""How the API's errors look in its description: one shape for all, as `common.http.api_problem` makes them."""

from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

Problem = inline_serializer(
    "Problem",
    {
        "code": serializers.CharField(help_text="stable, for programs"),
        "message": serializers.CharField(help_text="what to do, for people"),
        "errors": serializers.DictField(required=False, help_text="per parameter, where several are wrong"),
    },
)


def problem(words: str) -> OpenApiResponse:
    """An error answer of the API, described in words."""
    return OpenApiResponse(Problem, words)


BAD_PARAMETER = problem("a parameter is wrong")
TOO_MANY = problem("too many requests; see Retry-After")
