"""Sessions in the database, as Django keeps them, with a word of their own for a database that goes away.

Django takes any error of the database, as a session is saved, for one that was ended meanwhile, and answers
400: whoever had just booked was told that their browser had sent nonsense.
"""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import InterfaceError, OperationalError


class SessionStore(db.SessionStore):
    def save(self, must_create: bool = False) -> None:
        """Raises OperationalError or InterfaceError where the database is away: then the answer is a 503."""
        try:
            super().save(must_create=must_create)
        except UpdateError as error:
            if isinstance(error.__context__, OperationalError | InterfaceError):
                raise error.__context__ from None
            raise
