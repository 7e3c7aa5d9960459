"""/visits/: one booked visit, reached by its manage link."""

from django.urls import path

from booking.views import away, find, reminders, visits, waitlist, wishes

app_name = "visits"

urlpatterns = [
    path("find/", find.find, name="find"),
    path("find/sent/", find.link_sent, name="link-sent"),
    path("<str:token>/", visits.visit, name="visit"),
    path("<str:token>/come/", visits.come, name="come"),
    path("<str:token>/move/", visits.move, name="move"),
    path("<str:token>/away/", away.answer, name="away"),
    path("<str:token>/cancel/", visits.cancel, name="cancel"),
    path("<str:token>/earlier/", waitlist.earlier, name="earlier"),
    path("<str:token>/earlier/leave/", waitlist.leave, name="leave-waitlist"),
    path("<str:token>/offer/", wishes.answer_for_visit, name="answer-offer"),
    # Of a wish, not of a visit: another kind of token, but as secret.
    path("<str:token>/waitlist/", wishes.wish, name="wish"),
    path("<str:token>/waitlist/answer/", wishes.answer, name="answer-wish"),
    path("<str:token>/waitlist/change/", wishes.change, name="change-wish"),
    path("<str:token>/waitlist/leave/", wishes.leave, name="leave-wish"),
    path("<str:token>/invite.ics", visits.invite, name="invite"),
    # Under a token like the others, so that logs and caches treat this secret as theirs.
    path("<str:token>/reminders/", reminders.stop, name="stop-reminders"),
]
