from django.urls import path

from outbox import views

app_name = "inbox"

urlpatterns = [
    path("", views.list_mails, name="list"),
    path("<str:name>/", views.show_mail, name="mail"),
    path("<str:name>/html/", views.show_html, name="html"),
    path("<str:name>/download/", views.download, name="download"),
]
