"""The web process of the faults: ours, with a clock that can be set."""

from faults.clock import follow_file

follow_file()

from clinic.wsgi import application  # noqa: E402, F401 (after the clock)
