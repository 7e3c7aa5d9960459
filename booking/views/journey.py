"""What one browser is booking: its hold and its answers, kept in the session on the server."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest
from django.utils import timezone

from booking import links
from booking.availability import recall_set_up
from booking.forms.details import DetailsForm
from booking.models import Appointment, CameFrom
from booking.views.article import tell_came_from
from clinic.path_answers import Answers, forget_path_answers, read_path_answers

# Longer than any field allows: a slip is kept to be mended, a flood is not.
LONGEST_ANSWER = 1000
LONGEST_ZONE_NAME = 60
# Many people share a computer with others: what was typed there is not shown for longer.
ANSWERS_LAST = timedelta(hours=2)


class Journey:
    """The session's "booking". Reading it changes nothing.

    The chosen time is remembered after it became a visit, so that a second confirm finds that visit.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._session = request.session
        self._kept: Mapping[str, Any] = request.session.get("booking", {})

    def _keep(self, **changes: Any) -> None:
        if not self.answers:
            changes = {"answers": {}, **changes}
        self._kept = self._session["booking"] = {**self._kept, **changes}

    @property
    def holder(self) -> str:
        """Who this browser is to `booking.actions`; empty while it has never held a time."""
        token = self._kept.get("token", "")
        return hashlib.sha256(f"booking-holder:{token}".encode()).hexdigest() if token else ""

    def claim_holder(self) -> str:
        """Return the holder, made now if there is none."""
        if not self.holder:
            self._keep(token=secrets.token_urlsafe(32))
        return self.holder

    def keep_hold(self, hold: Appointment, *, time_zone: str = "", article: str = "", via: str = "") -> None:
        """Remember the chosen time, the zone that the device said it is in, and what led here.

        Whoever chooses again, from a page that knows of nothing before it, still came the same way.
        """
        self._keep(
            hold=str(hold.uid),
            time_zone=time_zone if _find_zone(time_zone) else "",
            article=article or self.article,
            via=via or self._kept.get("via", ""),
        )

    @property
    def article(self) -> str:
        """The short name of the article that led here; "" for none."""
        return self._kept.get("article", "")

    @property
    def came_from(self) -> CameFrom:
        via = self._kept.get("via") or (CameFrom.PATH.value if self.path_answers else "")
        return tell_came_from(via=via, article=self.article)

    @property
    def path_answers(self) -> Answers:
        """What was asked before the booking and is sent along with it, as (question, answer)."""
        return read_path_answers(self._session)

    def forget_path_answers(self) -> None:
        forget_path_answers(self._session)

    @property
    def time_zone(self) -> ZoneInfo | None:
        """The device's zone when the time was chosen; None where no script told."""
        return _find_zone(self._kept.get("time_zone", ""))

    def find_hold(self) -> Appointment | None:
        """Return the time that was chosen last, whatever became of it: held, lost or booked."""
        uid = self._kept.get("hold")
        if uid is None:
            return None
        chosen = Appointment.objects.filter(uid=uid).first()
        if chosen is not None:
            # Not `with_parts`: each table more costs a millisecond in every step.
            recall_set_up(first_day=timezone.localdate()).fill_in(chosen)
        return chosen

    @property
    def answers(self) -> dict[str, Any]:
        """The details as typed, right or wrong, by field; empty before any were sent, and two hours after."""
        is_old = timezone.now().timestamp() - self._kept.get("typed_at", 0) > ANSWERS_LAST.total_seconds()
        return {} if is_old else self._kept.get("answers", {})

    def keep_answers(self, form: DetailsForm) -> None:
        """Keep what was typed. Answers to questions of another kind of visit stay beside it."""
        typed = {name: _shorten(value) for name, value in form.typed.items()}
        self._keep(answers={**self.answers, **typed}, typed_at=int(timezone.now().timestamp()))

    def forget_answers(self) -> None:
        """Forget what was typed, and what was said before the booking."""
        self._keep(answers={})
        self.forget_path_answers()

    def end(self) -> None:
        """Forget what one booking was made with; the chosen time stays, for a second confirm."""
        self._keep(answers={}, article="", via="")
        self.forget_path_answers()


def _find_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name[:LONGEST_ZONE_NAME]) if name else None
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return None


def _shorten(typed: Any) -> Any:
    if isinstance(typed, list):
        return [_shorten(part) for part in typed]
    if isinstance(typed, bool):
        return typed
    return typed[:LONGEST_ANSWER] if typed else ""


def keep_outcome(request: HttpRequest, visit: Appointment, what: str, *, left: str = "") -> None:
    """Remember what this browser just did with a visit ("booked", "moved"), for the page that follows.

    `left` is the token that the move ended: kept as a hash, like every token.
    """
    request.session["outcome"] = {
        "visit": str(visit.uid),
        "version": visit.version,
        "what": what,
        "left": links.hash_token(left) if left else "",
    }


def read_outcome(request: HttpRequest, visit: Appointment) -> str:
    """Return what this browser did last with the visit; "" once it was changed since."""
    kept = request.session.get("outcome", {})
    is_this = (kept.get("visit"), kept.get("version")) == (str(visit.uid), visit.version)
    return kept["what"] if is_this else ""


def find_moved(request: HttpRequest, token: str) -> Appointment | None:
    """Return the visit that this browser moved away from `token` just now."""
    kept = request.session.get("outcome", {})
    if not kept.get("left") or kept["left"] != links.hash_token(token):
        return None
    return Appointment.objects.filter(uid=kept["visit"]).first()
