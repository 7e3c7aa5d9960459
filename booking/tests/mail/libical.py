"""libical through ctypes: the library of Debian's calendars judges and reads what we write."""

import ctypes
import ctypes.util
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any


def find_libical() -> str | None:
    """The name under which the loader finds an installed libical 3, or None."""
    return ctypes.util.find_library("ical")


class IcalTime(ctypes.Structure):
    """`struct icaltimetype` of libical 3."""

    _fields_ = [
        *(
            (name, ctypes.c_int)
            for name in ("year", "month", "day", "hour", "minute", "second", "is_date", "is_daylight")
        ),
        ("zone", ctypes.c_void_p),
    ]


def declare(function: Any, result: Any, *arguments: Any) -> Any:
    """Without the types ctypes would cut every pointer to 32 bits."""
    function.restype, function.argtypes = result, arguments
    return function


class Libical:
    """The few functions that are needed, by what they do for us."""

    def __init__(self, name: str) -> None:
        library = ctypes.CDLL(name)
        pointer, text = ctypes.c_void_p, ctypes.c_char_p
        self.parse_string = declare(library.icalparser_parse_string, pointer, text)
        self.check_restrictions = declare(library.icalrestriction_check, ctypes.c_int, pointer)
        self.count_errors = declare(library.icalcomponent_count_errors, ctypes.c_int, pointer)
        self.as_text = declare(library.icalcomponent_as_ical_string, text, pointer)
        self.find_event = declare(library.icalcomponent_get_inner, pointer, pointer)
        self.read_start = declare(library.icalcomponent_get_dtstart, IcalTime, pointer)
        self.read_end = declare(library.icalcomponent_get_dtend, IcalTime, pointer)
        self.as_timestamp = declare(library.icaltime_as_timet_with_zone, ctypes.c_long, IcalTime, pointer)
        self.free = declare(library.icalcomponent_free, None, pointer)

    @contextmanager
    def parsed(self, calendar: bytes) -> Iterator[int]:
        """The calendar as a component, for as long as the block lasts."""
        component = self.parse_string(calendar)
        assert component, "libical cannot parse it at all."
        try:
            yield component
        finally:
            self.free(component)

    def find_complaints(self, calendar: bytes) -> list[str]:
        """Return what the parser and the tables of iTIP have against it; an empty list: accepted."""
        with self.parsed(calendar) as component:
            is_allowed = self.check_restrictions(component)
            has_errors = self.count_errors(component)
            # Both write their errors into the calendar.
            lines = self.as_text(component).decode().replace("\r\n ", "").splitlines()
        errors = [line for line in lines if line.startswith("X-LIC-ERROR")]
        return errors or ([] if is_allowed and not has_errors else ["refused without a word"])

    def read_instants(self, calendar: bytes) -> tuple[datetime, datetime]:
        """Return start and end of its event, in UTC."""
        with self.parsed(calendar) as component:
            event = self.find_event(component)
            return self.make_instant(self.read_start(event)), self.make_instant(self.read_end(event))

    def make_instant(self, time: IcalTime) -> datetime:
        """`time.zone` is what libical found for the TZID: the VTIMEZONE that came with it."""
        return datetime.fromtimestamp(self.as_timestamp(time, time.zone), UTC)
