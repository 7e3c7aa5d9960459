"""Easy!Appointments, asked as its booking page asks: page, days without a time, hours of a day, one POST.

Written beside version 1.6.0. It has to ask for no captcha, as it comes, and its limit of a hundred requests
in two minutes has to be lifted: `rate_limiting` in application/config/config.php.
"""

import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from benchmarks.peers.visitor import Visitor

# What the page tells its scripts, as one JSON object.
TOLD = re.compile(r"const vars = (\{.*\});")
ANYBODY = "any-provider"


def read_told(page: str) -> dict[str, Any]:
    """Raises LookupError where it is another page."""
    found = TOLD.search(page)
    told = json.loads(found[1]) if found else {}
    if not told.get("available_providers") or not told.get("available_services"):
        raise LookupError("That is no booking page of Easy!Appointments with providers and a service on it.")
    return told


def flatten(fields: dict[str, Any], *, within: str = "") -> dict[str, str]:
    """As jQuery sends an object of objects: {"a": {"b": 1}} becomes a[b]=1."""
    flat: dict[str, str] = {}
    for name, value in fields.items():
        whole = f"{within}[{name}]" if within else name
        flat |= flatten(value, within=whole) if isinstance(value, dict) else {whole: str(value)}
    return flat


class EasyAppointments:
    """Every question takes the first service that the page offers."""

    why_not_booked = ""

    def __init__(self, address: str) -> None:
        self.site = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        self.path = urlsplit(address).path or "/"
        told = read_told(Visitor(site=self.site).open_page(self.path))
        self.service = told["available_services"][0]
        self.clinicians = [str(person["id"]) for person in told["available_providers"]]
        self.time_zone = told["available_providers"][0]["timezone"]
        base, index_page = urlsplit(told["base_url"]).path.rstrip("/"), told["index_page"]
        self.booking = f"{base}/{index_page}/booking" if index_page else f"{base}/booking"
        self.questions: dict[str, Callable[[Visitor, int, date], object]] = {
            "one day, one clinician": lambda visitor, clinician, day: self.list_day(
                visitor, self.name_clinician(clinician), day
            ),
            "one day, all": lambda visitor, clinician, day: self.list_day(visitor, ANYBODY, day),
            "a month, one clinician": lambda visitor, clinician, day: self.list_closed_days(
                visitor, self.name_clinician(clinician), day
            ),
            "a month, all": lambda visitor, clinician, day: self.list_closed_days(visitor, ANYBODY, day),
            "booking page": lambda visitor, clinician, day: visitor.open_page(self.path),
            "booking page with times": lambda visitor, clinician, day: self.open_with_times(
                visitor, self.name_clinician(clinician), day
            ),
        }

    def name_clinician(self, number: int) -> str:
        return self.clinicians[number % len(self.clinicians)]

    def list_day(self, visitor: Visitor, clinician: str, day: date) -> list[str]:
        fields = {
            "service_id": self.service["id"],
            "provider_id": clinician,
            "selected_date": day.isoformat(),
            "service_duration": self.service["duration"],
            "manage_mode": 0,
        }
        hours = visitor.ask_json(f"{self.booking}/get_available_hours", fields, by_post=True)
        return list(hours.values() if isinstance(hours, dict) else hours)

    def list_closed_days(self, visitor: Visitor, clinician: str, day: date) -> Any:
        """Which days of that month have no time; the times themselves it does not tell."""
        fields = {
            "provider_id": clinician,
            "service_id": self.service["id"],
            "selected_date": day.isoformat(),
            "manage_mode": 0,
        }
        return visitor.ask_json(f"{self.booking}/get_unavailable_dates", fields)

    def open_with_times(self, visitor: Visitor, clinician: str, day: date) -> list[str]:
        """The page, and what its script asks for: the month, then the hours of a day."""
        visitor.open_page(self.path)
        self.list_closed_days(visitor, clinician, day)
        return self.list_day(visitor, clinician, day)

    def book(self, *, who: str, clinician: int, day: date, choose: Callable[[list[str]], str]) -> None:
        """Everything that a new patient's browser asks for. Raises RuntimeError where it ends at no visit."""
        visitor = Visitor(site=self.site)
        told = read_told(visitor.open_page(self.path))
        person = self.name_clinician(clinician)
        self.list_closed_days(visitor, person, day)
        hour = choose(self.list_day(visitor, person, day))
        fields = self.describe_visit(who=who, clinician=person, start=f"{day} {hour}")
        fields["csrf_token"] = told["csrf_token"]
        answer = visitor.ask_json(f"{self.booking}/register", flatten(fields), by_post=True)
        if "appointment_hash" not in answer:
            raise RuntimeError(f"Easy!Appointments made no visit: {answer.get('message', answer)}")
        visitor.open_page(f"{self.booking}_confirmation/of/{answer['appointment_hash']}")

    def describe_visit(self, *, who: str, clinician: str, start: str) -> dict[str, Any]:
        ends = datetime.fromisoformat(start) + timedelta(minutes=int(self.service["duration"]))
        return {
            "post_data": {
                "customer": {
                    "first_name": "Jordan",
                    "last_name": "Ellis",
                    "email": f"{who}@example.org",
                    "phone_number": "2125550123",
                    "address": "1 Alder Street",
                    "city": "New York",
                    "zip_code": "10016",
                    "timezone": self.time_zone,
                },
                "appointment": {
                    "start_datetime": f"{start}:00",
                    "end_datetime": f"{ends:%Y-%m-%d %H:%M:%S}",
                    "notes": "Leg cramps at night",
                    "is_unavailability": "false",
                    "id_users_provider": clinician,
                    "id_services": self.service["id"],
                },
                "manage_mode": 0,
            }
        }
