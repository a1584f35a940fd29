"""The routes of a dataset's switch and of one version's DOI; `doi.urls` takes them in."""

from django.urls import path

from doi.views import holds, switch, version, window

_DATASET = "o/<slug:org>/datasets/<slug:slug>/doi/"
_VERSION = "o/<slug:org>/datasets/<slug:slug>/versions/<uuid:pk>/doi/"

urlpatterns = [
    path(_DATASET + "on/", switch.switch_on, name="switch-on"),
    path(_DATASET + "off/", switch.switch_off, name="switch-off"),
    path(_DATASET + "hold/", holds.dataset, {"lifting": False}, name="hold-dataset"),
    path(_DATASET + "lift-hold/", holds.dataset, {"lifting": True}, name="lift-dataset"),
    path(_VERSION + "reserve/", version.reserve, name="reserve"),
    path(_VERSION + "permanent-now/", window.permanent_now, name="permanent-now"),
    path(_VERSION + "hold/", window.hold, name="hold"),
    path(_VERSION + "lift-hold/", window.lift_hold, name="lift-hold"),
    path(_VERSION + "payload/", version.payload, name="payload"),
]
