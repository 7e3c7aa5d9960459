"""`manage.py outbox`: how the mail is doing, and what to do when no worker runs. Needs no broker."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from django.utils import timezone

from outbox import queue
from outbox.deliver import sweep
from outbox.models import BadAddress, OutboxMessage, State
from outbox.rates import has_room


class Command(BaseCommand):
    help = "Outgoing mail: how it is doing (status), send what is due (drain), try failed mail again (retry)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("status", help="Count messages by state; say how long the oldest is due.")
        drain = verbs.add_parser("drain", help="Send what is due until nothing is. Beside workers, too.")
        drain.add_argument("--limit", type=int, help="Try so many messages at most.")
        retry = verbs.add_parser("retry", help="Queue failed messages again, with fresh tries.")
        which = retry.add_mutually_exclusive_group(required=True)
        which.add_argument("--kind", help="Those of one kind, for example booking.booked.")
        which.add_argument("--held", action="store_true", help="Those that restoring a backup held back.")
        which.add_argument("--all", action="store_true", help="All of them.")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        if verb == "status":
            self.show_status()
        elif verb == "drain":
            self.drain(limit=options["limit"])
        else:
            self.retry(kind=options["kind"], held=options["held"])

    def show_status(self) -> None:
        now = timezone.now()
        by_state = dict(OutboxMessage.objects.values_list("state").annotate(Count("pk")).order_by())
        for state in State:
            self.stdout.write(f"{state.label:<20}{by_state.get(state.value, 0):>8}")
        due = OutboxMessage.objects.due(now)
        age = OutboxMessage.objects.oldest_due_age(now)
        self.stdout.write(f"{'Due now':<20}{due.count():>8}  (the oldest for {spell(age)})")
        self.stdout.write(f"{'Addresses shut':<20}{BadAddress.objects.count():>8}")

    def drain(self, *, limit: int | None) -> None:
        if limit is not None and limit < 1:
            raise CommandError("--limit is 1 or more.")
        tried = sweep(seconds=float("inf"), limit=limit)
        now = timezone.now()
        left = OutboxMessage.objects.due(now).count()
        self.stdout.write(f"Tried {tried} messages; {left} are still due.")
        if left and not has_room(now=now):
            self.stdout.write("MAIL_PER_MINUTE is reached. They go in the minutes to come.")

    def retry(self, *, kind: str | None, held: bool) -> None:
        messages = queue.list_held() if held else OutboxMessage.objects.dead()
        if kind is not None:
            messages = messages.filter(kind=kind)
        messages = messages.order_by("pk")
        count = sum(queue.send_again(message, by=None) for message in messages.iterator(chunk_size=500))
        self.stdout.write(f"Queued {count} {'held' if held else 'failed'} messages again.")
        self.stdout.write("A worker sends them. Without one: manage.py outbox drain")


def spell(age: timedelta) -> str:
    """Hours, minutes and seconds, as in 26:00:07."""
    minutes, seconds = divmod(int(age.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
