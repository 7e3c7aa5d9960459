"""What a page says to search engines, in the words of schema.org: health pages, the clinic, how to book.

A MedicalWebPage names a reviewer only where there is one. A test holds every type and property against
schema.org's own vocabulary.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from booking.models import Location
from education.models import Article
from education.render import Document

CONTEXT = "https://schema.org"
NEUROLOGIC = "https://schema.org/Neurologic"

Described = dict[str, Any]


def describe_article(article: Article, *, document: Document) -> list[Described]:
    """Return the page, and where it stands on the site."""
    address = settings.PUBLIC_URL + article.get_absolute_url()
    page: Described = {
        "@context": CONTEXT,
        "@type": "MedicalWebPage",
        "@id": address,
        "url": address,
        "name": article.title,
        "description": article.summary,
        "inLanguage": article.language,
        "datePublished": article.created_at.date().isoformat(),
        "dateModified": article.updated_at.date().isoformat(),
        "author": _describe_organization(),
        "publisher": _describe_organization(),
        "about": {"@type": "MedicalCondition", "name": _("Muscle spasms")},
        "isAccessibleForFree": True,
    }
    if article.reviewed_on is not None:
        page["reviewedBy"] = {"@type": "Person", "name": article.reviewer_name}
        page["lastReviewed"] = article.reviewed_on.isoformat()
    crumbs = [
        (_("Home"), reverse("home")),
        (_("Learn"), reverse("learn:list")),
        (article.title, article.get_absolute_url()),
    ]
    return [page, _describe_crumbs(crumbs)]


def describe_list(articles: Iterable[Article]) -> list[Described]:
    """Return the list of articles as a collection."""
    address = settings.PUBLIC_URL + reverse("learn:list")
    page: Described = {
        "@context": CONTEXT,
        "@type": "CollectionPage",
        "@id": address,
        "url": address,
        "name": _("Learn about muscle spasms"),
        "publisher": _describe_organization(),
        "hasPart": [
            {
                "@type": "MedicalWebPage",
                "name": article.title,
                "url": settings.PUBLIC_URL + article.get_absolute_url(),
            }
            for article in articles
        ],
    }
    return [page]


def describe_clinic(locations: Sequence[Location]) -> list[Described]:
    """Return the clinic with its places and how to book there."""
    clinic: Described = {
        "@context": CONTEXT,
        "@type": "MedicalClinic",
        "@id": settings.PUBLIC_URL + "/#clinic",
        "name": settings.CLINIC["name"],
        "url": settings.PUBLIC_URL + reverse("home"),
        "telephone": settings.CLINIC["phone"],
        "medicalSpecialty": NEUROLOGIC,
        "potentialAction": {
            "@type": "ReserveAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": settings.PUBLIC_URL + reverse("booking:visit-type"),
            },
        },
    }
    if locations:
        clinic["address"] = [_describe_place(location) for location in locations]
    return [clinic]


def _describe_place(location: Location) -> Described:
    return {
        "@type": "PostalAddress",
        "streetAddress": ", ".join(filter(None, (location.line1, location.line2))),
        "addressLocality": location.city,
        "addressRegion": location.state,
        "postalCode": location.postal_code,
        "addressCountry": "US",
    }


def _describe_organization() -> Described:
    return {"@type": "Organization", "name": settings.CLINIC["name"], "url": settings.PUBLIC_URL + "/"}


def _describe_crumbs(crumbs: Iterable[tuple[str, str]]) -> Described:
    return {
        "@context": CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": settings.PUBLIC_URL + address}
            for place, (name, address) in enumerate(crumbs, start=1)
        ],
    }
