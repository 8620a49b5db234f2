"""The words a published figure can carry: how it was weighted, how sure it is, and why it may be missing.

`ObsStatus` and `ConfStatus` hold the values of SDMX code lists (CL_OBS_STATUS, CL_CONF_STATUS), because
statisticians' programs read them. A value must never change its meaning: files that are already published carry it.
"""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from towns.states import YearBasis

# Where the year of an entered figure is from. The words of `YearBasis` itself tell of one document of the project's.
YEAR_BASES: Mapping[str, Promise | str] = {
    YearBasis.STATED.value: YearBasis.STATED.label,
    YearBasis.INFERRED.value: _("the source does not state the year: it is inferred"),
}


class Weighting(TextChoices):
    """Which step of the ladder the number of answers allowed."""

    RAKED = "raked", _("raked to the population margins")
    POST_STRATIFIED = "post_stratified", _("post-stratified by sex and three age groups")
    UNWEIGHTED = "unweighted", _("not weighted")


class WeightingRefusal(TextChoices):
    """Why answers could not be weighted. Raw figures are still shown, with this sentence."""

    NO_MARGINS = "no_margins", _("No population figures are entered for this town.")
    BAD_MARGIN = "bad_margin", _("A population table is damaged: it has negative, missing or zero totals.")
    INCONSISTENT_MARGINS = (
        "inconsistent_margins",
        _("The population tables do not add up to the same number of people."),
    )
    EMPTY_CATEGORY = "empty_category", _("Nobody answered from a group that lives in the town.")
    NO_POPULATION = "no_population", _("Somebody answered from a group that the population tables do not have.")
    NOT_CONVERGED = "not_converged", _("No weights fit all population tables at once.")
    NO_CATALOGUE = (
        "no_catalogue",
        _("No indicators are made of this questionnaire: its answers are counted as they came."),
    )
    TOO_FEW = "too_few", _("Fewer than 50 answers: weighting would only add noise.")


class Interval(TextChoices):
    KORN_GRAUBARD = "korn_graubard", _("Korn-Graubard interval")
    WILSON = "wilson", _("Wilson interval")
    LINEARISED = "linearised", _("linearised interval")


class Withheld(TextChoices):
    """Why a figure is not published."""

    NO_ANSWERS = "no_answers", _("Nobody answered this question.")
    FEW_ANSWERS = "few_answers", _("Too few answers to protect those who gave them.")
    SMALL_EFFECTIVE_SAMPLE = "small_effective_sample", _("Too few answers for a reliable figure.")
    SMALL_CELL = "small_cell", _("Too few people chose this answer: it is hidden to protect them.")
    PROTECTS_OTHERS = "protects_others", _("Hidden so that another, smaller figure cannot be worked out.")
    TOO_MANY_OPTIONS = "too_many_options", _("More than 200 answers could be chosen: no table is made of them.")


class ObsStatus(TextChoices):
    NORMAL = "A", _("normal value")
    UNRELIABLE = "U", _("low reliability: the interval is wide, or too few answered to be weighted")
    PROVISIONAL = "P", _("provisional: it will be weighted when a population table that fits is entered")
    BREAK = "B", _("not comparable with the wave before")
    SUPPRESSED = "Q", _("not published")


class ConfStatus(TextChoices):
    FREE = "F", _("free for publication")
    PRIMARY = "C", _("suppressed: too few answers")
    NOT_PUBLISHED = "N", _("not published: no reliable figure")
    SECONDARY = "D", _("suppressed to protect another figure")


class Direction(TextChoices):
    HIGHER = "higher", _("higher is better")
    LOWER = "lower", _("lower is better")
    NEUTRAL = "neutral", _("neither is better")


class Unit(TextChoices):
    SHARE = "share", _("% of answers")
    BALANCE = "balance", _("balance, percentage points")
    SCORE = "score", _("mean score")


class Trend(TextChoices):
    """A figure beside that of the wave before. Small differences are never called a change."""

    ROSE = "rose", _("rose")
    FELL = "fell", _("fell")
    NO_CLEAR_CHANGE = "no_clear_change", _("no clear change")
    NOT_COMPARABLE = "not_comparable", _("not comparable")


class NeedsRefusal(TextChoices):
    """Why a wave has no order of needs."""

    NO_QUESTIONS = "no_questions", _("This survey did not ask about urgent needs in a way that can be put in order.")
    NO_SHARES = "no_shares", _("How many residents name each need cannot be published, so there is no order of needs.")
    NO_SEVERITY = "no_severity", _("How severe the needs are cannot be published, so there is no order of needs.")


class ExportKind(TextChoices):
    WAVE = "wave", _("one town")
    ALL = "all", _("all towns")


class ExportState(TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("being made")
    DONE = "done", _("ready")
    FAILED = "failed", _("failed")


class CountStep(TextChoices):
    """How far the count of an ended wave is, as officers read it."""

    OPENING = "opening", _("answers are being unlocked")
    WAITING = "waiting", _("waiting")
    COUNTING = "counting", _("being counted")
    CHECKING = "checking", _("counted; being compared and published")
    ANEW = "anew", _("waiting to be counted anew")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class CountFailure(TextChoices):
    """Why a count stopped, and what to do. Nothing is lost: what was counted stays, and the answers do not change."""

    BATCH_MISSING = (
        "batch_missing",
        _("A batch of answers is missing. Tell the administrator: answers have to come back from a backup."),
    )
    UNEXPECTED = (
        "unexpected",
        _(
            "The count stopped with an error. Have it counted once more; if it stops again, tell the administrator,"
            " who finds the reason in the worker's log."
        ),
    )
