"""Where a wave can stand, who may answer it, and the sentences for a questionnaire or an answer that is not taken.

The codes are stable: logs, tests and pages bind to them. A sentence says what to do and never repeats an answer.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class WaveState(TextChoices):
    """`ended` takes no more answers and has not been opened yet: a matter of seconds."""

    DRAFT = "draft", _("being prepared")
    OPEN = "open", _("open")
    ENDED = "ended", _("ended")
    CLOSED = "closed", _("closed")


class Audience(TextChoices):
    """By what one person is told from another: the setting of a wave that one person, one answer rests on."""

    DECLARED = "declared", _("people who say that they live in the town")
    VERIFIED = "verified", _("residents whose address was checked")
    INVITED = "invited", _("people who were given a code")
    HOUSEHOLD = "household", _("households: one code, one answer for each")
    OPEN = "open", _("anybody, without a check: figures are flagged")


class InvitationKind(TextChoices):
    PERSON = "person", _("code of a person")
    HOUSEHOLD = "household", _("code of a household")
    SHEET = "sheet", _("paper sheet")


class Channel(TextChoices):
    """How an answer reached us. Published as shares of all answers, never beside one."""

    WEB = "web", _("web page")
    OFFLINE = "offline", _("web page without network")
    DEVICE = "device", _("a helper's device")
    HELPER = "helper", _("with a helper")
    PAPER = "paper", _("paper")


class OpenAnswerState(TextChoices):
    WAITING = "waiting", _("not read yet")
    APPROVED = "approved", _("may be published as written")
    REDACTED = "redacted", _("published with words taken out")
    WITHHELD = "withheld", _("not published")


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
    CONVERTER = (
        "converter",
        _("The converter of XLSForms cannot read this. Its own words, in English, stand beside it."),
    )
    TYPE_UNKNOWN = (
        "type_unknown",
        _("There is no type “%(detail)s”. Check its spelling; a choice also names its list, as in “select_one towns”."),
    )
    TYPE_MISSING = "type_missing", _("This row has no type. Write one in the column “type” or delete the row.")
    NAME_MISSING = (
        "name_missing",
        _("A name is missing. Every question, group and choice needs one in the column “name”."),
    )
    NAME_UNUSABLE = (
        "name_unusable",
        _("The name “%(detail)s” cannot be used. Begin with a letter; then letters, digits, “_” and “-”, no spaces."),
    )
    LABEL_MISSING = "label_missing", _("The question “%(detail)s” has no text. Write it in the column “label”.")
    LIST_MISSING = (
        "list_missing",
        _("The list “%(detail)s” is missing. Write its choices in the sheet “choices”: list_name, name and label."),
    )
    REFERENCE_BROKEN = (
        "reference_broken",
        _("This reference cannot be read: “%(detail)s”. Write the name of one question between “${” and “}”."),
    )
    REFERENCE_TWICE = (
        "reference_twice",
        _("Several questions are called “%(detail)s”, so nobody knows which is meant. Rename all but one."),
    )
    GROUP_OPEN = (
        "group_open",
        _("The group “%(detail)s” has no end. Write a row “end_group” (“end_repeat” for a repeat) below it."),
    )
    GROUP_END = (
        "group_end",
        _("“%(detail)s” ends a group that did not begin above. Delete the row or write the beginning."),
    )
    PARAMETERS = (
        "parameters",
        _("These parameters do not fit the question: “%(detail)s”. Write them as in “start=0 end=10 step=1”."),
    )
    CALCULATION_MISSING = (
        "calculation_missing",
        _("There is nothing to calculate in this row. Write an expression in the column “calculation”."),
    )
    COLUMN_MISSING = (
        "column_missing",
        _("The column “%(detail)s” is missing. Write it in the first row of the sheet."),
    )
    TYPE_UNSUPPORTED = "type_unsupported", _("Questions of the type “%(detail)s” cannot be asked here.")
    COLUMN_UNSUPPORTED = (
        "column_unsupported",
        _("The column “%(detail)s” cannot be carried out here. Empty the cell or delete the column."),
    )
    APPEARANCE_UNSUPPORTED = (
        "appearance_unsupported",
        _("The appearance “%(detail)s” takes its answers from elsewhere. Write the list in the sheet “choices”."),
    )
    SETTING_UNSUPPORTED = "setting_unsupported", _("The setting “%(detail)s” cannot be carried out here.")
    DEFAULT_UNSUPPORTED = (
        "default_unsupported",
        _("This default cannot be carried out: “%(detail)s”. Write a fixed value or an expression."),
    )
    FILE_UNSUPPORTED = (
        "file_unsupported",
        _("This needs another file: “%(detail)s”. Send a list as .csv beside the questionnaire, or write it in it."),
    )
    FILE_UNREADABLE = (
        "file_unreadable",
        _("This list cannot be read: “%(detail)s”. It needs a header row with name and label, in UTF-8."),
    )
    FUNCTION_UNSUPPORTED = "function_unsupported", _("The function %(detail)s is not supported yet.")
    EXPRESSION_UNREADABLE = "expression_unreadable", _("This expression cannot be carried out: %(detail)s")
    PATTERN_UNREADABLE = "pattern_unreadable", _("This pattern cannot be read: %(detail)s")
    REFERENCE_UNKNOWN = "reference_unknown", _("There is no such question: %(detail)s")
    METADATA_READ = (
        "metadata_read",
        _("Only a device knows “%(detail)s”, a web page does not. Ask a question instead."),
    )
    CIRCLE = "circle", _("These questions depend on each other in a circle: %(detail)s")
    GROUP_EMPTY = "group_empty", _("There is no question in the group “%(detail)s”. Delete it or write one.")
    CHOICE_VALUE = (
        "choice_value",
        _("The choice “%(detail)s” has a space in its name. Write it without spaces."),
    )
    CHOICE_TWICE = (
        "choice_twice",
        _("The choice “%(detail)s” stands twice in its list. Give every choice a name of its own."),
    )
    MEDIA_NAME = (
        "media_name",
        _("“%(detail)s” is no name of a file that can come along. Use letters, digits, “-”, “_” and one ending."),
    )


class FormRemark(TextChoices):
    """What the import report says of a questionnaire that is taken. The place is shown beside the sentence."""

    METADATA = (
        "metadata",
        _("“%(detail)s” is filled in by a device. It is carried in the form and never kept with an answer."),
    )
    APPEARANCE = "appearance", _("The appearance “%(detail)s” is not drawn: the question looks the ordinary way.")
    ATTRIBUTE = "attribute", _("“%(detail)s” has no meaning here and is left out of account.")
    COLUMN = "column", _("The column “%(detail)s” is no part of a questionnaire and is left out.")
    GUIDANCE = "guidance", _("“%(detail)s” is shown on devices only, not on pages and not on paper.")
    PARAMETER = "parameter", _("The parameter “%(detail)s” plays no part on pages.")
    SETTING = "setting", _("The setting “%(detail)s” is left out: this site takes the answers itself.")
    INSTANCE_NAME = "instance_name", _("“%(detail)s” is left out: no answer has a name here.")
    LIST_FILE = "list_file", _("The list “%(detail)s” was taken into the questionnaire.")
    FILE_UNUSED = "file_unused", _("The file “%(detail)s” is not named in the questionnaire and was left out.")
    OTHER_WORDS = (
        "other_words",
        _("“Other” and its question were written for “%(detail)s” in the languages of the site."),
    )


class LimeRemark(TextChoices):
    """What a LimeSurvey questionnaire loses or changes on its way to an XLSForm. Its question code stands beside it."""

    TYPE = "type", _("Questions of this type cannot be asked here, so this one is left out: %(detail)s.")
    CONDITION = "condition", _("This condition could not be translated; everybody is asked: %(detail)s")
    HIDDEN = "hidden", _("A hidden question is left out: %(detail)s.")
    SOFT = "soft", _("LimeSurvey asks once more before it goes on; here the question may be left empty: %(detail)s.")
    ATTRIBUTE = "attribute", _("This setting of the question is left out: %(detail)s.")
    VALIDATION = "validation", _("This check of the answer could not be translated: %(detail)s")
    EQUATION = "equation", _("This calculation could not be translated, so it is left out: %(detail)s")
    DEFAULT = "default", _("The answer filled in beforehand is left out: %(detail)s.")
    MARKUP = "markup", _("Pictures, links or scripts in the text are left out: %(detail)s.")
    PLACEHOLDER = "placeholder", _("This part of a text could not be translated and became “…”: %(detail)s")
    RANKING = "ranking", _("Here all options are put in order, not only some: %(detail)s.")
    FILES = "files", _("One file is taken, not several: %(detail)s.")
    LANGUAGE = "language", _("Two languages are the same here; the second one is left out: %(detail)s.")
    SURVEY = "survey", _("This part of the survey is left out: %(detail)s.")
    RENAMED = "renamed", _("The code cannot be used here and became another: %(detail)s.")


class FormChange(TextChoices):
    """How one version of a questionnaire differs from another, for the secretary who prepares the next wave."""

    ADDED = "added", _("new")
    REMOVED = "removed", _("taken out")
    MOVED = "moved", _("stands elsewhere")
    REWORDED = "reworded", _("other words")
    TRANSLATED = "translated", _("words in a further language")
    TYPE = "type", _("asked in another way")
    LOGIC = "logic", _("asked of other people, or with other conditions")
    REQUIRED = "required", _("must be answered, or no longer")
    LOOKS = "looks", _("looks different")


class FormPart(TextChoices):
    """What of a questionnaire has changed."""

    FORM = "form", _("title of the questionnaire")
    GROUP = "group", _("group of questions")
    QUESTION = "question", _("question")
    CHOICE = "choice", _("choice")


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
    NOT_A_MOMENT = "not_a_moment", _("Please enter a day and a time, for example 2026-03-21 09:30.")
    NOT_A_PLACE = "not_a_place", _("Please give the place by its coordinates, for example 44.84 78.77.")
    NOT_A_FILE = "not_a_file", _("Please attach the file once more, under a short name without spaces.")
    NOT_ALL = "not_all", _("Please put all of them in order, each once.")
    TOO_MANY = "too_many", _("Please keep to %(limit)s entries at most.")
    MALFORMED = "malformed", _("This answer does not fit the question. Please answer it once more.")
    TOO_LONG = "too_long", _("Please shorten the text to %(limit)s characters.")
    CONSTRAINT = "constraint", _("This answer is not possible here. Please check it.")


class InstanceProblem(TextChoices):
    """Why a submission from a device is not taken."""

    TOO_LARGE = "too_large", _("The submission is too large: up to %(detail)s.")
    UNREADABLE = "unreadable", _("This is not a submission that can be read. Send it again from the device.")
    OTHER_FORM = "other_form", _("This submission belongs to another form: “%(detail)s”. Fetch the form again.")
    OTHER_VERSION = (
        "other_version",
        _("This submission belongs to another version of the form: “%(detail)s”. Fetch the form again."),
    )
    UNKNOWN_NODE = "unknown_node", _("The form has no such place for an answer: “%(detail)s”. Fetch the form again.")


class MissingPart(TextChoices):
    """Which text of a questionnaire a language lacks."""

    TITLE = "title", _("title")
    LABEL = "label", _("label")
    HINT = "hint", _("hint")
    CHOICE = "choice", _("choice")
    CONSTRAINT_MESSAGE = "constraint_message", _("message of a constraint")
    REQUIRED_MESSAGE = "required_message", _("message of a required question")
    MEDIA = "media", _("picture, sound or film")
