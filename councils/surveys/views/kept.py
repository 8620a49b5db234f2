"""What a phone keeps of a survey for the time without network: a worker, and one page with every question.

Both are the same for everybody who answers in a language, and hold no answer and nothing of a person.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from common.http import BUILD
from councils.surveys import queries
from councils.surveys.forms.bare import bare_blocks
from councils.surveys.models import Wave
from councils.surveys.rules import CompiledForm
from councils.surveys.rules.phone import phone_rules
from councils.surveys.states import AnswerFault
from councils.surveys.views import doors, phones
from councils.surveys.views.answering import section_url

LARGEST_RULES = 16_000  # bytes, compressed
_ASSETS = (
    "asar.css",
    "icon.svg",
    *(f"survey/{name}.js" for name in ("store", "judge", "answers", "rounds", "offline", "page")),
    "fonts/onest-latin.woff2",
    "fonts/onest-cyrillic.woff2",
    "fonts/onest-cyrillic-ext.woff2",
)


@require_safe
def worker(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """The service worker of one survey in one language: its address decides which pages it may see."""
    wave = queries.wave_by_id(wave_id)
    language = get_language() or ""
    base = reverse("surveys:wave", args=[wave.pk])
    facts = {
        "wave": str(wave.pk),
        "base": base,
        "offline": reverse("surveys:offline", args=[wave.pk]),
        "files": [static(name) for name in _ASSETS],
        "total": len(queries.form_of(wave.version_id).sections),
        "kept": f"asar|{wave.pk}|{language}|{_edition(wave)}",
    }
    scripts = json.dumps([static(f"survey/{name}.js") for name in ("store", "rounds", "worker")])
    text = f"self.survey = {json.dumps(facts)};\nimportScripts(...{scripts});\n"
    return HttpResponse(text, content_type="text/javascript", headers={"Cache-Control": "no-cache"})


def _edition(wave: Wave) -> str:
    """Changes when the page that phones keep would look different."""
    facts = f"{BUILD}|{wave.version_id}|{wave.closes_date}"
    return hashlib.sha256(facts.encode()).hexdigest()[:12]


@require_safe
def offline(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """Every question on one page, for phones to keep. It is the same for everybody and holds no answer."""
    wave = queries.wave_by_id(wave_id)
    form = queries.form_of(wave.version_id)
    language = get_language() or ""
    parts = [
        {
            "number": number,
            "title": form.words(section.labels, language) if section.labels else "",
            "url": section_url(wave, form, section.name),
            "blocks": bare_blocks(form, section=section.name, language=language),
        }
        for number, section in enumerate(form.sections, start=1)
    ]
    context: Mapping[str, object] = {
        **doors.about(wave),
        "parts": parts,
        "total": len(parts),
        "phone": phones.facts(wave, None, None),
        "rules": _rules(form, language),
    }
    return render(request, "surveys/offline.html", dict(context))


def _rules(form: CompiledForm, language: str) -> str:
    """JSON of what the phone judges by, "" where that would make the page too heavy: then all is judged on arrival."""
    rules = phone_rules(form, language=language)
    rules["parts"] = [section.questions for section in form.sections]
    rules["faults"] = {fault.value: str(fault.label) % {"limit": "{limit}"} for fault in AnswerFault}
    text = json.dumps(rules, ensure_ascii=False, separators=(",", ":"))
    return text if len(zlib.compress(text.encode())) <= LARGEST_RULES else ""
