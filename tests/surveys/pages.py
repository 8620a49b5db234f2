"""What tests of pages share: addresses, markup and words of a page, and a wave on the day the test runs."""

import re
from datetime import timedelta
from typing import Any, Protocol

from django.urls import reverse
from django.utils.translation import override

from common.clock import day_of, now
from councils.surveys import actions
from councils.surveys.models import Envelope, QuestionnaireVersion, Wave
from councils.surveys.queries import wave_key
from councils.surveys.rules.sealing import Content, unpacked
from councils.surveys.states import Audience
from towns.models import Town


def address(name: str, *args: object, language: str = "en") -> str:
    with override(language):
        return reverse(f"surveys:{name}", args=args)


def wave_from_today(
    town: Town,
    version: QuestionnaireVersion,
    *,
    begins: int = 0,
    days: int = 14,
    audience: Audience = Audience.DECLARED,
) -> Wave:
    """An open wave on the day the test runs: pages read the clock."""
    moment = now()
    return actions.open_wave(
        actor=None,
        town=town,
        version=version,
        opens_date=day_of(moment) + timedelta(days=begins),
        closes_date=day_of(moment) + timedelta(days=begins + days),
        audience=audience,
        now=moment,
    )


def envelopes(wave: Wave) -> list[Content]:
    """What lies in the envelopes of an open wave, opened with its key as nothing but closing ever does."""
    key = wave_key(wave)
    return [unpacked(key.open(one.sealed, place=str(one.pk))) for one in Envelope.objects.filter(wave=wave)]


def sealed_answers(wave: Wave) -> list[dict[str, Any]]:
    """The answers in the envelopes of an open wave."""
    return [content.answers for content in envelopes(wave)]


class Page(Protocol):
    """What these tests ask of a response."""

    content: bytes


def html_of(response: Page) -> str:
    """The markup of a page, one space where there are several: how templates are indented is not ours."""
    return re.sub(r"\s+", " ", response.content.decode())


def text_of(response: Page) -> str:
    """The words of a page, one space between them."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))
