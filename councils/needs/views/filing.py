"""Filing a need, with or without an account. What was typed is never lost, whatever was wrong with it."""

from http import HTTPStatus
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError
from common.pace import HOUR, may_go_on
from councils.needs import actions
from councils.needs.forms import FROM_ME, FROM_SOMEBODY, NeedForm
from councils.needs.permissions import can_file_as_helper
from councils.needs.states import Category
from towns.models import Town
from towns.queries import town_by_slug
from users.permissions import is_signed_in

NEEDS_AN_HOUR = 30  # of one account, or of one network without one: a helper's busy hour, not a program's
TOO_MANY = _(
    "Too many needs were sent within an hour. What you wrote is still here; only a photo has to be chosen again."
    " Please send it later."
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows the form; POST files one need and leads to its ticket."""
    town = town_by_slug(slug=slug)
    moment = now()
    person = request.user if is_signed_in(request.user) else None
    helper = bool(can_file_as_helper(request.user, town, on=day_of(moment)))
    # Counted before a photo is looked into: that alone costs a processor a second.
    account = person.pk if person else None
    if request.method == "POST" and not may_go_on(
        request, purpose="needs.file", at_most=NEEDS_AN_HOUR, seconds=HOUR, account=account
    ):
        form = NeedForm(request.POST, signed_in=person is not None, helper=helper)
        form.add_error(None, TOO_MANY)
        return _form_page(request, town, form, status=HTTPStatus.TOO_MANY_REQUESTS)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = NeedForm(*sent, signed_in=person is not None, helper=helper)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        filed_as = facts.get("filed_as")
        try:
            need = actions.file_need(
                town=town,
                text=facts["text"],
                page_language=get_language(),
                category=Category(facts["category"]),
                quarter=facts["quarter"],
                photo=facts["photo"],
                author=person if filed_as == FROM_ME else None,
                helper=person if filed_as == FROM_SOMEBODY else None,
                submission=facts["submission"],
                now=moment,
            )
        except DomainError as error:
            form.add_error(error.field, str(error.message))
        else:
            query = urlencode({"filed": "helper" if filed_as == FROM_SOMEBODY else "1"})
            return redirect(f"{reverse('needs:ticket', args=[need.ticket])}?{query}")
    return _form_page(request, town, form, status=HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK)


def _form_page(request: HttpRequest, town: Town, form: NeedForm, *, status: HTTPStatus) -> HttpResponse:
    context = {
        "town": town,
        "name": town.name_in(get_language()),
        "form": form,
        "signed_in": is_signed_in(request.user),
        "sign_in_next": urlencode({"next": request.path}),
    }
    return render(request, "needs/file.html", context, status=status)
