from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from booking.models import VisitType
from education.models import Article

BODY = """## What it feels like

It hurts.

::: do
- rest
:::

::: do-not
- do not run
:::

::: call-911
- it is hard to breathe
:::
"""


@pytest.fixture
def visit_type(db: None) -> VisitType:
    return VisitType.objects.create(slug="new-patient", name="New patient visit", duration=40)


@pytest.fixture
def make_article(db: None) -> Callable[..., Article]:
    """Make a published article; a number in the title and the slug keeps them apart."""

    def make(number: int = 1, **fields: object) -> Article:
        defaults = {
            "slug": f"article-{number}",
            "title": f"Article {number}",
            "summary": f"Summary {number}.",
            "body": BODY,
            "position": number,
            "status": "published",
        }
        return Article.objects.create(**(defaults | fields))

    return make


@pytest.fixture
def editor_client(db: None) -> Client:
    """Somebody who may work on articles and on nothing else."""
    editor = User.objects.create(username="editor", is_staff=True)
    editor.user_permissions.set(Permission.objects.filter(content_type__app_label="education"))
    client = Client()
    client.force_login(editor)
    return client
