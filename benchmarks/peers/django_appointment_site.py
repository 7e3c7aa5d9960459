"""A practice on django-appointment, as large as ours: one file that is its settings, its data and its server.

    python3 -m venv /tmp/peer
    /tmp/peer/bin/pip install django-appointment gunicorn "psycopg[binary]"
    export PEER_MAIL=/tmp/peer-mail
    .venv/bin/python -m clinic.tests.postgres \\
        /tmp/peer/bin/python -m benchmarks.peers.django_appointment_site 8123

fills the empty PostgreSQL in DATABASE_URL and serves it at 127.0.0.1:8123 by gunicorn with two processes of
four threads, as ours are. Its mails go into the folder PEER_MAIL, each into a file named as its address:
that takes less time than a mail server would. It runs in a Python of its own and imports nothing of ours but
the drawn visits.
"""

import logging
import os
import sys
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.conf import settings

MODULE = "benchmarks.peers.django_appointment_site"
ROOT = Path(__file__).resolve().parent.parent.parent
_database = urlsplit(os.environ["DATABASE_URL"])

if not settings.configured:
    settings.configure(
        SECRET_KEY="a key for the benchmarks alone, " * 2,
        ALLOWED_HOSTS=["127.0.0.1", "localhost"],
        ROOT_URLCONF=MODULE,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": _database.path[1:],
                "USER": _database.username,
                "PASSWORD": _database.password or "",
                "HOST": _database.hostname,
                "PORT": _database.port,
                "CONN_MAX_AGE": 60,
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        # What `startproject` sets, and the app.
        INSTALLED_APPS=[
            *(f"django.contrib.{name}" for name in ("admin", "auth", "contenttypes", "sessions", "messages")),
            "django.contrib.staticfiles",
            "phonenumber_field",
            "appointment",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        TIME_ZONE="America/New_York",
        STATIC_URL="/static/",
        EMAIL_BACKEND=f"{MODULE}.MailToFiles",
    )
    django.setup()
    # It writes lines for each request, in colour.
    logging.disable(logging.WARNING)

from appointment.models import Appointment, AppointmentRequest, Config, Service, StaffMember, WorkingHours
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.staticfiles.views import serve
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.urls import include, path
from django.views.generic import RedirectView

from benchmarks.peers.visits import CLINICIANS, CLOSES, MINUTES, OPENS, draw_visits


class MailToFiles(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            for address in message.recipients():
                Path(os.environ["PEER_MAIL"], Path(address).name).write_bytes(message.message().as_bytes())
        return len(email_messages)


def fill() -> None:
    call_command("migrate", verbosity=0)
    # The app comes without migrations; its tables point at those of Django's.
    call_command("migrate", run_syncdb=True, verbosity=0)
    opens, closes = time(OPENS), time(CLOSES)
    Config.objects.create(
        slot_duration=MINUTES, lead_time=opens, finish_time=closes, appointment_buffer_time=0
    )
    service = Service.objects.create(name="Visit", duration=timedelta(minutes=MINUTES), price=0)
    staff = [make_staff(number, service, opens=opens, closes=closes) for number in range(CLINICIANS)]
    patient = User.objects.create_user("bench-patient", "bench@example.org")
    requests = AppointmentRequest.objects.bulk_create(
        AppointmentRequest(
            service=service,
            staff_member=staff[number],
            date=day,
            start_time=start,
            end_time=(datetime.combine(day, start) + timedelta(minutes=MINUTES)).time(),
            id_request=f"bench-{index}",
        )
        for index, (number, day, start) in enumerate(draw_visits(date.today()))  # noqa: DTZ011
    )
    Appointment.objects.bulk_create(
        Appointment(client=patient, appointment_request=request, id_request=request.id_request)
        for request in requests
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def make_staff(number: int, service: Service, *, opens: time, closes: time) -> StaffMember:
    user = User.objects.create_user(
        f"clinician-{number}", f"clinician-{number}@example.org", first_name="Bench", last_name=f"{number}"
    )
    person = StaffMember.objects.create(user=user)
    person.services_offered.add(service)
    for weekday in range(1, 6):  # its week begins on Sunday
        WorkingHours.objects.create(
            staff_member=person, day_of_week=weekday, start_time=opens, end_time=closes
        )
    return person


# Files as they are, without compression: the weight of its page is not to be taken here.
urlpatterns = [
    path("", RedirectView.as_view(url="/request/1/")),
    path("admin/", admin.site.urls),
    path("static/<path:path>", serve, {"insecure": True}),
    path("", include("appointment.urls")),
]
application = get_wsgi_application()


def main(port: str) -> None:
    os.makedirs(os.environ["PEER_MAIL"], exist_ok=True)
    fill()
    connection.close()
    os.environ["PYTHONPATH"] = str(ROOT)
    # In this folder gunicorn would read our own gunicorn.conf.py.
    os.chdir("/")
    gunicorn = [sys.executable, "-m", "gunicorn", MODULE, "--workers", "2", "--threads", "4"]
    os.execv(sys.executable, [*gunicorn, "--bind", f"127.0.0.1:{port}", "--log-level", "warning"])


if __name__ == "__main__":
    main(sys.argv[1])
