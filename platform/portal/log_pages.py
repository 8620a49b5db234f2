"""The pages about the public log: the state of one, the check of a proof, the explanation for everybody.

What they say about a proof is worked out in the browser; the one page where the server checks says so. Pages with a
proof in their address are never made: the part after `#` stays in the browser.
"""

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.clock import now
from common.formats import date_time, number
from common.http import public_page
from portal import log_queries, log_telling
from portal.log_checking import LONGEST, ProofFaultError, check
from portal.log_words import FAULTS, sentences
from towns.queries import town_by_slug
from transparency.queries import log_url
from transparency.queries.seals import proof_link
from transparency.rules.pictures import qr_picture
from transparency.rules.policies import parse_policy

_MOST_DIGITS = 18


def _language() -> str:
    return get_language() or "kk"


def _index(request: HttpRequest, name: str) -> int | None:
    typed = request.GET.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS else None


def _host(name: str) -> str:
    return name.partition("/")[0]


def _sentences(logs: list[log_queries.KnownLog]) -> dict[str, str]:
    """All sentences, with the towns' names for the witnesses that are towns, and where a project is found."""
    project = reverse("projects:detail", args=["00000000-0000-0000-0000-000000000000"])
    return (
        sentences(language=_language())
        | {f"witness:{log.slug}": log.town for log in logs}
        | {"address:project": project.replace("00000000-0000-0000-0000-000000000000", "{id}")}
    )


@require_safe
@public_page(log_queries.logs_version)
def verify(request: HttpRequest) -> HttpResponse:
    """Checks a proof in the browser. Carries every log's key and witnesses, and asks nobody afterwards."""
    logs = log_queries.known_logs(language=_language())
    context = {"logs": logs, "sentences": _sentences(logs), "file": _file_of(request.GET.get("line", ""), logs)}
    return render(request, "transparency/verify.html", context)


def _file_of(line: str, logs: list[log_queries.KnownLog]) -> str:
    """The address of the proof file of `<town>/<index>`, for whoever follows a code's link without JavaScript."""
    slug, _slash, index = line.partition("/")
    if not (index.isascii() and index.isdigit() and len(index) <= _MOST_DIGITS and slug in {log.slug for log in logs}):
        return ""
    return reverse("transparency:proof", args=[slug, int(index)])


def _checking(slug: str, index: int) -> str:
    """The page that checks, told which line the proof after `#` is about."""
    return f"{reverse('portal:verify')}?line={slug}/{index}"


@require_safe
@public_page(log_queries.logs_version)
def explain(request: HttpRequest) -> HttpResponse:
    """Why nobody can rewrite the ledger in secret, without mathematics."""
    return render(request, "transparency/explain.html", {"logs": log_queries.known_logs(language=_language())})


class ProofForm(forms.Form):
    """A proof as a file or as text, at most 64 KiB."""

    proof = forms.FileField(label=_("Proof file, its name ends in .tlog-proof"), required=False)
    text = forms.CharField(
        label=_("Or its text"), required=False, max_length=LONGEST, strip=False, widget=forms.Textarea
    )

    def clean_proof(self) -> "UploadedFile[bytes] | None":
        """Refuse a large file before it is read."""
        given: UploadedFile[bytes] | None = self.cleaned_data["proof"]
        if given is not None and (given.size or 0) > LONGEST:
            raise forms.ValidationError(str(FAULTS["too_long"]))
        return given

    def clean(self) -> dict[str, object]:
        """One of the two must be there."""
        if not self.errors and not self.cleaned_data["proof"] and not self.cleaned_data["text"].strip():
            raise forms.ValidationError(_("Choose a file or paste its text."))
        return self.cleaned_data

    def data_given(self) -> bytes:
        """The bytes to check."""
        given = self.cleaned_data["proof"]
        return bytes(given.read()) if given else str(self.cleaned_data["text"]).encode()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check_on_server(request: HttpRequest) -> HttpResponse:
    """For whoever has no JavaScript: the server checks, and says that it is the server that says so."""
    form = ProofForm(request.POST, request.FILES) if request.method == "POST" else ProofForm()
    context: dict[str, object] = {"form": form}
    if form.is_bound and form.is_valid():
        logs = log_queries.known_logs(language=_language())
        says = _sentences(logs)
        policies = [parse_policy(log.policy.encode()) for log in logs]
        towns = {one.key.name: log.town for log, policy in zip(logs, policies, strict=True) for one in policy.logs}
        ended = {one.origin: one for log in logs for one in log.ended}
        try:
            proven = check(form.data_given(), policies=policies)
        except ProofFaultError as error:
            context["fault"] = log_telling.fault(error, says)
        else:
            context["found"] = log_telling.told(
                proven,
                says=says,
                town=towns.get(proven.origin, proven.origin),
                language=_language(),
                ended=ended.get(proven.origin),
            )
    return render(request, "transparency/check.html", context)


@require_safe
@public_page(log_queries.log_version)
def log(request: HttpRequest, slug: str) -> HttpResponse:
    """How a town's log stands: size, signature, witnesses, delays, key, entries, and how to keep a copy of it."""
    town = town_by_slug(slug=slug)
    page = log_queries.log_page(slug, now=now(), before=_index(request, "before"), after=_index(request, "after"))
    names = log_queries.town_names([witness.name for witness in page.state.witnesses], language=_language())
    address = reverse("portal:log", args=[slug])
    pager = {
        "previous_url": f"{address}?after={page.newer}" if page.newer is not None else "",
        "next_url": f"{address}?before={page.older}" if page.older is not None else "",
        "position": f"{page.entries[-1].index + 1}–{page.entries[0].index + 1}" if page.entries else "",
    }
    language = _language()
    context = {
        "town": town,
        "page": page,
        "state": page.state,
        "names": names,
        "pager": pager,
        "address": page.state.address,
        "in_house": all(_host(one.key_name) == _host(page.state.origin) for one in page.state.witnesses),
        "entries": [
            (number(one.index + 1, language), one.index, one.kind.label, date_time(one.booked_at, language), one.sealed)
            for one in page.entries
        ],
    }
    return render(request, "transparency/state.html", context)


@require_safe
@never_cache
def proof(request: HttpRequest, slug: str, index: int) -> HttpResponse:
    """On to the page that checks, with the whole proof behind `#`: the browser keeps that part to itself."""
    return HttpResponseRedirect(f"{_checking(slug, index)}#{proof_link(slug=slug, index=index)}")


@require_safe
@public_page(log_queries.log_version)
def proof_qr(request: HttpRequest, slug: str, index: int) -> HttpResponse:
    """The proof as a QR code, an SVG picture."""
    link = proof_link(slug=slug, index=index)
    file = f"{log_url(slug)}/proof/{index}.tlog-proof"
    picture = qr_picture(page=settings.SITE_URL + _checking(slug, index), link=link, file=file)
    return HttpResponse(picture, content_type="image/svg+xml")
