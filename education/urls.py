from django.urls import path

from education import views
from education.feeds import ArticleFeed

app_name = "learn"

urlpatterns = [
    path("", views.article_list, name="list"),
    # Before the articles: none may take this address.
    path("feed/", ArticleFeed(), name="feed"),
    path("draft/<str:token>/", views.draft, name="draft"),
    path("<slug:slug>/", views.article, name="article"),
]
