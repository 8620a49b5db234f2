"""Addresses of the API, without a language: read only, but for responses to surveys. The rooms write the endpoints."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from councils.indicators.api import IndicatorList
from councils.needs.api import NeedDetail, NeedList
from councils.priorities.api import PriorityLists
from councils.surveys.api import WaveResponses
from funds.ledger.api import LedgerList
from towns.api import TownList, TownOne

app_name = "api"
urlpatterns = [
    path("surveys/waves/<uuid:wave_id>/responses/", WaveResponses.as_view(), name="surveys-responses"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("towns/", TownList.as_view(), name="towns-list"),
    path("towns/<slug:slug>/", TownOne.as_view(), name="towns-detail"),
    path("needs/", NeedList.as_view(), name="needs-list"),
    path("needs/<uuid:need_id>/", NeedDetail.as_view(), name="needs-detail"),
    path("indicators/", IndicatorList.as_view(), name="indicators-list"),
    path("priorities/", PriorityLists.as_view(), name="priorities-list"),
    path("ledger/", LedgerList.as_view(), name="ledger-list"),
]
