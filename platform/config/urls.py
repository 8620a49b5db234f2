"""The whole map of addresses on one screen. The language stands in the address of every page; the API has none.

They are tried from top to bottom: what most requests ask for stands first, and prefixes stand before rooms without one.
"""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from councils.surveys.urls import device_patterns

urlpatterns: list[URLPattern | URLResolver] = [path("api/v1/", include("portal.api_urls"))]

urlpatterns += i18n_patterns(
    path("ledger/", include("funds.ledger.urls")),
    path("needs/", include("councils.needs.urls")),
    path("surveys/", include("councils.surveys.urls")),
    path("indicators/", include("councils.indicators.urls")),
    path("decisions/", include("councils.meetings.urls")),
    path("priorities/", include("councils.priorities.urls")),
    path("projects/", include("funds.projects.urls")),
    path("spending/", include("funds.spending.urls")),
    path("reconciliation/", include("funds.reports.urls")),
    path("account/", include("users.account_urls")),
    path("me/", include("users.urls")),
    path("towns/", include("towns.urls")),
    path("", include("portal.urls")),
    path("", include("funds.donations.urls")),
    path("", include("funds.payments.urls")),
    prefix_default_language=True,
)

urlpatterns += [
    path("", include("portal.root_urls")),
    path("odk/", include((device_patterns, "odk"))),
    path("stripe/", include("funds.payments.urls.webhook")),
    path("", include("transparency.urls")),
]

if settings.DEMO:
    urlpatterns += i18n_patterns(path("demo/", include("portal.demo_urls")), prefix_default_language=True)

handler400 = "common.http.bad_request"
handler403 = "common.http.forbidden"
handler404 = "common.http.not_found"
handler429 = "common.http.too_many_requests"  # asked for by django-allauth
handler500 = "common.http.server_error"
