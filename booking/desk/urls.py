"""/admin/desk/: the day, its visits, its lists, its time."""

from django.urls import path

from booking.desk import (
    away_pages,
    caller_pages,
    caught,
    change_pages,
    together_pages,
    views,
    waitlist_pages,
    week_pages,
    why_pages,
    wish_pages,
)
from booking.desk.access import desk_page
from booking.desk.time import closing, pages

app_name = "desk"

# Clinicians away: whoever may block time.
BLOCKS = "booking.add_availabilityexception"
# The waitlist: who may look, and who may put somebody on it and offer.
SEES, STEERS = "booking.view_waitlistentry", "booking.change_waitlistentry"

urlpatterns = [
    path("", desk_page(views.show_day), name="day"),
    path("refresh/", desk_page(views.refresh), name="refresh"),
    path("find/", desk_page(views.find), name="find"),
    path("book/", desk_page(caller_pages.book), name="book"),
    path("print/", desk_page(views.print_day), name="print"),
    path("week/", desk_page(week_pages.show_week), name="week"),
    path("why/", desk_page(why_pages.show_why), name="why"),
    path("visit/<int:pk>/", desk_page(views.open_visit), name="visit"),
    path("visit/<int:pk>/step/", desk_page(views.take_step), name="step"),
    path("visit/<int:pk>/move/", desk_page(change_pages.move), name="move"),
    path("visit/<int:pk>/move/back/", desk_page(change_pages.move_back), name="move-back"),
    path("visit/<int:pk>/earlier/", desk_page(wish_pages.ask_for_earlier, also=STEERS), name="earlier"),
    path("visit/<int:pk>/language/", desk_page(change_pages.set_language), name="language"),
    path("visit/<int:pk>/cancel/", desk_page(change_pages.cancel), name="cancel"),
    path("visit/<int:pk>/unbook/", desk_page(change_pages.unbook), name="unbook"),
    path("visit/<int:pk>/cancel/together/", desk_page(together_pages.cancel), name="cancel-together"),
    path("visit/<int:pk>/unbook/together/", desk_page(together_pages.unbook), name="unbook-together"),
    path("visit/<int:pk>/confirmation/", desk_page(caller_pages.print_confirmation), name="confirmation"),
    path("mail/<int:pk>/", desk_page(views.send_again), name="send-again"),
    path("caught/", desk_page(caught.list_visits), name="caught"),
    path("caught/<int:pk>/keep/", desk_page(caught.keep), name="keep"),
    path("waitlist/", desk_page(waitlist_pages.list_wishes, also=SEES), name="waitlist"),
    path("waitlist/add/", desk_page(wish_pages.add, also=STEERS), name="waitlist-add"),
    path("waitlist/pause/", desk_page(waitlist_pages.pause_all, also=STEERS), name="waitlist-pause"),
    path("waitlist/<int:pk>/", desk_page(waitlist_pages.open_wish, also=SEES), name="wish"),
    path("waitlist/<int:pk>/offer/", desk_page(waitlist_pages.offer, also=STEERS), name="wish-offer"),
    path("waitlist/<int:pk>/pause/", desk_page(waitlist_pages.pause, also=STEERS), name="wish-pause"),
    path(
        "waitlist/offers/<int:pk>/accept/",
        desk_page(waitlist_pages.accept, also=STEERS),
        name="offer-accept",
    ),
    path(
        "waitlist/offers/<int:pk>/withdraw/",
        desk_page(waitlist_pages.withdraw, also=STEERS),
        name="offer-withdraw",
    ),
    path("away/", desk_page(away_pages.start, also=BLOCKS), name="away"),
    path("away/<int:pk>/", desk_page(away_pages.plan, also=BLOCKS), name="away-plan"),
    path("away/<int:pk>/find/", desk_page(away_pages.find, also=BLOCKS), name="away-find"),
    path("away/<int:pk>/send/", desk_page(away_pages.send, also=BLOCKS), name="away-send"),
    path("away/<int:pk>/undo/", desk_page(away_pages.undo, also=BLOCKS), name="away-undo"),
    path("away/block/<int:pk>/", desk_page(away_pages.start_from_block, also=BLOCKS), name="away-block"),
    path("away/visit/<int:pk>/", desk_page(away_pages.change, also=BLOCKS), name="away-visit"),
    path("away/visit/<int:pk>/accept/", desk_page(away_pages.accept, also=BLOCKS), name="away-accept"),
    path("away/visit/<int:pk>/called/", desk_page(away_pages.called, also=BLOCKS), name="away-called"),
    path("time/", desk_page(pages.list_time, also="booking.view_availabilityexception"), name="time"),
    path("time/block/", desk_page(pages.block, also="booking.add_availabilityexception"), name="block"),
    path(
        "time/<int:pk>/",
        desk_page(pages.change, also="booking.change_availabilityexception"),
        name="time-change",
    ),
    path(
        "time/<int:pk>/remove/",
        desk_page(pages.remove, also="booking.delete_availabilityexception"),
        name="time-remove",
    ),
    path("time/close/", desk_page(closing.close, also="booking.add_closure"), name="close"),
    path(
        "time/close/<int:pk>/",
        desk_page(closing.change, also="booking.change_closure"),
        name="closure-change",
    ),
    path(
        "time/close/<int:pk>/remove/",
        desk_page(closing.remove, also="booking.delete_closure"),
        name="closure-remove",
    ),
]
