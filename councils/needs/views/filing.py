"""Filing a need, with or without an account. What was typed is never lost, whatever was wrong with it."""

from http import HTTPStatus
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError
from councils.needs import actions
from councils.needs.forms import FROM_ME, FROM_SOMEBODY, NeedForm
from councils.needs.permissions import can_file_as_helper
from councils.needs.states import Category
from towns.queries import town_by_slug
from users.permissions import is_signed_in


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows the form; POST files one need and leads to its ticket."""
    town = town_by_slug(slug=slug)
    moment = now()
    person = request.user if is_signed_in(request.user) else None
    helper = bool(can_file_as_helper(request.user, town, on=day_of(moment)))
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = NeedForm(*sent, signed_in=person is not None, helper=helper)
    status = HTTPStatus.OK
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
    if form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = {
        "town": town,
        "name": town.name_in(get_language()),
        "form": form,
        "signed_in": person is not None,
        "sign_in_next": urlencode({"next": request.path}),
    }
    return render(request, "needs/file.html", context, status=status)
