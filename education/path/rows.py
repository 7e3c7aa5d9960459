"""The questions of the path as they are stored, and where each choice leads.

They are sorting, not medicine: no row names a disease, and the red flags are none of them (see tree.py).
"""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

# As many characters as booking keeps of a question or answer that is sent along.
LONGEST_WORDING = 200


class LeadsTo(models.TextChoices):
    QUESTION = "question", _("Another question")
    ARTICLE = "article", _("Read an article; a visit if they wish")
    VISIT = "visit", _("Book a visit")
    PHONE = "phone", _("Call us today")
    EMERGENCY = "911", _("Call 911 now")


def pick_wording(wordings: "Worded") -> str:
    """Return the wording in the active language; in English where that one is still empty."""
    return (wordings.wording_es if get_language() == "es" else "") or wordings.wording


class Worded(models.Model):
    """A text in each language of the site, side by side: a change of one is seen beside the other."""

    wording = models.CharField(_("in English"), max_length=LONGEST_WORDING)
    wording_es = models.CharField(_("in Spanish"), max_length=LONGEST_WORDING, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.wording


class PathQuestion(Worded):
    """One question. The one with the lowest position is asked first, after the red flags.

    `source_digest` is the same on every row: the digest of all questions together as the content file
    last put them here (source.py). It is empty for a question written in the admin.
    """

    slug = models.SlugField(
        _("short name"), max_length=40, unique=True, help_text=_("Patients do not see it. It stays as it is.")
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("The lowest is asked first, after the red flags.")
    )
    source_digest = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("question of the path")
        verbose_name_plural = _("questions of the path")


class PathChoice(Worded):
    """One answer that can be chosen, and where it leads."""

    question = models.ForeignKey(
        PathQuestion, on_delete=models.CASCADE, related_name="choices", verbose_name=_("question")
    )
    slug = models.SlugField(_("short name"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    leads_to = models.CharField(_("leads to"), max_length=8, choices=LeadsTo, default=LeadsTo.VISIT)
    next_question = models.ForeignKey(
        PathQuestion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="led_to_by",
        verbose_name=_("question"),
    )
    # A short name and not a row: each language has a row of its own.
    article = models.SlugField(_("article"), max_length=80, blank=True, db_index=False)
    visit_type = models.ForeignKey(
        "booking.VisitType",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="path_choices",
        verbose_name=_("visit type"),
    )

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.UniqueConstraint(
                fields=["question", "slug"],
                name="education_path_choice_slug",
                violation_error_message=_("Another answer to this question has this short name."),
            ),
            models.CheckConstraint(
                condition=Q(leads_to=LeadsTo.QUESTION, next_question__isnull=False)
                | (~Q(leads_to=LeadsTo.QUESTION) & Q(next_question__isnull=True)),
                name="education_path_choice_next",
                violation_error_message=_("Choose a question where an answer leads to one, and only there."),
            ),
        ]

    def clean(self) -> None:
        super().clean()
        if self.leads_to in (LeadsTo.PHONE, LeadsTo.EMERGENCY) and self.visit_type is not None:
            raise ValidationError(
                {"visit_type": gettext("Whoever should call now is offered no visit. Leave this empty.")}
            )
