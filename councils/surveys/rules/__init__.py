"""Everything that is decided about questionnaires and answers, without database, clock or files.

A questionnaire is an XLSForm. `compile_xlsform` imports it or names every reason why not; `missing_translations` says
whether a wave may open; `items`, `repeats`, `next_section`, `check_section` and `check` carry an interview; `accept`
judges a complete submission; `codes` prepares the counting. The modules must never know who answers.
"""

from councils.surveys.rules.answers import (
    Answers,
    Item,
    RepeatState,
    accept,
    check,
    check_section,
    items,
    next_section,
    previous_section,
    repeats,
)
from councils.surveys.rules.completeness import Missing, missing_translations
from councils.surveys.rules.counting import Slot, code_layout, codes
from councils.surveys.rules.form import Choice, CompiledForm, Group, Question, Section
from councils.surveys.rules.importing import Imported, compile_xlsform
from councils.surveys.rules.instance import LARGEST_INSTANCE, InstanceRefusedError, from_instance, to_instance
from councils.surveys.rules.judging import Checked
from councils.surveys.rules.problems import Fault, FormRefusedError, Problem, Remark
from councils.surveys.rules.shapes import LONGEST_TEXT, Raw, Value
from councils.surveys.rules.workbook import EXTENSIONS, LARGEST_FILE

__all__ = [
    "EXTENSIONS",
    "LARGEST_FILE",
    "LARGEST_INSTANCE",
    "LONGEST_TEXT",
    "Answers",
    "Checked",
    "Choice",
    "CompiledForm",
    "Fault",
    "FormRefusedError",
    "Group",
    "Imported",
    "InstanceRefusedError",
    "Item",
    "Missing",
    "Problem",
    "Question",
    "Raw",
    "Remark",
    "RepeatState",
    "Section",
    "Slot",
    "Value",
    "accept",
    "check",
    "check_section",
    "code_layout",
    "codes",
    "compile_xlsform",
    "from_instance",
    "items",
    "missing_translations",
    "next_section",
    "previous_section",
    "repeats",
    "to_instance",
]
