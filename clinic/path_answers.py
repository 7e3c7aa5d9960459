"""The answers of the path that somebody takes into a booking: kept in the session from the one to the other.

Education asks and booking sends; neither knows the other. Nothing is kept before somebody has said so.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

SESSION_KEY = "path_answers"
# As long as what is typed for a booking.
LAST = timedelta(hours=2)
MOST = 4
# As many characters as IntakeAnswer.wording has.
LONGEST = 200

Answers = list[tuple[str, str]]


def keep_path_answers(session: SessionBase, answers: Sequence[tuple[str, str]]) -> None:
    """Keep questions and answers in words, at most MOST of at most LONGEST characters each."""
    session[SESSION_KEY] = {
        "said": [[question[:LONGEST], answer[:LONGEST]] for question, answer in answers[:MOST]],
        "at": int(timezone.now().timestamp()),
    }


def read_path_answers(session: SessionBase) -> Answers:
    """Return what is kept as (question, answer); nothing after two hours."""
    kept = session.get(SESSION_KEY)
    if kept is None or timezone.now().timestamp() - kept["at"] > LAST.total_seconds():
        return []
    return [(question, answer) for question, answer in kept["said"]]


def forget_path_answers(session: SessionBase) -> None:
    session.pop(SESSION_KEY, None)
