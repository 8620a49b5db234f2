"""The public ledger for programs: one list per town, newest first, by keyset."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.problems import BAD_PARAMETER, TOO_MANY, problem
from funds.ledger import queries
from funds.ledger.states import Kind

MAX_LIMIT = 200


class LedgerQuery(serializers.Serializer[Any]):
    town = serializers.SlugField(help_text="slug of the town, e.g. temirtau")
    before = serializers.IntegerField(required=False, min_value=1, help_text="rows with a smaller seq")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT, default=50)


class LedgerRow(serializers.Serializer[Any]):
    seq = serializers.IntegerField()
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    effective_date = serializers.DateField()
    booked_at = serializers.DateTimeField()
    memo = serializers.CharField()
    project_id = serializers.UUIDField(source="earmark_id", allow_null=True)
    project = serializers.CharField(source="earmark")
    currency = serializers.CharField()
    change_minor = serializers.IntegerField(help_text="what it did to the fund's money, in minor units")
    volume_minor = serializers.IntegerField(help_text="the largest entry, in minor units")
    balance_minor = serializers.IntegerField(help_text="the fund's money in this currency after it")


class LedgerPage(serializers.Serializer[Any]):
    next_before = serializers.IntegerField(allow_null=True)
    results = LedgerRow(many=True)


class LedgerList(APIView):
    @extend_schema(
        operation_id="ledger_list",
        parameters=[
            OpenApiParameter("town", str, required=True, description="slug of the town, e.g. temirtau"),
            OpenApiParameter("before", int, description="only transactions with a smaller seq"),
            OpenApiParameter("limit", int, description=f"1 to {MAX_LIMIT}, 50 unless told"),
        ],
        responses={
            200: LedgerPage,
            400: BAD_PARAMETER,
            404: problem("no such town or fund"),
            429: TOO_MANY,
        },
    )
    def get(self, request: Request) -> Response:
        """Transactions of a town's fund, newest first."""
        asked = LedgerQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = queries.fund_of_town(slug=asked.validated_data["town"])
        page = queries.page(fund=found, before=asked.validated_data.get("before"), limit=asked.validated_data["limit"])
        return Response(LedgerPage({"next_before": page.older, "results": page.rows}).data)
