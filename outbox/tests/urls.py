"""The product's addresses as they are in development: tests run without DEBUG."""

from django.urls import include, path

from clinic.urls import *  # noqa: F403
from clinic.urls import urlpatterns as product

urlpatterns = [*product, path("inbox/", include("outbox.urls"))]
