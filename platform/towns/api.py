"""Towns for programs: a short list and one town with all its names, codes and what limits each fact. Read only."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.problems import TOO_MANY, problem
from towns import queries
from towns.models import Alias, Oblast, OfficialValue, Town
from towns.states import Confidence, Qualifier, Significance, Territory, YearBasis


class OblastItem(serializers.ModelSerializer[Oblast]):
    class Meta:
        model = Oblast
        fields = ("slug", "kato", "name_kk", "name_ru", "name_en", "name_de")


class TownItem(serializers.ModelSerializer[Town]):
    """One town in the list. Coordinates in degrees; population of the town proper in that year."""

    oblast = serializers.CharField(source="oblast.slug")
    significance = serializers.ChoiceField(choices=Significance.choices)
    population_confidence = serializers.ChoiceField(choices=Confidence.choices)

    class Meta:
        model = Town
        fields = (
            "slug", "name_kk", "name_ru", "name_en", "name_de", "oblast", "kato", "kato_classifier", "significance",
            "latitude", "longitude", "population", "population_year", "population_approximate",
            "population_confidence", "population_source",
        )  # fmt: skip


class OfficialItem(serializers.ModelSerializer[OfficialValue]):
    """One official figure. `value_number` is there only when one may compute with it; `unit` is the source's word."""

    indicator = serializers.CharField(source="indicator_id")
    value = serializers.CharField(source="value_text")
    qualifier = serializers.ChoiceField(choices=Qualifier.choices)
    unit = serializers.CharField(source="unit_id")
    unit_stated = serializers.BooleanField(source="unit.stated")
    year_basis = serializers.ChoiceField(choices=YearBasis.choices)
    document = serializers.CharField(source="source.name_en", help_text="the source, by its English name")
    confidence = serializers.ChoiceField(choices=Confidence.choices)
    territory = serializers.ChoiceField(choices=Territory.choices)

    class Meta:
        model = OfficialValue
        fields = (
            "key", "version", "indicator", "value", "value_number", "qualifier", "unit", "unit_stated", "year",
            "year_text", "year_basis", "document", "source_sentence", "confidence", "provisional", "note", "territory",
        )  # fmt: skip


class TownDetail(TownItem):
    """One town with its oblast, former codes, aliases, industry, enterprise and current official figures."""

    oblast = OblastItem()  # type: ignore[assignment]  # the list has the slug alone
    aliases: serializers.SlugRelatedField[Alias] = serializers.SlugRelatedField("name", many=True, read_only=True)
    official_values = OfficialItem(many=True, source="current_values")

    class Meta:
        model = Town
        fields = (
            *TownItem.Meta.fields, "former_katos", "district_kk", "district_ru", "district_en", "district_de",
            "industry_kk", "industry_ru", "industry_en", "industry_de", "enterprise_kk", "enterprise_ru",
            "enterprise_en", "enterprise_de", "enterprise_confidence", "enterprise_source", "aliases",
            "official_values",
        )  # fmt: skip


class TownList(APIView):
    """There are few towns: one page holds them."""

    @extend_schema(
        operation_id="towns_list",
        parameters=[OpenApiParameter("q", str, description="any spelling, former name, oblast or district")],
        responses={200: TownItem(many=True), 429: TOO_MANY},
    )
    def get(self, request: Request) -> Response:
        """All towns by slug, or those that `q` finds."""
        q = request.query_params.get("q", "")[:80]
        return Response(TownItem(queries.towns_for_programs(q=q), many=True).data)


class TownOne(APIView):
    @extend_schema(
        operation_id="towns_detail",
        responses={200: TownDetail, 404: problem("no such town"), 429: TOO_MANY},
    )
    def get(self, _request: Request, slug: str) -> Response:
        """One town with all its names, codes, aliases and official figures."""
        return Response(TownDetail(queries.town_for_programs(slug=slug)).data)
