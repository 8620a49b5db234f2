"""Published indicators of closed waves for programs: weighted beside raw, by keyset of the row id."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.problems import BAD_PARAMETER, TOO_MANY, problem
from councils.indicators.models import Estimate
from towns.queries import known_town

MAX_LIMIT = 500


class IndicatorQuery(serializers.Serializer[Any]):
    town = serializers.SlugField(required=False)
    indicator = serializers.CharField(required=False, max_length=40)
    weighted = serializers.BooleanField(required=False, allow_null=True, default=None)
    after = serializers.IntegerField(required=False, min_value=0, default=0)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT, default=100)


class IndicatorRow(serializers.ModelSerializer[Estimate]):
    town = serializers.CharField(source="publication.wave.town.slug")
    wave = serializers.IntegerField(source="publication.wave.number")
    closed_at = serializers.DateTimeField(source="publication.wave.closed_at")

    class Meta:
        model = Estimate
        fields = (
            "id", "town", "wave", "closed_at", "indicator", "option", "weighted", "value", "se", "ci_low", "ci_high",
            "n", "n_eff", "deff", "obs_status", "conf_status", "note",
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
            OpenApiParameter("weighted", bool, description="only weighted (true) or only raw (false) figures"),
            OpenApiParameter("after", int, description="only rows with a larger id"),
            OpenApiParameter("limit", int, description=f"1 to {MAX_LIMIT}, 100 unless told"),
        ],
        responses={
            200: IndicatorPage,
            400: BAD_PARAMETER,
            404: problem("no such town"),
            429: TOO_MANY,
        },
    )
    def get(self, request: Request) -> Response:
        """Published figures of closed survey waves. Suppressed figures stand there without a value."""
        asked = IndicatorQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        facts = asked.validated_data
        rows = Estimate.objects.select_related("publication__wave__town").filter(
            publication__wave__state="closed", publication__replaced_by__isnull=True, id__gt=facts["after"]
        )
        if "town" in facts:
            rows = rows.filter(publication__wave__town__slug=facts["town"])
        if "indicator" in facts:
            rows = rows.filter(indicator=facts["indicator"])
        if facts["weighted"] is not None:
            rows = rows.filter(weighted=facts["weighted"])
        found = list(rows.order_by("id")[: facts["limit"] + 1])
        if "town" in facts and not found:
            known_town(slug=facts["town"])
        page = found[: facts["limit"]]
        after = page[-1].pk if len(found) > len(page) else None
        return Response(IndicatorPage({"next_after": after, "results": page}).data)
