"""What waits in a town for those who keep the council's record and the fund's books, with the links only they may open.

Public pages lead nobody to a page that refuses them (tests/test_links.py), so such links stand here. It must NEVER
show what the public pages do not show.
"""

from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.clock import day_of, now
from common.errors import NotFound
from funds.ledger.models import Transaction
from portal.forms import LineForm
from portal.waiting import ROLES, waiting_for
from towns.queries import town_by_slug, town_choices
from users.models import User
from users.permissions import holds_role
from users.states import Role


@never_cache
@login_required
@require_safe
def towns(request: HttpRequest) -> HttpResponse:
    """For those who work for all towns: choose one."""
    holds_role(_person(request), [Role.AUDITOR, Role.ADMINISTRATOR], None, on=day_of(now())).enforce()
    language = get_language() or "kk"
    found = [(name, slug) for slug, name in town_choices(language=language)]
    return render(request, "portal/work_towns.html", {"towns": found})


@never_cache
@login_required
@require_safe
def work(request: HttpRequest, slug: str) -> HttpResponse:
    """What waits for the reader's roles in this town; ?line= leads the treasurer to reversing that line."""
    town, today, user = town_by_slug(slug=slug), day_of(now()), _person(request)
    holds_role(user, ROLES, town, on=today).enforce()
    held = frozenset(role for role in ROLES if holds_role(user, [role], town, on=today))
    form = LineForm(request.GET if "line" in request.GET else None) if Role.TREASURER in held else None
    status = HTTPStatus.OK
    if form is not None and form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            line = form.cleaned_data["line"]
            if Transaction.objects.filter(fund__town=town, seq=line).exists():
                return redirect("ledger:reverse", town.slug, line)
            form.add_error("line", _("The ledger of this town has no line with this number."))
    context = {"town": town, "waiting": waiting_for(town=town, held=held), "form": form}
    return render(request, "portal/work.html", context, status=status)


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotFound("no_person", _("Sign in first."))
    return request.user
