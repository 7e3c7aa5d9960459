"""manage.py invite_admin --email ...: the first administrator, by a link that works once."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from staff import inviting
from staff.models import Invitation


class Command(BaseCommand):
    help = (
        "Make an administrator's account and print a link, good once and for 3 days, to choose its password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="Whom the account is for; also the user name.")
        parser.add_argument("--send", action="store_true", help="Mail the link instead of printing it.")

    def handle(self, *args: Any, email: str, send: bool, **options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"This is not an email address: {email}") from None
        waiting = Invitation.objects.filter(
            user__username=email, user__is_superuser=True, accepted_at__isnull=True
        ).first()
        if waiting is not None:
            # The link got lost, or is too old: a new one ends it.
            if send:
                inviting.send_again(waiting)
            else:
                inviting.renew(waiting)
        elif (
            User.objects.filter(username=email).exists() or User.objects.filter(email__iexact=email).exists()
        ):
            raise CommandError(f"There is an account for {email} already.")
        else:
            waiting = inviting.invite(email=email, is_superuser=True, by_mail=send)
        if send:
            self.stdout.write(f"A link is on its way to {email}.")
        else:
            self.stdout.write(inviting.issue_link(Invitation.objects.get(pk=waiting.pk)))
