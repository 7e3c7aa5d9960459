"""The topics and lay terms that a new site starts with: content/topics.toml."""

import tomllib
from pathlib import Path

from django.db import transaction

from education.finding.rows import Synonym, Topic
from education.models import Article
from education.sources import CONTENT_DIR

TOPICS_FILE = CONTENT_DIR / "topics.toml"


def seed_finding(file: Path = TOPICS_FILE) -> tuple[int, int]:
    """Bring in the topics where there are none, and the lay terms where there are none.

    Returns how many of each were added. From then on they are staff's: what they took away stays away.
    """
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    with transaction.atomic():
        topics = [] if Topic.objects.exists() else content["topics"]
        for place, entry in enumerate(topics, start=1):
            topic = Topic.objects.create(
                slug=entry["slug"], name=entry["en"], name_es=entry["es"], position=place * 10
            )
            topic.articles.set(Article.objects.filter(slug__in=entry["articles"]))
        synonyms = [
            Synonym(language=language, term=term, words=words)
            for language, terms in content["synonyms"].items()
            for term, words in terms.items()
        ]
        if Synonym.objects.exists():
            synonyms = []
        Synonym.objects.bulk_create(synonyms)
    return len(topics), len(synonyms)
