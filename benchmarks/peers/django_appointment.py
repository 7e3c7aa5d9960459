"""django-appointment, asked as its booking page asks: page, days off, open times, and five forms to a visit.

Written beside version 3.12. Whoever books without an account types in a code that comes by mail: PEER_MAIL
names the folder where the peer puts its mails, one file for each address, as `django_appointment_site.py`
does. Without it no booking is timed.
"""

import os
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.peers.visitor import Visitor

CLINICIAN = re.compile(r'<option value="(\d+)"')
# What the page tells its script.
TOLD = re.compile(r'const (\w+) = (?:parseInt\()?"([^"]*)"')
CODE = re.compile(r"code is ([A-Z0-9]{6})\b")
BOOKED = "See you soon!"


class DjangoAppointment:
    """Knows of no question about everybody, and of none about a month."""

    def __init__(self, address: str) -> None:
        self.site = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        self.path = urlsplit(address).path or "/"
        page = Visitor(site=self.site).open_page(self.path)
        self.told = dict(TOLD.findall(page))
        self.clinicians = CLINICIAN.findall(page)
        if "availableSlotsAjaxURL" not in self.told or not self.clinicians:
            raise LookupError(f"{address} is no booking page of django-appointment with clinicians on it.")
        self.mail = os.environ.get("PEER_MAIL")
        self.questions: dict[str, Callable[[Visitor, int, date], object]] = {
            "one day, one clinician": self.list_day,
            "booking page": lambda visitor, clinician, day: visitor.open_page(self.path),
            "booking page with times": self.open_with_times,
        }

    def list_day(self, visitor: Visitor, clinician: int, day: date) -> list[str]:
        fields = {
            "selected_date": day.isoformat(),
            "staff_member": self.clinicians[clinician % len(self.clinicians)],
            "service_id": self.told["serviceId"],
        }
        starts = visitor.ask_json(self.told["availableSlotsAjaxURL"], fields)["available_slots"]
        return [start for start, _ in starts]

    def open_with_times(self, visitor: Visitor, clinician: int, day: date) -> list[str]:
        """The page, and what its script asks for once a clinician and a day are chosen."""
        visitor.open_page(self.path)
        person = self.clinicians[clinician % len(self.clinicians)]
        visitor.ask_json(self.told["getNonWorkingDaysURL"], {"staff_member": person})
        return self.list_day(visitor, clinician, day)

    @property
    def why_not_booked(self) -> str:
        """Empty where bookings can be timed."""
        return "" if self.mail else "PEER_MAIL does not say where the peer puts its mails."

    def book(self, *, who: str, clinician: int, day: date, choose: Callable[[list[str]], str]) -> None:
        """Everything that a new patient's browser asks for. Raises RuntimeError where it ends at no visit."""
        visitor = Visitor(site=self.site)
        start = datetime.fromisoformat(choose(self.open_with_times(visitor, clinician, day)))
        end = start + timedelta(seconds=float(self.told["serviceDuration"]))
        details = visitor.post(
            self.told["appointmentRequestSubmitURL"],
            staff_member=self.clinicians[clinician % len(self.clinicians)],
            date=day.isoformat(),
            start_time=f"{start:%H:%M}",
            end_time=f"{end:%H:%M}",
            service=self.told["serviceId"],
        )
        self.send_details(visitor, urlsplit(details.address).path, who)
        if visitor.heading != BOOKED:
            raise RuntimeError(f"A patient got stuck at django-appointment's page: {visitor.heading}")

    def send_details(self, visitor: Visitor, path: str, who: str) -> None:
        """Fill in the form that the chosen time led to, and then the code."""
        email = f"{who}@example.org"
        code_form = visitor.post(
            path,
            name="Jordan Ellis",
            email=email,
            phone_0="US",
            phone_1="2125550123",
            address="New York",
            additional_info="Leg cramps at night",
            payment_type="full",
        )
        visitor.post(urlsplit(code_form.address).path, code=self.read_code(email))

    def read_code(self, email: str) -> str:
        assert self.mail
        found = CODE.search(Path(self.mail, email).read_text())
        if not found:
            raise RuntimeError(f"The peer's mail to {email} has no code.")
        return found[1]
