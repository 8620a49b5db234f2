"""The few doors of django-allauth that this site opens. The names are the library's own: it redirects to them."""

from allauth.account import views
from django.urls import path
from django.views.generic import RedirectView

from users.views import ask_for_code, enter_code

_sign_in = RedirectView.as_view(pattern_name="account_request_login_code", query_string=True)

urlpatterns = [
    path("", ask_for_code, name="account_request_login_code"),
    path("code/", enter_code, name="account_confirm_login_code"),
    path("out/", views.logout, name="account_logout"),
    path("login/", _sign_in, name="account_login"),
    path("signup/", _sign_in, name="account_signup"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("confirm/", _sign_in, name="account_email_verification_sent"),
    path("reset/", _sign_in, name="account_reset_password"),
]
