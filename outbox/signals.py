"""What the outbox tells others, whom it does not know."""

from django.dispatch import Signal

# Somebody was shown a mail as it would leave now: `request`, `message`.
mail_read = Signal()
