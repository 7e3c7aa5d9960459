"""What the project itself keeps."""

from django.db import models


class Pulse(models.Model):
    """When a process was last seen alive; docs/operations.md, Watching it."""

    BEAT, WORKER = "beat", "worker"

    name = models.CharField(max_length=16, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S}"
