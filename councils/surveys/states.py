"""Where a wave can stand, who may answer it, and the sentences for a questionnaire or an answer that is not taken.

The codes are stable: logs, tests and pages bind to them. A sentence says what to do and never repeats an answer.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class WaveState(TextChoices):
    DRAFT = "draft", _("being prepared")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class Audience(TextChoices):
    DECLARED = "declared", _("people who say that they live in the town")
    VERIFIED = "verified", _("residents whose address was checked")


class FormProblem(TextChoices):
    """Why a questionnaire is refused. The place (sheet, row, column) is shown beside the sentence."""

    TOO_LARGE = "too_large", _("The file is too large: a questionnaire may have up to %(detail)s.")
    NOT_A_QUESTIONNAIRE = (
        "not_a_questionnaire",
        _("This is not a questionnaire that can be read. Send an XLSForm as .xlsx, .xlsm, .xls, .md or .csv."),
    )
    EMPTY = "empty", _("There is no question in this questionnaire. Write the questions in the sheet “survey”.")
    DUPLICATE_COLUMN = (
        "duplicate_column",
        _("The column “%(detail)s” stands twice in the header row. Rename or delete one of the two."),
    )
    DUPLICATE_NAME = (
        "duplicate_name",
        _("The name “%(detail)s” is used for two questions. Every question needs a name of its own."),
    )
    DUPLICATE_LANGUAGE = (
        "duplicate_language",
        _("Two columns are for the same language: %(detail)s. Keep one name per language."),
    )
    CONVERTER = "converter", _("The XLSForm converter says: %(detail)s")
    TYPE_UNSUPPORTED = "type_unsupported", _("Questions of the type “%(detail)s” are not supported yet.")
    REPEAT_UNSUPPORTED = "repeat_unsupported", _("Repeated groups are not supported yet: “%(detail)s”.")
    COLUMN_UNSUPPORTED = (
        "column_unsupported",
        _("The column “%(detail)s” is not supported yet. Empty the cell or delete the column."),
    )
    APPEARANCE_UNSUPPORTED = "appearance_unsupported", _("The appearance “%(detail)s” is not supported yet.")
    SETTING_UNSUPPORTED = "setting_unsupported", _("The setting “%(detail)s” is not supported yet.")
    DEFAULT_UNSUPPORTED = (
        "default_unsupported",
        _("A computed default is not supported yet: “%(detail)s”. Write a fixed value."),
    )
    READ_ONLY_UNSUPPORTED = (
        "read_only_unsupported",
        _("Read-only can be “yes” or empty; an expression is not supported yet: “%(detail)s”."),
    )
    FILE_UNSUPPORTED = "file_unsupported", _("Lists in other files are not supported yet: “%(detail)s”.")
    MEDIA_UNSUPPORTED = "media_unsupported", _("Pictures and sound are not supported yet: “%(detail)s”.")
    FUNCTION_UNSUPPORTED = "function_unsupported", _("The function %(detail)s is not supported yet.")
    EXPRESSION_UNREADABLE = "expression_unreadable", _("This expression cannot be carried out: %(detail)s")
    PATTERN_UNREADABLE = "pattern_unreadable", _("This pattern cannot be read: %(detail)s")
    REFERENCE_UNKNOWN = "reference_unknown", _("There is no such question: %(detail)s")
    CIRCLE = "circle", _("These questions depend on each other in a circle: %(detail)s")
    CHOICE_VALUE = (
        "choice_value",
        _("The choice “%(detail)s” has a space in its name. Write it without spaces."),
    )


class AnswerFault(TextChoices):
    """Why an answer is not taken, where the questionnaire has no sentence of its own."""

    REQUIRED = "required", _("Please answer this question.")
    NOT_OFFERED = "not_offered", _("Please choose from the list.")
    ONE_ONLY = "one_only", _("Please choose one answer only.")
    NOT_WHOLE = "not_whole", _("Please enter a whole number, for example 3.")
    NOT_A_NUMBER = "not_a_number", _("Please enter a number, for example 2.5.")
    OUT_OF_RANGE = "out_of_range", _("Please enter a number within these bounds: %(limit)s.")
    NOT_A_DATE = "not_a_date", _("Please enter a date that exists.")
    NOT_A_TIME = "not_a_time", _("Please enter a time, for example 09:30.")
    TOO_LONG = "too_long", _("Please shorten the text to %(limit)s characters.")
    CONSTRAINT = "constraint", _("This answer is not possible here. Please check it.")


class MissingPart(TextChoices):
    """Which text of a questionnaire a language lacks."""

    TITLE = "title", _("title")
    LABEL = "label", _("label")
    HINT = "hint", _("hint")
    CHOICE = "choice", _("choice")
    CONSTRAINT_MESSAGE = "constraint_message", _("message of a constraint")
    REQUIRED_MESSAGE = "required_message", _("message of a required question")
