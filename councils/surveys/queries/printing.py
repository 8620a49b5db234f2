"""What is printed: letters and sheets with codes, as data for templates/pdf. Codes stand in the file, never in a log.

The square code holds the survey's address with the code behind a `#`: browsers never send that part to a server.
"""

import io
from collections.abc import Sequence
from typing import Any, Final

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, override

from common.formats import date_long
from councils.surveys.models import Wave
from councils.surveys.queries.forms import form_of
from councils.surveys.queries.waves import wave_title
from councils.surveys.queries.wording import conditions_in_words, skip_in_words
from councils.surveys.rules.paper import PaperBlock, PaperQuestion, sheet
from councils.surveys.states import Audience

MOST_LETTERS: Final = 200
LANGUAGES: Final = ("kk", "ru")


def link_of(wave: Wave, code: str) -> str:
    """The address that opens the survey on a phone, with the code in the part that stays on the phone."""
    with override(LANGUAGES[0]):
        return f"{settings.SITE_URL}{reverse('surveys:letter', args=[wave.pk])}#{code}"


def square(text: str) -> str:
    """A QR code as SVG."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=4, dark="#000", light="#fff", xmldecl=False)
    return out.getvalue().decode()


def letters_data(wave: Wave, codes: Sequence[str]) -> dict[str, Any]:
    """What templates/pdf/letters.typ shows: two letters on a page, each in Kazakh and Russian."""
    spoken = [_words(wave, language) for language in LANGUAGES]
    first = spoken[0]
    return {
        "language": LANGUAGES[0],
        "title": first["title"],
        "issuer": first["town"],
        "subject": first["lead"],
        "footer": first["title"],
        "alt": first["alt"],
        "spoken": spoken,
        "letters": [{"code": code, "svg": square(link_of(wave, code))} for code in codes],
    }


def _words(wave: Wave, language: str) -> dict[str, str]:
    with override(language):
        town = wave.town.name_in(language)
        household = wave.audience == Audience.HOUSEHOLD
        return {
            "language": language,
            "town": town,
            "title": wave_title(wave, language),
            "lead": gettext("One code, one answer for your household.")
            if household
            else gettext("One code, one answer: this letter is for one person."),
            "how": gettext("Answer with a phone: open the square code with the camera. Or with a helper, or on paper.")
            + " "
            + gettext("Last day: %(day)s") % {"day": date_long(wave.closes_date, language)},
            "promise": gettext(
                "This letter has no name. Answers are locked until the survey closes; then the key is destroyed."
            ),
            "address": gettext("Or type this address: %(address)s") % {"address": _short(language, wave)},
            "code": gettext("Your code:"),
            "alt": gettext("The survey's address with your code, to be opened with the camera of a phone."),
        }


def _short(language: str, wave: Wave) -> str:
    with override(language):
        return f"{settings.SITE_URL}{reverse('surveys:list', args=[wave.town.slug])}"


def sheets_data(wave: Wave, codes: Sequence[str], *, language: str) -> dict[str, Any]:
    """What templates/pdf/sheet.typ shows: the questionnaire in one language, once for each code."""
    with override(language):
        town = wave.town.name_in(language)
        return {
            "language": language,
            "title": wave_title(wave, language),
            "issuer": town,
            "subject": gettext("Questionnaire on paper. Town: %(town)s") % {"town": town},
            "intro": [
                gettext("This sheet is for one household. Fill it in together, once.")
                if wave.audience == Audience.HOUSEHOLD
                else gettext("This sheet is for one person."),
                gettext("Do not write a name, telephone number or address on it."),
                gettext("Give it back in a closed envelope. Last day: %(day)s")
                % {"day": date_long(wave.closes_date, language)},
                gettext(
                    "Helpers type it in under the number above. Then it is kept locked, and destroyed after closing."
                ),
            ],
            "person": _code_wanted(Audience(wave.audience)),
            "sheet": gettext("Sheet"),
            "alt": gettext("The code of this sheet"),
            "blocks": [_block(block) for block in sheet(form_of(wave.version_id), language=language)],
            "sheets": [{"code": code, "svg": square(code)} for code in codes],
        }


def _code_wanted(audience: Audience) -> str:
    """The words before the line for a code that counts paper, web and device together; "" where there is none."""
    return {
        Audience.DECLARED: gettext("Your own code from the site, if you have one:"),
        Audience.VERIFIED: gettext("Your own code from the site (needed):"),
        Audience.INVITED: gettext("The code of your letter, if you got one:"),
        Audience.HOUSEHOLD: gettext("The code of your household's letter, if it got one:"),
        Audience.OPEN: "",
    }[audience]


def _block(block: PaperBlock) -> dict[str, Any]:
    heading = f"{block.heading} ({block.occurrence})" if block.occurrence else block.heading
    lines = [_question(line) if isinstance(line, PaperQuestion) else {"note": line} for line in block.lines]
    asked = [line for line in block.lines if isinstance(line, PaperQuestion)]
    is_table = block.is_matrix and len({one.boxes for one in asked}) == 1 and bool(asked[0].boxes)
    return {
        "heading": heading,
        "head": [f"{box.number}. {box.label}" for box in asked[0].boxes] if is_table else [],
        "lines": lines,
    }


def _question(one: PaperQuestion) -> dict[str, Any]:
    return {
        "mark": one.mark,
        "label": one.label,
        "hint": one.hint,
        "say": _say(one),
        "style": _style(one),
        "boxes": [{"number": box.number, "label": box.label} for box in one.boxes],
        "conditions": list(conditions_in_words(one)),
        "skips": [skip_in_words(skip) for skip in one.skips],
    }


def _style(one: PaperQuestion) -> str:
    if one.type == "rank":
        return "order"
    if one.boxes or one.type == "acknowledge":
        return "boxes"
    return "lines" if one.is_long else "line" if one.type in {"text", "barcode"} else "short"


def _say(one: PaperQuestion) -> str:
    """What to do with the boxes or the line."""
    words = {
        "select_one": gettext("Tick one."),
        "select_multiple": gettext("Tick all that apply."),
        "rank": gettext("Write a number into each box: 1 is the most important."),
        "date": gettext("Year, month, day"),
        "time": gettext("Hours and minutes"),
        "datetime": gettext("Year, month, day, hours and minutes"),
    }
    return words.get(one.type, "")
