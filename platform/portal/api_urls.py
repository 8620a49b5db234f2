"""Addresses of the API, read only, without a language. The rooms write their own endpoints."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from councils.indicators.api import IndicatorList
from councils.needs.api import NeedDetail, NeedList
from funds.ledger.api import LedgerList
from towns.api import TownList, TownOne

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("towns/", TownList.as_view(), name="towns-list"),
    path("towns/<slug:slug>/", TownOne.as_view(), name="towns-detail"),
    path("needs/", NeedList.as_view(), name="needs-list"),
    path("needs/<uuid:need_id>/", NeedDetail.as_view(), name="needs-detail"),
    path("indicators/", IndicatorList.as_view(), name="indicators-list"),
    path("ledger/", LedgerList.as_view(), name="ledger-list"),
]
