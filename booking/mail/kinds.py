"""Every kind of message of the booking app, and who composes it. A kind stands in rows: never rename one."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from audit.models import BreakGlass
from booking import scope
from booking.mail import messages, offers, staff, together

KINDS = {**messages.KINDS, **together.KINDS, **offers.KINDS, **staff.KINDS}


def _list_visits(user: Any) -> "QuerySet[Any] | None":
    return None if scope.sees_every_visit(user) else scope.visible_visits(user).values("pk")


def _list_groups(user: Any) -> "QuerySet[Any] | None":
    return None if scope.sees_every_visit(user) else scope.visible_groups(user).values("pk")


def _list_wishes(user: Any) -> "QuerySet[Any] | None":
    return None if scope.sees_every_visit(user) else scope.visible_wishes(user).values("pk")


def _list_practitioners(user: Any) -> "QuerySet[Any] | None":
    return None if scope.sees_every_visit(user) else scope.visible_practitioners(user).values("pk")


def _list_opened(user: Any) -> "QuerySet[Any] | None":
    """Who opened a patient cannot hold up the word of it."""
    return None if user.has_perm("audit.view_breakglass") else BreakGlass.objects.none().values("pk")


# Of each kind, what its subjects are: staff see the mails about those that they may see.
SUBJECTS: dict[str, Callable[[Any], "QuerySet[Any] | None"]] = {
    **dict.fromkeys(messages.KINDS, _list_visits),
    **dict.fromkeys(together.KINDS, _list_groups),
    **dict.fromkeys(offers.KINDS, _list_wishes),
    staff.DAILY_LIST: _list_practitioners,
    staff.BROKE_GLASS: _list_opened,
}
