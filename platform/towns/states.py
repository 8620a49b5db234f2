"""The words that town data may use for its kind, reach and certainty. Stored as codes, shown in words."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Significance(models.TextChoices):
    """Whose town it is. Official figures for a town of district significance exist only for its whole district."""

    OBLAST = "oblast", _("town of oblast significance")
    DISTRICT = "district", _("town of district significance")


class Confidence(models.TextChoices):
    """How sure we are that the row says what its source says. It says nothing about the source's own quality."""

    HIGH = "high", _("high confidence")
    MEDIUM = "medium", _("medium confidence")
    LOW = "low", _("low confidence")


class AliasKind(models.TextChoices):
    FORMER = "former", _("former name")
    SPELLING = "spelling", _("other spelling")


class Precision(models.TextChoices):
    """How much of a date is known."""

    DAY = "day", _("to the day")
    MONTH = "month", _("to the month")
    YEAR = "year", _("to the year")


class Scope(models.TextChoices):
    """What an official value is about."""

    TOWNS = "towns", _("one or several towns")
    MONOTOWNS = "monotowns", _("all 27 towns together")
    COUNTRY = "country", _("Kazakhstan")
    DEFINITION = "definition", _("a definition")
    COMPARISON = "comparison", _("a town abroad, for comparison")


class Territory(models.TextChoices):
    """Which ground a figure covers, as far as its source tells."""

    TOWN_AS_NAMED = (
        "town_as_named",
        _("The source names the town; whether the villages under its administration are counted is not said."),
    )
    TOWN_OR_DISTRICT = (
        "town_or_district",
        _("The source names the town, but official statistics exist only for its district: the figure may cover both."),
    )
    MONOTOWNS = "monotowns", _("The 27 single-industry towns together.")
    COUNTRY = "country", _("The whole country.")
    ABROAD = "abroad", _("A town outside Kazakhstan.")
    NONE = "none", _("No territory: this is a definition.")


class YearBasis(models.TextChoices):
    STATED = "stated", _("the source states the year")
    INFERRED = "inferred", _("the year is inferred: the text dates from 2012 to 2022, the study behind it from 2021")


class Qualifier(models.TextChoices):
    """How a figure stands to its number. Only `exact` and `about` may carry a number that one may compute with."""

    EXACT = "exact", _("exactly")
    ABOUT = "about", _("about")
    MORE_THAN = "more_than", _("more than")
    LESS_THAN = "less_than", _("less than")
    AT_LEAST = "at_least", _("at least")
    AT_MOST = "at_most", _("at most")
    RANGE = "range", _("a range")
    WORDS = "words", _("in words")


class Topic(models.TextChoices):
    """Under which heading an official figure stands, in the order in which they are shown."""

    PEOPLE = "people", _("People")
    INCOME = "income", _("Wages and income")
    WORK = "work", _("Work")
    ECONOMY = "economy", _("Economy")
    SERVICES = "services", _("Networks and roads")
    STATUS = "status", _("Status of the town")
    TARGETS = "targets", _("Programme targets")


class MarginDimension(models.TextChoices):
    """Along which lines the population of a town is counted for weighting."""

    SEX_AGE = "sex_age", _("sex and age")
    EDUCATION = "education", _("education")
