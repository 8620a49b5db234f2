"""What a page tells the scripts of a respondent's phone, so that it can keep answers without network.

Only facts that the phone needs: no answer, no name, and of the person a mark that says nothing.
"""

from django.urls import reverse

from councils.surveys.models import Wave
from councils.surveys.queries import OpenedDraft
from councils.surveys.rules.respondents import Respondent
from councils.surveys.views import doors


def facts(wave: Wave, who: Respondent | None, draft: OpenedDraft | None) -> dict[str, object]:
    """For the attributes of a page: where to send, whose answers these are, the number of the last change."""
    return {
        "wave": str(wave.pk),
        "base": reverse("surveys:wave", args=[wave.pk]),
        "owner": doors.owner_mark(wave, who),
        "revision": draft.revision if draft else 0,
    }
