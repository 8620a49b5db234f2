"""A person's own pages: parse, one action or query, render. Never cached."""

from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.views import confirm_login_code, request_login_code
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.cache import counted_or_not_at_all
from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from users import actions, queries
from users.desk import desk_of
from users.forms import AppointForm, FindForm, NameForm, ResidenceForm
from users.models import Appointment, User
from users.permissions import CHECKERS, can_end_appointments, holds_role, roles_of
from users.states import Role


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Forbidden("forbidden", _("Sign in first."))
    return request.user


@counted_or_not_at_all
def ask_for_code(request: HttpRequest) -> HttpResponse:
    """The sign-in page. While codes cannot be counted, none is sent."""
    answer: HttpResponse = request_login_code(request)
    return answer


@never_cache
@require_http_methods(["GET", "POST"])
@counted_or_not_at_all
def enter_code(request: HttpRequest) -> HttpResponse:
    """The page for the code. When its code is spent, the sign-in page says so and remembers where one was going."""
    answer: HttpResponse = confirm_login_code(request)
    sign_in = reverse("account_request_login_code")
    if answer.headers.get("Location") != sign_in:
        return answer
    going = request.POST.get("next") or request.GET.get("next")
    return redirect(f"{sign_in}?{urlencode({'code': 'spent', **({'next': going} if going else {})})}")


def _status(form: Form) -> HTTPStatus:
    """A form that comes back has something to mend in it."""
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK


@never_cache
@login_required
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    today = day_of(now())
    user = _user(request)
    appointments = list(queries.appointments_of(user, on=today))
    return render(
        request, "users/me.html", {"person": user, "appointments": appointments, "desk": desk_of(appointments)}
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def name(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    form = NameForm(request.POST or None, initial={"display_name": user.display_name, "language": user.language})
    if request.method == "POST" and form.is_valid():
        actions.name_myself(user=user, now=now(), **form.cleaned_data)
        return redirect("users:me")
    return render(request, "users/name.html", {"form": form}, status=_status(form))


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def residence(request: HttpRequest) -> HttpResponse:
    moment = now()
    form = ResidenceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.declare_residence(
                user=_user(request), town=form.cleaned_data["town"], now=moment, today=day_of(moment)
            )
        except DomainError as error:
            form.add_error("town", str(error.message))
        else:
            return redirect("users:me")
    home = queries.home_town(_user(request), on=day_of(moment))
    name = home.name_in(get_language() or "") if home else ""
    return render(request, "users/residence.html", {"form": form, "home": name}, status=_status(form))


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def residents(request: HttpRequest) -> HttpResponse:
    """Who says that they live here: a secretary, moderator or administrator confirms after seeing the proof."""
    moment = now()
    today = day_of(moment)
    user = _user(request)
    held = {(town, role) for town, role in roles_of(user, on=today).in_towns if role in CHECKERS}
    if not held:
        holds_role(user, CHECKERS, None, on=today).enforce()
    if request.method == "POST":
        appointment = queries.residence_by_id(request.POST.get("appointment", ""))
        actions.verify_residence(actor=user, appointment=appointment, now=moment)
        return redirect("users:residents")
    everywhere = any(town is None for town, _role in held)
    town_ids = None if everywhere else [town for town, _role in held if town is not None]
    form = FindForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    rows = queries.residents_to_check(town_ids=town_ids, on=today, words=words, after=request.GET.get("after", ""))
    more, rows = len(rows) > queries.PAGE, rows[: queries.PAGE]
    further = urlencode({"q": words, "after": rows[-1].pk}) if more else ""
    pager = {"previous_url": "", "next_url": f"?{further}" if more else "", "position": ""}
    return render(request, "users/residents.html", {"rows": rows, "form": form, "pager": pager})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def appointments(request: HttpRequest) -> HttpResponse:
    moment = now()
    user = _user(request)
    holds_role(user, [Role.ADMINISTRATOR], None, on=day_of(moment)).enforce()
    form = AppointForm(request.POST or None, initial={"starts_date": day_of(moment)})
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            actions.appoint(
                actor=user,
                user=facts["email"],
                role=Role(facts["role"]),
                town=facts["town"],
                starts_date=facts["starts_date"],
                ends_date=facts["ends_date"],
                now=moment,
            )
        except DomainError as error:
            form.add_error(error.field, str(error.message))
        else:
            return redirect("users:appointments")
    rows = queries.recent_appointments()
    context = {"form": form, "rows": rows, "today": day_of(moment)}
    return render(request, "users/appointments.html", context, status=_status(form))


@never_cache
@login_required
@require_POST
def end(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    moment = now()
    user = _user(request)
    can_end_appointments(user, on=day_of(moment)).enforce()
    appointment = get_object_or_404(Appointment, pk=appointment_id)
    actions.end_appointment(actor=user, appointment=appointment, ends_date=day_of(moment), now=moment)
    return redirect("users:appointments")
