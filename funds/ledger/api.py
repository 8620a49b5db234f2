"""The public ledger for programs: one list per town, newest first, by keyset, with the filters of the ledger's page."""

from typing import Any

from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from common.problems import BAD_PARAMETER, TOO_MANY, problem
from funds.ledger import queries
from funds.ledger.models import Fund, Transaction
from funds.ledger.queries import Chosen
from funds.ledger.states import Kind

MAX_LIMIT = 200
_DAY = ["%Y-%m-%d"]


class LedgerFilter(filters.FilterSet):  # type: ignore[misc]
    """The same choice as on the ledger's page. It is read by keyset (`queries.page`), never by this queryset."""

    project = filters.UUIDFilter(
        field_name="entries__account__earmark_id", help_text="id of a project of this fund: lines of its money alone"
    )
    kind = filters.ChoiceFilter(choices=Kind.choices, help_text="lines of one kind alone")
    since = filters.DateFilter(
        field_name="booked_at", lookup_expr="date__gte", input_formats=_DAY, help_text="booked on this day or later"
    )
    until = filters.DateFilter(
        field_name="booked_at", lookup_expr="date__lte", input_formats=_DAY, help_text="booked on this day or earlier"
    )

    class Meta:
        model = Transaction
        fields: list[str] = []

    def chosen(self, fund: Fund) -> Chosen:
        """Which lines are asked for. Raises ValidationError: no such value, another fund's project, no period."""
        if not self.is_valid():
            raise serializers.ValidationError(self.errors)
        facts = self.form.cleaned_data
        since, until, project = facts["since"], facts["until"], facts["project"]
        if since and until and until < since:
            raise serializers.ValidationError({"until": [_("The last day lies before the first one.")]})
        if project and project not in {pk for pk, _label in queries.earmarks_of(fund_id=fund.pk)}:
            raise serializers.ValidationError({"project": [_("This fund has no such project.")]})
        return Chosen(
            span=queries.span_of(fund_id=fund.pk, since=since, until=until),
            kind=Kind(facts["kind"]) if facts["kind"] else None,
            earmark_id=project or None,
        )


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


class LedgerList(GenericAPIView[Transaction]):
    serializer_class = LedgerPage
    filterset_class = LedgerFilter
    queryset = Transaction.objects.none()

    @extend_schema(
        operation_id="ledger_list",
        filters=True,
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
        """Transactions of a town's fund, newest first. `balance_minor` is the fund's, also where lines are left out."""
        asked = LedgerQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = queries.fund_of_town(slug=asked.validated_data["town"])
        chosen = LedgerFilter(data=request.query_params, queryset=self.get_queryset()).chosen(found)
        before, limit = asked.validated_data.get("before"), asked.validated_data["limit"]
        page = queries.page(fund=found, before=before, limit=limit, chosen=chosen)
        return Response(LedgerPage({"next_before": page.older, "results": page.rows}).data)
