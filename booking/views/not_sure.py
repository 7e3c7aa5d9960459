"""“I am not sure”: two or three plain questions that lead to one visit type, or to the phone.

The questions come from what staff have set up, never from certain visit types: whom a type is for, whether it
needs a request from a doctor, its place, its counterpart, and whether it is there for those who are not sure.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from booking.forms.choosing import asks_if_seen, is_for
from booking.models import VisitType
from booking.views.article import add_article, read_article

SPASMS = "spasms"
OTHER = "other"
# Before the slug of a type that somebody asked for by name, so that no slug can be mistaken for a word above.
NAMED = "visit-"


@dataclass(frozen=True, slots=True)
class Answer:
    value: str
    words: str | Promise
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """`name` is its part of the address."""

    name: str
    words: str | Promise
    answers: list[Answer]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One visit type and why; without a type the phone is the answer."""

    visit_type: VisitType | None
    reasons: list[str]


@require_safe
def not_sure(request: HttpRequest) -> HttpResponse:
    """Ask the next question, or suggest a visit. Answers that make no sense are asked again."""
    public = list(VisitType.objects.filter(is_public=True))
    answers, outcome = lead(request.GET, visit_types=public)
    article = read_article(request.GET)
    start = reverse("booking:not-sure")
    previous = dict(list(answers.items())[:-1])
    back = f"{start}?{urlencode(previous)}" if answers else reverse("booking:visit-type")
    context: dict[str, Any] = {"is_first": not answers, "back": add_article(back, article)}
    if isinstance(outcome, Suggestion):
        seen = answers.get("seen", "")
        all_types = reverse("booking:visit-type") + (f"?seen={seen}" if seen in ("yes", "no") else "")
        context |= {"suggestion": outcome, "all_types": add_article(all_types, article)}
        if outcome.visit_type:
            times = reverse("booking:time", args=[outcome.visit_type.slug])
            context["times"] = add_article(times, article)
        return render(request, "booking/suggestion.html", context)
    context |= {
        "question": outcome,
        "answers": [
            (answer, add_article(f"{start}?{urlencode({**answers, outcome.name: answer.value})}", article))
            for answer in outcome.answers
        ],
    }
    return render(request, "booking/not_sure.html", context)


def lead(query: QueryDict, *, visit_types: list[VisitType]) -> tuple[dict[str, str], Question | Suggestion]:
    """Return the answers that count, in the order of the questions, and what follows from them."""
    answers: dict[str, str] = {}
    visits = [kind for kind in visit_types if not kind.helps_choose]
    helpers = [kind for kind in visit_types if kind.helps_choose]

    if asks_if_seen(visits):
        question = _ask_if_seen()
        if not _take(query, question, answers):
            return answers, question
    # Whoever does not know is booked as new: there is time enough then.
    seen = {"unknown": "no"}.get(answers.get("seen", ""), answers.get("seen", ""))
    visits = [kind for kind in visits if is_for(kind, seen)]
    helper = next((kind for kind in helpers if is_for(kind, seen)), None)
    usual = _find_usual(visits)

    question, leads_to = _ask_what_for(visits, usual=usual, helper=helper)
    chosen = leads_to[OTHER]
    if set(leads_to.values()) != {chosen}:
        if not _take(query, question, answers):
            return answers, question
        chosen = leads_to[answers["need"]]

    pair = _find_pair(chosen, visits) if chosen else None
    if chosen and pair:
        question = _ask_where()
        if not _take(query, question, answers):
            return answers, question
        chosen = next(kind for kind in (chosen, pair) if kind.mode == answers["place"])
    return answers, Suggestion(chosen, _give_reasons(chosen, answers=answers) if chosen else [])


def _take(query: QueryDict, question: Question, answers: dict[str, str]) -> bool:
    """Keep the answer that the address has for the question. False: it has none of those that are offered."""
    value = query.get(question.name)
    if value not in {answer.value for answer in question.answers}:
        return False
    answers[question.name] = str(value)
    return True


