"""Oblasts and towns with their names, aliases, place on the official list, and population counts for weighting.

A KATO code is a fact with a classifier version, never a key: codes change. Dates and counts that no source states
stay empty or marked as approximate; nothing here is guessed.
"""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from common.ids import uuid7
from towns.states import AliasKind, Confidence, MarginDimension, Precision, Significance

_KATO = r"^\d{9}$"


def one_of(field: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    """The database's own word that `field` holds one of the `choices`."""
    return models.CheckConstraint(condition=Q(**{f"{field}__in": choices.values}), name=name)


class NamedInFourLanguages(models.Model):
    """Names in the four languages and, for each, the key that puts them in that language's order."""

    name_kk = models.CharField(max_length=120)
    name_ru = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    name_de = models.CharField(max_length=120)
    sort_kk = models.CharField(max_length=160)
    sort_ru = models.CharField(max_length=160)
    sort_en = models.CharField(max_length=160)
    sort_de = models.CharField(max_length=160)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name_kk

    def name_in(self, language: str) -> str:
        """The name in "kk", "ru", "en" or "de"."""
        return str(getattr(self, f"name_{language}"))


class Oblast(NamedInFourLanguages):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(unique=True)
    kato = models.CharField(max_length=9)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(kato__regex=_KATO), name="oblast_kato_has_nine_digits")]


class Town(NamedInFourLanguages):
    """A single-industry town. `population` is of the town proper; approximate where no source stands behind it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(unique=True)
    oblast = models.ForeignKey(Oblast, on_delete=models.PROTECT, related_name="towns")
    search_text = models.TextField(help_text="folded words of all names and aliases: rules.spelling.search_text")
    latitude = models.DecimalField(max_digits=8, decimal_places=5)
    longitude = models.DecimalField(max_digits=8, decimal_places=5)
    population = models.PositiveIntegerField()
    population_year = models.PositiveSmallIntegerField()
    population_approximate = models.BooleanField()
    population_confidence = models.CharField(max_length=6, choices=Confidence.choices)
    population_source = models.CharField(max_length=200)
    kato = models.CharField(max_length=9)
    kato_classifier = models.CharField(max_length=40)
    former_katos = ArrayField(models.CharField(max_length=9), default=list, blank=True)
    significance = models.CharField(max_length=8, choices=Significance.choices)
    district_kk = models.CharField(max_length=120, blank=True)
    district_ru = models.CharField(max_length=120, blank=True)
    district_en = models.CharField(max_length=120, blank=True)
    district_de = models.CharField(max_length=120, blank=True)
    industry_kk = models.CharField(max_length=200)
    industry_ru = models.CharField(max_length=200)
    industry_en = models.CharField(max_length=200)
    industry_de = models.CharField(max_length=200)
    enterprise_kk = models.CharField(max_length=300)
    enterprise_ru = models.CharField(max_length=300)
    enterprise_en = models.CharField(max_length=300)
    enterprise_de = models.CharField(max_length=300)
    enterprise_confidence = models.CharField(max_length=6, choices=Confidence.choices)
    enterprise_source = models.CharField(max_length=200)
    note_kk = models.CharField(max_length=300, blank=True)
    note_ru = models.CharField(max_length=300, blank=True)
    note_en = models.CharField(max_length=300, blank=True)
    note_de = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kato__regex=_KATO), name="town_kato_has_nine_digits"),
            models.CheckConstraint(condition=Q(population__gt=0), name="town_has_people"),
            models.CheckConstraint(
                condition=Q(latitude__range=(Decimal(40), Decimal(56)))
                & Q(longitude__range=(Decimal(46), Decimal(88))),
                name="town_lies_in_kazakhstan",
            ),
            one_of("significance", Significance, "town_significance_known"),
            one_of("population_confidence", Confidence, "town_population_confidence_known"),
            one_of("enterprise_confidence", Confidence, "town_enterprise_confidence_known"),
            models.CheckConstraint(
                condition=Q(significance=Significance.OBLAST, district_kk="")
                | Q(significance=Significance.DISTRICT) & ~Q(district_kk=""),
                name="town_of_district_significance_names_its_district",
            ),
        ]

    def industry_in(self, language: str) -> str:
        return str(getattr(self, f"industry_{language}"))

    def enterprise_in(self, language: str) -> str:
        return str(getattr(self, f"enterprise_{language}"))

    def district_in(self, language: str) -> str:
        """The district whose centre or part the town is; "" for a town of oblast significance."""
        return str(getattr(self, f"district_{language}"))

    def note_in(self, language: str) -> str:
        return str(getattr(self, f"note_{language}"))


class Alias(models.Model):
    """Another name a town is looked for by."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    town = models.ForeignKey(Town, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=AliasKind.choices)
    until_year = models.PositiveSmallIntegerField(null=True, blank=True)
    shown_in = models.CharField(max_length=11, blank=True, help_text='languages that show this name, as "kk ru"')
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["town", "name"], name="alias_once_per_town"),
            one_of("kind", AliasKind, "alias_kind_known"),
            models.CheckConstraint(
                condition=Q(kind=AliasKind.FORMER) | Q(until_year__isnull=True), name="only_former_names_end"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TownListing(models.Model):
    """What a source says of the town's place on the official list of single-industry towns.

    `named_on` is the source's own date. An unknown beginning is empty; an empty `listed_until` means that no source
    known to us reports that the town left. `precision` says how much of the dates is known.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    town = models.ForeignKey(Town, on_delete=models.CASCADE, related_name="listings")
    named_on = models.DateField()
    listed_from = models.DateField(null=True, blank=True)
    listed_until = models.DateField(null=True, blank=True)
    precision = models.CharField(max_length=5, choices=Precision.choices)
    source = models.CharField(max_length=200)
    until_source = models.CharField(max_length=200, blank=True)
    confidence = models.CharField(max_length=6, choices=Confidence.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["town", "source"], name="listing_once_per_source"),
            models.CheckConstraint(
                condition=Q(listed_from__isnull=True)
                | Q(listed_until__isnull=True)
                | Q(listed_until__gte=F("listed_from")),
                name="listing_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(listed_until__isnull=True, until_source="")
                | Q(listed_until__isnull=False) & ~Q(until_source=""),
                name="listing_end_has_a_source",
            ),
            one_of("precision", Precision, "listing_precision_known"),
            one_of("confidence", Confidence, "listing_confidence_known"),
        ]

    def __str__(self) -> str:
        return f"{self.town_id}: {self.source}"


class Margin(models.Model):
    """How many people of a town belong to one category: what survey weights are raked to. Counts, never shares."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    town = models.ForeignKey(Town, on_delete=models.CASCADE, related_name="margins")
    dimension = models.CharField(max_length=10, choices=MarginDimension.choices)
    category = models.CharField(max_length=40, help_text="for example f_18_29; the questionnaire's own codes")
    population = models.PositiveIntegerField()
    year = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["town", "dimension", "category", "source"], name="margin_once_per_source"),
            models.CheckConstraint(condition=~Q(source=""), name="margin_names_its_source"),
            models.CheckConstraint(condition=Q(category__regex=r"^[a-z0-9_]+$"), name="margin_category_is_a_code"),
            one_of("dimension", MarginDimension, "margin_dimension_known"),
        ]

    def __str__(self) -> str:
        return f"{self.town_id} {self.dimension} {self.category}"
