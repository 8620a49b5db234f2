"""Needs for programs: read only, and only what is public. Hidden and unanswered texts never pass here, not even ids."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
)
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from common.clock import day_of
from common.problems import BAD_PARAMETER, TOO_MANY, problem
from councils.needs import queries
from councils.needs.models import Need
from councils.needs.states import Category, NeedState
from towns.queries import known_town

MAX_LIMIT = 100
_PUBLIC_STATES = [(state.value, state.label) for state in (NeedState.ACCEPTED, NeedState.REFUSED)]


class NeedSerializer(serializers.ModelSerializer[Need]):
    """Days, never moments: the hour of filing could lead to a person."""

    town = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    state = serializers.ChoiceField(choices=_PUBLIC_STATES, read_only=True)
    filed_date = serializers.SerializerMethodField()
    answered_date = serializers.SerializerMethodField()
    photo_url = serializers.SerializerMethodField()
    page_url = serializers.SerializerMethodField()

    class Meta:
        model = Need
        fields = [
            "id",
            "town",
            "text",
            "language",
            "category",
            "quarter",
            "state",
            "refusal_reason",
            "answer",
            "filed_date",
            "answered_date",
            "photo_url",
            "page_url",
        ]
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.DATE)
    def get_filed_date(self, need: Need) -> str:
        return day_of(need.filed_at).isoformat()

    @extend_schema_field(OpenApiTypes.DATE)
    def get_answered_date(self, need: Need) -> str | None:
        return day_of(need.answered_at).isoformat() if need.answered_at else None

    def get_photo_url(self, need: Need) -> str | None:
        return self._absolute("needs:photo", need) if need.photo else None

    def get_page_url(self, need: Need) -> str:
        return self._absolute("needs:detail", need)

    def _absolute(self, name: str, need: Need) -> str:
        request: Request = self.context["request"]
        return str(request.build_absolute_uri(reverse(name, args=[need.pk])))


class NeedFilter(filters.FilterSet):  # type: ignore[misc]
    town = filters.CharFilter(field_name="town__slug", help_text="slug of a town, for example temirtau")
    category = filters.ChoiceFilter(choices=Category.choices)
    state = filters.ChoiceFilter(choices=_PUBLIC_STATES)

    class Meta:
        model = Need
        fields: list[str] = []


class NeedPage(serializers.Serializer[Any]):
    next_after = serializers.UUIDField(allow_null=True, help_text="ask with ?after= for the next ones; null at the end")
    results = NeedSerializer(many=True)


class NeedQuery(serializers.Serializer[Any]):
    after = serializers.UUIDField(required=False)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT, default=20)


class NeedList(GenericAPIView[Need]):
    serializer_class = NeedSerializer
    filterset_class = NeedFilter
    queryset = queries.public_needs()

    @extend_schema(
        operation_id="needs_list",
        filters=True,
        parameters=[
            OpenApiParameter("after", UUID, description="id of the last need already seen"),
            OpenApiParameter("limit", int, description=f"1 to {MAX_LIMIT}, 20 unless told"),
        ],
        responses={
            200: NeedPage,
            400: BAD_PARAMETER,
            404: problem("no such town"),
            429: TOO_MANY,
        },
    )
    def get(self, request: Request) -> Response:
        """Needs that a council has answered, newest first. The cursor is an id, so that it tells no moment."""
        asked = NeedQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        page = queries.newest_first(
            self.filter_queryset(self.get_queryset()),
            after=asked.validated_data.get("after"),
            limit=asked.validated_data["limit"],
        )
        town = request.query_params.get("town")
        if town and not page.items:  # nothing of it to read, or no such town: only then it costs a query
            known_town(slug=town)
        body = NeedPage({"next_after": page.next_after, "results": page.items}, context=self.get_serializer_context())
        return Response(body.data)


class NeedDetail(GenericAPIView[Need]):
    serializer_class = NeedSerializer
    filter_backends = ()
    queryset = queries.public_needs()

    @extend_schema(
        operation_id="needs_read",
        responses={
            200: NeedSerializer,
            404: problem("no such need, or not public"),
            429: TOO_MANY,
        },
    )
    def get(self, request: Request, need_id: UUID) -> Response:
        """One need that a council has answered."""
        return Response(self.get_serializer(queries.public_need(need_id)).data)