def _find_usual(visits: list[VisitType]) -> VisitType | None:
    """Return the visit that most people of these need: nobody has to have asked for it.

    One made for new or for known patients comes before one for anybody; then the order that staff gave them.
    """
    unasked = [kind for kind in visits if not kind.needs_referral]
    return min(unasked, key=lambda kind: kind.audience == VisitType.Audience.ANYBODY, default=None)


def _find_pair(visit_type: VisitType, visits: list[VisitType]) -> VisitType | None:
    """Return the same visit in the other place, whichever of the two names the other."""
    for other in visits:
        is_same = other.pk == visit_type.counterpart_id or other.counterpart_id == visit_type.pk
        if is_same and other.mode != visit_type.mode:
            return other
    return None


def _ask_if_seen() -> Question:
    return Question(
        name="seen",
        words=_("Have you been seen here in the last 3 years?"),
        answers=[
            Answer("yes", _("Yes")),
            Answer("no", _("No")),
            Answer("unknown", _("I do not know")),
        ],
    )


def _ask_what_for(
    visits: list[VisitType], *, usual: VisitType | None, helper: VisitType | None
) -> tuple[Question, dict[str, VisitType | None]]:
    """Offer what somebody may have been told to book, then the usual, then anything else.

    Comes with the visit that each answer leads to; None is the phone.
    """
    told: list[VisitType] = []
    for kind in visits:
        # The same visit by video is no other need; where to meet is asked later.
        if kind != usual and _find_pair(kind, [*told, *([usual] if usual else [])]) is None:
            told.append(kind)
    told.sort(key=lambda kind: not kind.needs_referral)
    answers = [_name_visit(kind) for kind in told]
    leads_to: dict[str, VisitType | None] = {NAMED + kind.slug: kind for kind in told}
    if usual:
        answers.append(Answer(SPASMS, _("Spasms, cramps, twitching or stiffness")))
        leads_to[SPASMS] = usual
    answers.append(Answer(OTHER, _("Something else, or I cannot say")))
    leads_to[OTHER] = helper or usual
    return Question(name="need", words=_("What brings you here?"), answers=answers), leads_to


def _name_visit(visit_type: VisitType) -> Answer:
    value = NAMED + visit_type.slug
    if visit_type.needs_referral:
        return Answer(value, _("A doctor asked for this: %(visit)s") % {"visit": visit_type.told.name})
    return Answer(value, visit_type.told.name, visit_type.told.summary)


def _ask_where() -> Question:
    return Question(
        name="place",
        words=_("Where would you like to meet?"),
        answers=[
            Answer(VisitType.Mode.IN_PERSON, _("At the clinic"), _("The clinician can examine you.")),
            Answer(
                VisitType.Mode.TELEHEALTH, _("By video"), _("From where you are, with a camera and sound.")
            ),
        ],
    )


def _give_reasons(visit_type: VisitType, *, answers: dict[str, str]) -> list[str]:
    reasons = []
    need = answers.get("need")
    if visit_type.audience == VisitType.Audience.ESTABLISHED:
        reasons.append(_("You have been seen here in the last 3 years, so we know you."))
    elif visit_type.audience == VisitType.Audience.NEW and answers.get("seen") == "no":
        reasons.append(
            _("You have not been seen here in the last 3 years. This visit has time to get to know you.")
        )
    elif answers.get("seen") == "unknown":
        reasons.append(_("You do not know when you were last here. This visit fits either way."))
    if visit_type.needs_referral:
        reasons.append(_("A doctor asked for it. Please bring the request, or have it sent to us."))
    elif need == SPASMS:
        reasons.append(_("It is where we look at spasms, cramps, twitching and stiffness."))
    elif need == OTHER:
        reasons.append(_("You tell us what brings you, and we plan the next step together."))
    elif need:
        reasons.append(_("It is the visit that you came for."))
    if answers.get("place") == VisitType.Mode.TELEHEALTH:
        reasons.append(_("You would like to meet by video."))
    elif answers.get("place"):
        reasons.append(_("You would like to come to the clinic."))
    return reasons or [_("It is the visit that you can book online.")]
