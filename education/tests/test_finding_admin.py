"""Topics and lay words in the admin."""

from django.test import Client
from django.urls import reverse

from education.finding.rows import Synonym, Topic


def test_editor_writes_a_topic(editor_client: Client):
    form = {"name": "Leg cramps", "name_es": "Calambres", "slug": "legs", "position": 1}

    editor_client.post(reverse("admin:education_topic_add"), form)

    topic = Topic.objects.get(slug="legs")
    page = editor_client.get(reverse("admin:education_topic_change", args=[topic.pk]))
    assert "slug" not in page.context["adminform"].form.fields


def test_editor_writes_a_lay_word(editor_client: Client):
    form = {"term": "charley horse", "words": "cramp", "language": "en"}

    editor_client.post(reverse("admin:education_synonym_add"), form)

    assert Synonym.objects.get().term == "charley horse"
    assert "charley horse" in editor_client.get(reverse("admin:education_synonym_changelist")).text
