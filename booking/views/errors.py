"""Why something was refused, as a page: the one place that turns booking errors into answers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from booking.actions import (
    BookingError,
    Busy,
    CutOff,
    HoldLost,
    NotAllowed,
    OfferOver,
    ProposalOver,
    Refused,
    TooManyHolds,
    TooManyTries,
)
from booking.engine.rules import Code
from booking.refusals import explain
from booking.views.journey import Journey
from booking.views.openings import Chooser, find_nearest
from booking.waiting import TooManyWishes

ANOTHER_TIME = _("Please choose another time")
CALL = _("Please call us")


@dataclass(frozen=True, slots=True)
class Answer:
    """A page that says no. `offers_times` puts the nearest open ones below; `retry_after` is in seconds."""

    status: int
    heading: str | Promise
    sentences: Sequence[str | Promise]
    offers_times: bool = False
    retry_after: int | None = None


UNREADABLE_TIME = Answer(
    409,
    ANOTHER_TIME,
    [_("We could not read that time. Please choose one of the times shown.")],
    offers_times=True,
)
_ANSWERS: dict[type[BookingError], Answer] = {
    HoldLost: Answer(
        409, ANOTHER_TIME, [_("Your time was not kept, and someone else may have it now.")], offers_times=True
    ),
    CutOff: Answer(409, CALL, [_("Your visit is too soon to change it online. We can help you by phone.")]),
    NotAllowed: Answer(
        409, CALL, [_("This visit can no longer be changed online. We can help you by phone.")]
    ),
    ProposalOver: Answer(
        409,
        _("This time is no longer kept for you"),
        [
            _("It went to somebody else, or your visit was changed since."),
            _("Please choose one of these times. You can also call us."),
        ],
        offers_times=True,
    ),
    OfferOver: Answer(
        409,
        _("This time is no longer kept for you"),
        [
            _("We did not hear from you in time, or it was given back."),
            _("You stay on the waitlist. You can also book one of these times now."),
        ],
        offers_times=True,
    ),
    TooManyHolds: Answer(
        429,
        _("Please wait a little"),
        [
            _("Many people on your network are booking now. We cannot keep one more time."),
            format_lazy(
                _("Please try again in {minutes} minutes, or call us."), minutes=settings.HOLD_MINUTES
            ),
        ],
        retry_after=settings.HOLD_MINUTES * 60,
    ),
    TooManyWishes: Answer(
        409, CALL, [_("This phone or email is on the waitlist many times already. We can help you by phone.")]
    ),
    Busy: Answer(
        503,
        _("Please try again"),
        [_("Many people are booking right now. Please go back and press the button again.")],
        retry_after=5,
    ),
}
LONG_WAIT = 120  # minutes
# Against these another time does not help.
_NOT_ABOUT_TIME = {Code.TOO_MANY_VISITS, Code.NOT_BOOKABLE_ONLINE}


def answer_error(
    request: HttpRequest, error: BookingError, *, chooser: Chooser, wanted: datetime | None = None
) -> HttpResponse:
    """Say why it was refused and, where another time would help, offer those nearest to `wanted`."""
    if isinstance(error, TooManyTries):
        return answer_too_many_tries(request, retry_after=error.retry_after)
    if isinstance(error, Refused):
        offers_times = any(refusal.code not in _NOT_ABOUT_TIME for refusal in error.refusals)
        answer = Answer(
            status=409,
            heading=ANOTHER_TIME if offers_times else CALL,
            sentences=[explain(refusal) for refusal in error.refusals],
            offers_times=offers_times,
        )
    else:
        answer = _ANSWERS[type(error)]
    return render_answer(request, answer, chooser=chooser, wanted=wanted)


def render_answer(
    request: HttpRequest, answer: Answer, *, chooser: Chooser, wanted: datetime | None = None
) -> HttpResponse:
    slots = find_nearest(chooser, wanted=wanted) if answer.offers_times else []
    context = {
        "answer": answer,
        "chooser": chooser,
        # The same button may work next time; elsewhere there is nothing to press again.
        "back": request.path if answer.status == 503 else chooser.back,
        "slots": slots,
        "has_answers": bool(chooser.holder and Journey(request).answers),
        "show_place": len({slot.location for slot in slots}) > 1,
        "dim_next": chooser.times,
    }
    response = render(request, "booking/refused.html", context, status=answer.status)
    if answer.retry_after is not None:
        response["Retry-After"] = str(answer.retry_after)
    return response


def answer_too_many_tries(request: HttpRequest, *, retry_after: int) -> HttpResponse:
    """Answer 429; `retry_after` is in seconds. Back leads to the page that was sent."""
    minutes = math.ceil(retry_after / 60)
    context = {
        "wait_minutes": minutes,
        # Nobody counts the minutes of half a day.
        "wait_hours": math.ceil(minutes / 60) if minutes > LONG_WAIT else None,
        "back": request.path,
    }
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(retry_after)
    return response
