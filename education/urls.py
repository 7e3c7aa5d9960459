from django.urls import path

from education import views
from education.feeds import ArticleFeed
from education.finding import views as finding_views
from education.path import views as path_views

app_name = "learn"

urlpatterns = [
    path("", views.article_list, name="list"),
    # Before the articles: none may take this address.
    path("feed/", ArticleFeed(), name="feed"),
    path("draft/<str:token>/", views.draft, name="draft"),
    path("search/", finding_views.search, name="search"),
    path("topics/<slug:slug>/", finding_views.topic, name="topic"),
    path("which/", path_views.which, name="which"),
    path("which/book/", path_views.take_along, name="take-along"),
    path("<slug:slug>/", views.article, name="article"),
]
