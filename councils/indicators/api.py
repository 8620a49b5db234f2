"""Published indicators of closed waves for programs: weighted beside raw, by keyset of the row id.

The newest vintage of each wave unless another is asked for. Nothing of an open wave leaves, whatever is asked.
"""

import hashlib
from http import HTTPStatus
from typing import Any

from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags, quote_etag
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.queries import site_version
from common.http import BUILD
from common.problems import BAD_PARAMETER, TOO_MANY, problem
from councils.indicators.models import Estimate
from councils.indicators.queries import catalogue
from towns.queries import known_town

MAX_LIMIT = 500
_LARGEST = 2**31 - 1


class IndicatorQuery(serializers.Serializer[Any]):
    town = serializers.SlugField(required=False)
    indicator = serializers.CharField(required=False, max_length=40)
    domain = serializers.ChoiceField(required=False, choices=())
    wave = serializers.IntegerField(required=False, min_value=1, max_value=_LARGEST)
    wave_id = serializers.UUIDField(required=False)
    vintage = serializers.IntegerField(required=False, min_value=1, max_value=_LARGEST)
    weighted = serializers.BooleanField(required=False, allow_null=True, default=None)
    after = serializers.IntegerField(required=False, min_value=0, default=0)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT, default=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["domain"] = serializers.ChoiceField(required=False, choices=sorted(catalogue().domains))


class IndicatorRow(serializers.ModelSerializer[Estimate]):
    town = serializers.CharField(source="publication.wave.town.slug")
    wave = serializers.IntegerField(source="publication.wave.number")
    wave_id = serializers.UUIDField(source="publication.wave.pk")
    vintage = serializers.IntegerField(source="publication.number")
    closed_at = serializers.DateTimeField(source="publication.wave.closed_at")

    class Meta:
        model = Estimate
        fields = (
            "id", "town", "wave", "wave_id", "vintage", "closed_at", "indicator", "version", "option", "weighted",
            "value", "se", "ci_low", "ci_high", "n", "n_eff", "deff", "obs_status", "conf_status", "note", "trend",
        )  # fmt: skip


class IndicatorPage(serializers.Serializer[Any]):
    next_after = serializers.IntegerField(allow_null=True)
    results = IndicatorRow(many=True)


class IndicatorList(APIView):
    @extend_schema(
        operation_id="indicators_list",
        parameters=[
            OpenApiParameter("town", str, description="slug of a town"),
            OpenApiParameter("indicator", str, description="code of an indicator"),
            OpenApiParameter("domain", str, description="code of a domain: its indicators and their answers"),
            OpenApiParameter("wave", int, description="number of a wave in its town"),
            OpenApiParameter("wave_id", str, description="id of one wave"),
            OpenApiParameter("vintage", int, description="number of an edition; the newest of each wave unless told"),
            OpenApiParameter("weighted", bool, description="only weighted (true) or only raw (false) figures"),
            OpenApiParameter("after", int, description="only rows with a larger id"),
            OpenApiParameter("limit", int, description=f"1 to {MAX_LIMIT}, 100 unless told"),
        ],
        responses={
            200: IndicatorPage,
            304: None,
            400: BAD_PARAMETER,
            404: problem("no such town"),
            429: TOO_MANY,
        },
    )
    def get(self, request: Request) -> Response:
        """Published figures of closed survey waves. Suppressed figures stand there without a value."""
        asked = IndicatorQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        told = f"{BUILD}|{request.get_full_path()}|{site_version()}"
        etag = quote_etag(hashlib.sha256(told.encode()).hexdigest()[:24])
        known = parse_etags(request.headers.get("If-None-Match", ""))
        if etag in known or f"W/{etag}" in known:
            response = Response(status=HTTPStatus.NOT_MODIFIED)
        else:
            response = Response(IndicatorPage(_page(asked.validated_data)).data)
        response["ETag"] = etag
        patch_cache_control(response, public=True, max_age=0, must_revalidate=True)
        return response


def _page(facts: dict[str, Any]) -> dict[str, Any]:
    rows = Estimate.objects.select_related("publication__wave__town").filter(
        publication__wave__state="closed", id__gt=facts["after"]
    )
    vintage = facts.get("vintage")
    rows = rows.filter(publication__number=vintage) if vintage else rows.filter(publication__replaced_by__isnull=True)
    for name, field in (
        ("town", "publication__wave__town__slug"),
        ("indicator", "indicator"),
        ("wave", "publication__wave__number"),
        ("wave_id", "publication__wave_id"),
    ):
        if name in facts:
            rows = rows.filter(**{field: facts[name]})
    if "domain" in facts:
        rows = rows.filter(indicator__in=[one.code for one in catalogue().indicators if one.domain == facts["domain"]])
    if facts["weighted"] is not None:
        rows = rows.filter(weighted=facts["weighted"])
    found = list(rows.order_by("id")[: facts["limit"] + 1])
    if "town" in facts and not found:
        known_town(slug=facts["town"])
    page = found[: facts["limit"]]
    return {"next_after": page[-1].pk if len(found) > len(page) else None, "results": page}
