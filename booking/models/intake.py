"""Questions that staff have patients asked before a visit, and what was answered."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.models.appointment import Appointment
from booking.models.practice import VisitType
from booking.models.told import ToldMixin


def _split(lines: str) -> list[str]:
    """Each line once, in order."""
    return list(dict.fromkeys(line.strip() for line in lines.splitlines() if line.strip()))


class IntakeQuestion(ToldMixin, models.Model):
    """One question of a visit type. Editing it changes no answer that was given: those keep its wording."""

    class Kind(models.TextChoices):
        TEXT = "text", _("A few words")
        CHOICE = "choice", _("One of several answers")
        YES_NO = "yes_no", _("Yes or no")

    visit_type = models.ForeignKey(
        VisitType,
        on_delete=models.CASCADE,
        related_name="intake_questions",
        verbose_name=_("visit type"),
    )
    wording = models.CharField(_("question"), max_length=200)
    wording_es = models.CharField(
        _("question in Spanish"), max_length=200, blank=True, default="", db_default=""
    )
    hint = models.CharField(_("hint"), max_length=200, blank=True)
    hint_es = models.CharField(_("hint in Spanish"), max_length=200, blank=True, default="", db_default="")
    kind = models.CharField(_("kind of answer"), max_length=8, choices=Kind, default=Kind.TEXT)
    choices = models.TextField(_("answers to choose from"), blank=True, help_text=_("One line for each."))
    choices_es = models.TextField(
        _("answers in Spanish"),
        blank=True,
        default="",
        db_default="",
        help_text=_("One line for each, in the same order."),
    )
    is_required = models.BooleanField(_("must be answered"), default=False)
    is_active = models.BooleanField(_("is asked"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("intake question")
        verbose_name_plural = _("intake questions")

    def __str__(self) -> str:
        return self.wording

    def clean(self) -> None:
        if self.kind == self.Kind.CHOICE and len(self.choice_list) < 2:
            raise ValidationError({"choices": _("Write at least two answers, one on each line.")})
        if self.choices_es and len(_split(self.choices_es)) != len(self.choice_list):
            sentence = _("Write as many answers as in English, each once and in the same order.")
            raise ValidationError({"choices_es": sentence})

    @property
    def choice_list(self) -> list[str]:
        """The answers to choose from, each once, in order."""
        return _split(self.choices)

    @property
    def told_choices(self) -> list[tuple[str, str]]:
        """Each answer as it is kept, and as it is shown: what is kept is English, whatever the page is."""
        shown = _split(self.told.choices)
        if len(shown) != len(self.choice_list):
            shown = self.choice_list
        return list(zip(self.choice_list, shown, strict=True))


class IntakeAnswer(models.Model):
    """What was answered, with the question as it was worded then.

    `is_from_path`: not asked by the booking, but before it by “Which of these is most like yours?”,
    and sent along because the patient said so.
    """

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="intake_answers", verbose_name=_("appointment")
    )
    question = models.ForeignKey(
        IntakeQuestion,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="answers",
        verbose_name=_("question"),
    )
    wording = models.CharField(_("question as asked"), max_length=200)
    answer = models.TextField(_("answer"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_from_path = models.BooleanField(_("asked before the booking"), default=False, db_default=False)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("intake answer")
        verbose_name_plural = _("intake answers")

    def __str__(self) -> str:
        return self.wording

    @property
    def told_wording(self) -> str:
        """The question as staff read it: what was asked before the booking says so."""
        if not self.is_from_path:
            return self.wording
        return gettext("Asked before booking: %(question)s") % {"question": self.wording}
