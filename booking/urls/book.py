"""/book/: from the kind of visit to a confirmed time."""

from django.urls import path

from booking.views import choose, details, hold

app_name = "booking"

urlpatterns = [
    path("", choose.visit_type, name="visit-type"),
    path("details/", details.details, name="details"),
    path("check/", details.check, name="check"),
    path("renew/", hold.renew, name="renew"),
    path("<slug:slug>/", choose.time, name="time"),
    path("<slug:slug>/hold/", hold.hold, name="hold"),
]
