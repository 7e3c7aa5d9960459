"""The product's addresses with a webhook secret set: the settings of tests have none."""

from django.urls import include, path

from clinic.urls import *  # noqa: F403
from clinic.urls import urlpatterns as product

urlpatterns = [*product, path("webhooks/mail/", include("outbox.webhooks"))]
