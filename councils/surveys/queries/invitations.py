"""Reads about codes. A code is known by its keyed mark alone; nothing here tells when or what anybody answered."""

from django.db.models import Count

from common.ids import normalise_ticket
from councils.surveys.models import Invitation, Wave
from councils.surveys.queries.keys import wave_key
from councils.surveys.states import Audience, InvitationKind


def invitation_by_code(wave: Wave, code: str) -> Invitation | None:
    """The invitation whose code this is, as typed or dictated; None when it is no code of this wave."""
    typed = normalise_ticket(code)
    if not typed:
        return None
    mark = wave_key(wave).mark("invitation", typed)
    return Invitation.objects.filter(wave=wave, code_mark=mark).first()


def mark_of(wave: Wave, code: str, *, kind: InvitationKind) -> str:
    """What the database knows a code by. "" for what is no code at all.

    Where only residents count who were checked, a sheet's code lets nobody in by itself: it stands under a mark of its
    own, which `invitation_by_code` does not find.
    """
    own = kind == InvitationKind.SHEET and wave.audience == Audience.VERIFIED
    typed = normalise_ticket(code)
    return wave_key(wave).mark("sheet" if own else "invitation", typed) if typed else ""


def batches(wave: Wave) -> list[tuple[str, str, int]]:
    """(batch, kind, codes made) of a wave, by name: how many were made, never how many were used."""
    made = Invitation.objects.filter(wave=wave, user__isnull=True).values_list("batch", "kind")
    return list(made.annotate(number=Count("pk")).order_by("batch", "kind"))
