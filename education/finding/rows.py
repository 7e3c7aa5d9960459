"""Topics, and the words of everyday life that no article uses."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from education.finding.words import split_words


class Topic(models.Model):
    """What several articles are about, named in each language of the site."""

    slug = models.SlugField(_("address name"), max_length=60, unique=True)
    name = models.CharField(_("in English"), max_length=80)
    name_es = models.CharField(_("in Spanish"), max_length=80, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("topic")
        verbose_name_plural = _("topics")

    def __str__(self) -> str:
        return self.name

    @property
    def local_name(self) -> str:
        """The name in the active language; in English where that one is still empty."""
        return (self.name_es if get_language() == "es" else "") or self.name


class Synonym(models.Model):
    """A lay term, and the words that articles use for it: whoever searches the first finds the second."""

    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default="en")
    term = models.CharField(_("what people type"), max_length=60, help_text=_("For example “charley horse”."))
    words = models.CharField(
        _("what articles say"), max_length=200, help_text=_("One or more words, with commas between them.")
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["language", "term"]
        verbose_name = _("synonym")
        verbose_name_plural = _("synonyms")
        constraints = [
            models.UniqueConstraint(
                fields=["language", "term"],
                name="education_synonym_term",
                violation_error_message=_("This term is there already in this language."),
            )
        ]

    def __str__(self) -> str:
        return self.term

    def clean(self) -> None:
        """Raise ValidationError for what no search could ever match."""
        for name in ("term", "words"):
            if not split_words(getattr(self, name), language=self.language):
                raise ValidationError({name: gettext("Enter a word that people could search for.")})
