"""/book/: from the kind of visit to a confirmed time."""

from django.urls import path

from booking.views import choose, details, hold, not_sure, waitlist

app_name = "booking"

urlpatterns = [
    path("", choose.visit_type, name="visit-type"),
    path("details/", details.details, name="details"),
    path("clear/", details.clear, name="clear"),
    path("check/", details.check, name="check"),
    path("leave-answers-out/", details.leave_out, name="leave-out"),
    path("renew/", hold.renew, name="renew"),
    path("help-me-choose/", not_sure.not_sure, name="not-sure"),
    path("<slug:slug>/", choose.time, name="time"),
    path("<slug:slug>/hold/", hold.hold, name="hold"),
    path("<slug:slug>/waitlist/", waitlist.join, name="waitlist"),
    path("<slug:slug>/waitlist/joined/", waitlist.joined, name="waitlist-joined"),
]
