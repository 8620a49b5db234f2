"""Councils' lists of priorities for programs: places beside the evidence, reasons, and how often a council departs.

Published lists only. Drafts never pass here.
"""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.problems import BAD_PARAMETER, TOO_MANY, problem
from councils.priorities.models import Priority, PriorityList
from councils.priorities.queries import lists, lists_after
from towns.queries import known_town

MAX_LIMIT = 100


class PriorityQuery(serializers.Serializer[Any]):
    town = serializers.SlugField(required=False)
    after = serializers.UUIDField(required=False)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT, default=20)


class PriorityRow(serializers.ModelSerializer[Priority]):
    class Meta:
        model = Priority
        fields = ("need", "place", "evidence", "best", "worst", "departs", "reason")


class PriorityListRow(serializers.ModelSerializer[PriorityList]):
    town = serializers.CharField(source="council.town.slug")
    wave_id = serializers.UUIDField(source="publication.wave_id")
    vintage = serializers.IntegerField(source="publication.number")
    priorities = PriorityRow(many=True)

    class Meta:
        model = PriorityList
        fields = (
            "id", "town", "number", "decided_date", "published_at", "wave_id", "vintage", "language", "text", "judged",
            "departed", "priorities",
        )  # fmt: skip


class PriorityPage(serializers.Serializer[Any]):
    next_after = serializers.UUIDField(allow_null=True)
    results = PriorityListRow(many=True)


class PriorityLists(APIView):
    @extend_schema(
        operation_id="priorities_list",
        parameters=[
            OpenApiParameter("town", str, description="slug of a town"),
            OpenApiParameter("after", UUID, description="id of the last list already seen"),
            OpenApiParameter("limit", int, description=f"1 to {MAX_LIMIT}, 20 unless told"),
        ],
        responses={200: PriorityPage, 400: BAD_PARAMETER, 404: problem("no such town"), 429: TOO_MANY},
    )
    def get(self, request: Request) -> Response:
        """Every list that councils published, in that order. Of `judged` places that evidence can judge `departed`
        do not follow it.
        """
        asked = PriorityQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        facts = asked.validated_data
        rows = lists().select_related("publication")
        if "town" in facts:
            rows = rows.filter(council__town__slug=facts["town"])
        found = lists_after(rows=rows, after=facts.get("after"), limit=facts["limit"] + 1)
        if "town" in facts and not found:
            known_town(slug=facts["town"])
        page = found[: facts["limit"]]
        after = page[-1].pk if len(found) > len(page) else None
        return Response(PriorityPage({"next_after": after, "results": page}).data)
