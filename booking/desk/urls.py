"""/admin/desk/: the day, its visits, its lists."""

from django.urls import path

from booking.desk import views, week_pages, why_pages
from booking.desk.access import desk_page

app_name = "desk"

urlpatterns = [
    path("", desk_page(views.show_day), name="day"),
    path("refresh/", desk_page(views.refresh), name="refresh"),
    path("find/", desk_page(views.find), name="find"),
    path("book/", desk_page(views.book), name="book"),
    path("print/", desk_page(views.print_day), name="print"),
    path("week/", desk_page(week_pages.show_week), name="week"),
    path("why/", desk_page(why_pages.show_why), name="why"),
    path("visit/<int:pk>/", desk_page(views.show_visit), name="visit"),
    path("visit/<int:pk>/step/", desk_page(views.take_step), name="step"),
    path("mail/<int:pk>/", desk_page(views.send_again), name="send-again"),
]
