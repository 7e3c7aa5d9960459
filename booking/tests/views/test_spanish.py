"""A whole visit in Spanish, from the first page to the cancellation; in which language its mails are."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from booking import actions, links
from booking.models import (
    Appointment,
    IntakeQuestion,
    Location,
    Practitioner,
    VisitType,
    WaitlistEntry,
)
from booking.tests.practice import at
from booking.tests.views import walk
from outbox.deliver import deliver
from outbox.models import OutboxMessage

LINK = re.compile(r"http://127\.0\.0\.1:8000(/\S+)")


@pytest.fixture(autouse=True)
def in_spanish(visit_type: VisitType, practitioner: Practitioner) -> None:
    VisitType.objects.update(
        name_es="Primera cita",
        summary_es="Por espasmos.",
        preparation="Bring your ID.",
        preparation_es="Traiga su ID.",
    )
    Practitioner.objects.update(title="Dr.", title_es="Dra.", role_es="Neuróloga")
    visit_type.refresh_from_db()


def deliver_all() -> list[Any]:
    """Send what is due and return the mails, the earliest first."""
    mail.outbox.clear()
    for key in OutboxMessage.objects.filter(
        kind__in=["booking.booked", "booking.moved", "booking.cancelled"]
    ):
        deliver(key.pk)
    return list(mail.outbox)


@pytest.mark.django_db(transaction=True)
def test_a_visit_from_the_first_page_to_the_cancellation(
    client: Client, clock: Any, visit_type: VisitType, practitioner: Practitioner, location: Location
):
    home = client.get("/es/").content.decode()
    assert "Elija una hora en línea" in home

    kinds = walk.read(client.get("/es/book/"))
    assert "Primera cita 40 minutos, en la clínica. Por espasmos." in kinds

    times = walk.read(client.get("/es/book/new-patient/"))
    assert "Hoy, 23 de noviembre" in times
    assert "con la Dra. Lena Fischer" in times

    held = client.post(
        "/es/book/new-patient/hold/", {"slot": walk.make_key(at("10:00"), practitioner, location)}
    )
    assert held["Location"] == "/es/book/details/"
    hold = Appointment.objects.get()

    wrong = client.post(
        "/es/book/details/", {**walk.DETAILS, "hold": hold.uid, "birth_date_month": "setembro"}
    )
    assert wrong.status_code == 422
    assert "Escriba el mes de nacimiento con número o con letras" in walk.read(wrong)

    filled = client.post(
        "/es/book/details/", {**walk.DETAILS, "hold": hold.uid, "birth_date_month": "septiembre"}
    )
    assert filled["Location"] == "/es/book/check/"
    check = walk.read(client.get("/es/book/check/"))
    assert "28 de septiembre de 1975" in check
    assert "martes 24 de noviembre" in check

    booked = client.post("/es/book/check/", {"hold": hold.uid})
    assert re.fullmatch(r"/es/visits/[\w-]{43}/", booked["Location"])
    page = walk.read(client.get(booked["Location"]))
    assert "Su cita está reservada" in page
    assert "Traiga su ID." in page
    hold.refresh_from_db()
    assert hold.language == hold.patient.language == "es"
    assert hold.consent_wording == "Acepto que la clínica guarde mis respuestas y las use para esta cita."

    (told,) = deliver_all()
    assert told.subject == "Su cita en Alder Street el mar 24 nov"
    path = LINK.findall(told.body)[0]
    assert path.startswith("/es/visits/")

    moved = client.post(f"{path}move/", {"slot": walk.make_key(at("14:00"), practitioner, location)})
    assert moved["Location"].startswith("/es/visits/")
    assert "Su cita cambió de hora" in walk.read(client.get(moved["Location"]))
    (told,) = deliver_all()
    assert "2:00 p. m." in told.body
    assert "La hora anterior, martes 24 de noviembre de 2026, 10:00 a. m., ya no es" in told.body

    path = LINK.findall(told.body)[0]
    cancelled = client.post(f"{path}cancel/")
    assert "Usted la canceló." in walk.read(client.get(cancelled["Location"]))
    (told,) = deliver_all()
    assert told.subject == "Su cita en Alder Street del mar 24 nov está cancelada"
    assert "/es/book/" in told.body


# --- The switch in the middle -------------------------------------------------------


def test_hold_and_answers_survive_the_switch(
    client: Client, clock: Any, visit_type: VisitType, practitioner: Practitioner, location: Location
):
    question = IntakeQuestion.objects.create(
        visit_type=visit_type,
        wording="How long?",
        wording_es="¿Desde cuándo?",
        kind=IntakeQuestion.Kind.CHOICE,
        choices="A week\nA year",
        choices_es="Una semana\nUn año",
    )
    walk.hold(client, visit_type=visit_type, practitioner=practitioner, location=location)
    hold = Appointment.objects.get()
    walk.send_details(client, hold, birth_date_month="September", **{f"intake_{question.pk}": "A year"})

    spanish = walk.read(client.get("/es/book/check/"))
    details = client.get("/es/book/details/").content.decode()
    client.post("/es/book/check/", {"hold": hold.uid})

    assert "28 de septiembre de 1975" in spanish
    assert "¿Desde cuándo? Un año" in spanish
    assert 'value="Jordan"' in details
    answer = Appointment.objects.get().intake_answers.get()
    # What staff read is English.
    assert (answer.wording, answer.answer) == ("How long?", "A year")
    assert Appointment.objects.get().language == "es"


# --- In which language a visit's mails are ----------------------------------------------


def test_a_change_on_spanish_pages_makes_the_mails_spanish(client: Client, visit: Appointment):
    client.post(f"/es/visits/{links.issue(visit)}/come/", {"version": visit.version})

    visit.refresh_from_db()
    assert visit.language == "es"
    assert visit.confirmed_at is not None


def test_a_look_at_spanish_pages_changes_nothing(client: Client, visit: Appointment):
    client.get(f"/es/visits/{links.issue(visit)}/")

    visit.refresh_from_db()
    assert visit.language == "en"


def test_a_link_that_was_asked_for_in_spanish_is_sent_in_spanish(client: Client, visit: Appointment):
    sent = {
        "reference": visit.reference,
        "birth_date_month": visit.patient.birth_date.month,
        "birth_date_day": visit.patient.birth_date.day,
        "birth_date_year": visit.patient.birth_date.year,
        "email": "",
    }

    response = client.post("/es/visits/find/", sent)

    assert response["Location"] == "/es/visits/find/sent/"
    visit.refresh_from_db()
    assert visit.language == "es"


def test_a_busy_database_does_not_stop_a_change(
    client: Client, visit: Appointment, monkeypatch: pytest.MonkeyPatch
):
    def be_busy(**_: Any) -> None:
        raise actions.Busy

    monkeypatch.setattr("booking.actions.keep_language", be_busy)

    client.post(f"/es/visits/{links.issue(visit)}/cancel/")

    visit.refresh_from_db()
    assert visit.status == "cancelled"


def test_a_wish_is_kept_in_the_language_of_its_page(
    client: Client, clock: Any, visit_type: VisitType, practitioner: Practitioner
):
    wish = {
        **walk.DETAILS,
        "part_of_day": "any",
        "notice": "1440",
        "until": "28",
        "until_day": "18 de diciembre",
    }

    response = client.post("/es/book/new-patient/waitlist/", wish)

    assert response["Location"] == "/es/book/new-patient/waitlist/joined/"
    entry = WaitlistEntry.objects.get()
    assert (entry.language, entry.until.isoformat()) == ("es", "2026-12-18")


def test_a_wish_beside_a_visit_is_in_the_language_of_the_visit(
    client: Client, clock: Any, visit: Appointment
):
    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=at("10:00", visit.local_start.date().replace(day=30)),
        by=actions.Actor.staff(None),
    )
    visit.refresh_from_db()

    client.post(f"/es/visits/{links.issue(visit)}/earlier/", {"part_of_day": "any", "notice": "1440"})

    assert WaitlistEntry.objects.get().language == "es"
