"""Topics and synonyms in the admin."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest

from education.finding.rows import Synonym, Topic


@admin.register(Topic)
class TopicAdmin(admin.ModelAdmin):
    list_display = ("name", "name_es", "position")
    list_editable = ("position",)
    search_fields = ("name", "name_es")

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Topic | None = None
    ) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ("name",)}

    def get_readonly_fields(self, request: HttpRequest, obj: Topic | None = None) -> tuple[str, ...]:
        # An address that people have saved must keep working.
        return ("slug",) if obj else ()


@admin.register(Synonym)
class SynonymAdmin(admin.ModelAdmin):
    list_display = ("term", "words", "language")
    list_filter = ("language",)
    search_fields = ("term", "words")
