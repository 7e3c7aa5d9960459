from django.urls import path

from education import views
from education.feeds import ArticleFeed
from education.path import views as path_views

app_name = "learn"

urlpatterns = [
    path("", views.article_list, name="list"),
    # Before the articles: none may take this address.
    path("feed/", ArticleFeed(), name="feed"),
    path("which/", path_views.which, name="which"),
    path("which/book/", path_views.take_along, name="take-along"),
    path("<slug:slug>/", views.article, name="article"),
]
