"""What official sources say: each figure as it stands there, with its sentence, year basis, confidence and territory.

A figure is never overwritten: a correction is a new version and the old row points to it.
"""

from django.db import models
from django.db.models import Q

from common.ids import uuid7
from towns.models.places import Town, one_of
from towns.states import Confidence, Qualifier, Scope, Territory, Topic, YearBasis


class OfficialSource(models.Model):
    """A document that official values come from."""

    code = models.SlugField(primary_key=True)
    name_kk = models.CharField(max_length=200)
    name_ru = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    name_de = models.CharField(max_length=200)
    published = models.CharField(max_length=10, blank=True, help_text="YYYY, YYYY-MM or empty when undated")
    url = models.URLField(blank=True)

    def __str__(self) -> str:
        return self.code


class OfficialIndicator(models.Model):
    """What an official value measures."""

    code = models.CharField(max_length=60, primary_key=True)
    topic = models.CharField(max_length=10, choices=Topic.choices)
    position = models.PositiveSmallIntegerField()
    name_kk = models.CharField(max_length=200)
    name_ru = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    name_de = models.CharField(max_length=200)

    class Meta:
        constraints = [one_of("topic", Topic, "official_indicator_topic_known")]

    def __str__(self) -> str:
        return self.code


class OfficialUnit(models.Model):
    """A unit as its source words it, with the phrase that each language writes around the value."""

    code = models.CharField(max_length=80, primary_key=True)
    stated = models.BooleanField(help_text="False: the source gives no unit; show the bare value and say so")
    pattern_kk = models.CharField(max_length=120)
    pattern_ru = models.CharField(max_length=120)
    pattern_en = models.CharField(max_length=120)
    pattern_de = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(stated=True)
                | Q(pattern_kk="{value}", pattern_ru="{value}", pattern_en="{value}", pattern_de="{value}"),
                name="unstated_unit_is_not_shown",
            )
        ]

    def __str__(self) -> str:
        return self.code


class OfficialPhrase(models.Model):
    """A note or a value in words, by its wording in the data file, in the four languages."""

    code = models.CharField(max_length=200, primary_key=True)
    text_kk = models.CharField(max_length=300)
    text_ru = models.CharField(max_length=300)
    text_en = models.CharField(max_length=300)
    text_de = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.code


class OfficialValue(models.Model):
    """One figure of an official source, as it stands there, with all that limits it.

    `key` names the figure; a correction is a new `version` of the same key and the old row's `superseded_by` points to
    it. `value_number` is there only when one may compute with it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    scope = models.CharField(max_length=10, choices=Scope.choices)
    towns = models.ManyToManyField(Town, related_name="official_values", blank=True)
    place = models.CharField(max_length=120, blank=True, help_text="the town abroad, for comparisons")
    indicator = models.ForeignKey(OfficialIndicator, on_delete=models.PROTECT)
    value_text = models.CharField(max_length=60)
    value_number = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    qualifier = models.CharField(max_length=10, choices=Qualifier.choices)
    unit = models.ForeignKey(OfficialUnit, on_delete=models.PROTECT)
    year = models.PositiveSmallIntegerField()
    year_text = models.CharField(max_length=20)
    year_basis = models.CharField(max_length=8, choices=YearBasis.choices)
    source = models.ForeignKey(OfficialSource, on_delete=models.PROTECT)
    source_sentence = models.TextField()
    confidence = models.CharField(max_length=6, choices=Confidence.choices)
    provisional = models.BooleanField(default=False, help_text="the source calls it provisional")
    note = models.CharField(max_length=200, blank=True)
    territory = models.CharField(max_length=16, choices=Territory.choices)
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    superseded_by = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="supersedes"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="official_value_version_once"),
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(superseded_by__isnull=True),
                name="official_value_has_one_newest_version",
            ),
            models.CheckConstraint(
                condition=Q(value_number__isnull=True) | Q(qualifier__in=[Qualifier.EXACT, Qualifier.ABOUT]),
                name="only_exact_values_are_numbers",
            ),
            models.CheckConstraint(condition=~Q(source_sentence=""), name="official_value_quotes_its_source"),
            models.CheckConstraint(
                condition=Q(scope=Scope.COMPARISON) & ~Q(place="") | ~Q(scope=Scope.COMPARISON) & Q(place=""),
                name="only_comparisons_name_a_place",
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="official_value_versions_start_at_one"),
            one_of("scope", Scope, "official_value_scope_known"),
            one_of("qualifier", Qualifier, "official_value_qualifier_known"),
            one_of("year_basis", YearBasis, "official_value_year_basis_known"),
            one_of("confidence", Confidence, "official_value_confidence_known"),
            one_of("territory", Territory, "official_value_territory_known"),
        ]
        indexes = [models.Index(fields=["scope", "indicator"], name="official_value_by_scope")]

    def __str__(self) -> str:
        return f"{self.key} v{self.version}"
