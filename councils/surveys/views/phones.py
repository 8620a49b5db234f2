"""What a page tells the scripts of a respondent's phone, so that it can keep answers without network.

Only facts that the phone needs: no answer, no name, and of the person a mark that says nothing.
"""

from django.urls import reverse

from councils.surveys.forms.places import chains
from councils.surveys.models import Wave
from councils.surveys.queries import OpenedDraft, form_of
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience
from councils.surveys.views import doors

_BY_LETTER = frozenset({Audience.DECLARED, *doors.CODES_ONLY})


def facts(wave: Wave, who: Respondent | None, draft: OpenedDraft | None) -> dict[str, object]:
    """For the attributes of a page: where to send, whose answers these are, how to be let in again, the number of the
    last change, and which sections nobody has begun, so that a phone without network knows what is missing there."""
    return {
        "wave": str(wave.pk),
        "base": reverse("surveys:wave", args=[wave.pk]),
        "owner": doors.owner_mark(wave, who),
        "signs_in": wave.audience not in doors.CODES_ONLY,
        "letter": reverse("surveys:letter", args=[wave.pk]) if wave.audience in _BY_LETTER else "",
        "revision": draft.revision if draft else 0,
        "fresh": _fresh(wave, draft),
    }


def _fresh(wave: Wave, draft: OpenedDraft | None) -> str:
    answered = draft.answers.keys() if draft else frozenset()
    form = form_of(wave.version_id)
    around = chains(form)
    begun = {
        section.name for section in form.sections for one in section.questions if (around[one] or (one,))[0] in answered
    }
    return " ".join(str(number) for number, one in enumerate(form.sections, start=1) if one.name not in begun)
