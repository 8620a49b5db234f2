"""Pages that book by hand, in two steps: a form, then what it would do to the books, then the booking itself.

Between the steps nothing is kept: the second page carries the form along. It must never book at the first step.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, NotFound
from common.formats import money
from funds.ledger.actions import Rehearsal
from users.models import User

Facts = dict[str, Any]
_WORDS = ("reason", "memo")  # what will stand on the public ledger


def person(request: HttpRequest) -> User:
    """Who is signed in; raises NotFound for nobody."""
    if not isinstance(request.user, User):
        raise NotFound("no_person", _("Sign in first."))
    return request.user


def shown(rehearsal: Rehearsal) -> dict[str, object]:
    """The lines and purposes of a rehearsal, written out for the page."""
    return {
        "lines": [
            {
                "title": f"{line.code.label} · {line.earmark}" if line.earmark else line.code.label,
                "debit": money(line.amount_minor, line.currency) if line.amount_minor > 0 else "",
                "credit": money(-line.amount_minor, line.currency) if line.amount_minor < 0 else "",
                "after": money(line.after_minor, line.currency),
            }
            for line in rehearsal.lines
        ],
        "purposes": [
            (
                one.label or _("The fund as a whole"),
                money(one.left_minor, one.currency),
                money(one.free_minor, one.currency),
            )
            for one in rehearsal.purposes
        ],
    }


def two_steps(
    request: HttpRequest,
    *,
    form: forms.Form,
    rehearse: Callable[[Facts], Rehearsal],
    write: Callable[[Facts], str],
    context: dict[str, object],
) -> HttpResponse:
    """Draw the form; POST: its preview; POST with `step=book`: the write, and on to the address that it gives."""
    status = HTTPStatus.OK
    step = request.POST.get("step", "") if request.method == "POST" else "change"
    if form.is_bound and step != "change":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            try:
                if step == "book":
                    return HttpResponseRedirect(write(form.cleaned_data))
                seen = shown(rehearse(form.cleaned_data))
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
            else:
                words = [(form[name].label, form[name].value()) for name in _WORDS if name in form.fields]
                return render(request, "ledger/preview.html", {**context, **seen, "form": form, "words": words})
    return render(request, "ledger/book.html", {**context, "form": form}, status=status)
