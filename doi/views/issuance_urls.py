"""The routes of `doi.views.issuance`; `doi.urls` takes them in."""

from django.urls import path

from doi.views import issuance

_DATASET = "o/<slug:org>/datasets/<slug:slug>/doi/"
_VERSION = "o/<slug:org>/datasets/<slug:slug>/versions/<uuid:pk>/doi/"

urlpatterns = [
    path(_DATASET + "on/", issuance.switch_on, name="switch-on"),
    path(_DATASET + "off/", issuance.switch_off, name="switch-off"),
    path(_VERSION + "reserve/", issuance.reserve, name="reserve"),
    path(_VERSION + "permanent-now/", issuance.permanent_now, name="permanent-now"),
    path(_VERSION + "hold/", issuance.hold, name="hold"),
    path(_VERSION + "lift-hold/", issuance.lift_hold, name="lift-hold"),
    path(_VERSION + "payload/", issuance.payload, name="payload"),
]
