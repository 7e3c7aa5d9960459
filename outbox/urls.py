from django.urls import path

from outbox import views

app_name = "inbox"

urlpatterns = [
    path("", views.list_mails, name="list"),
    path("kinds/", views.list_samples, name="kinds"),
    path("kinds/<str:kind>/<str:language>/<str:scheme>/", views.show_sample, name="sample"),
    path("<str:name>/", views.show_mail, name="mail"),
    path("<str:name>/html/", views.show_html, name="html"),
    path("<str:name>/download/", views.download, name="download"),
]
