"""In which language a visit's mails are, as staff choose it: on the slip, and beside the mails of a visit."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from booking import actions
from booking.models import Appointment, Patient, VisitGroup
from booking.tests.desk.test_slip import BOOK, NEW, known  # noqa: F401 - a fixture
from booking.tests.wishes import book_later, wait


def find_booked(visit: Appointment) -> Appointment:
    return Appointment.objects.exclude(pk=visit.pk).get()


@pytest.mark.parametrize(
    ("usual", "said", "language"), [("en", "es", "es"), ("es", "en", "en"), ("es", None, "es")]
)
def test_slip_asks_for_the_language_and_knows_the_patients(
    desk: Client,
    visit: Appointment,
    other_patient: Patient,
    known: dict[str, Any],  # noqa: F811
    usual: str,
    said: str | None,
    language: str,
):
    Patient.objects.filter(pk=other_patient.pk).update(language=usual)

    desk.post(BOOK, {**known, "book": "yes", **({"language": said} if said else {})})

    assert find_booked(visit).language == language


def test_a_new_patient_keeps_the_language(
    desk: Client,
    visit: Appointment,
    known: dict[str, Any],  # noqa: F811
):
    sent = {**known, **NEW, "language": "es", "book": "yes"}
    del sent["patient"]

    desk.post(BOOK, sent)

    booked = find_booked(visit)
    assert booked.language == booked.patient.language == "es"


def test_panel_changes_the_language(desk: Client, visit: Appointment):
    page = desk.get(f"/admin/desk/visit/{visit.pk}/").content.decode()
    desk.post(f"/admin/desk/visit/{visit.pk}/language/", {"language": "es"})

    visit.refresh_from_db()
    assert 'name="language" value="es"' in page
    assert visit.language == "es"


def test_visits_that_were_booked_together_are_written_about_in_one_language(desk: Client, visit: Appointment):
    other = book_later(visit.patient, visit)
    alone = book_later(visit.patient, visit, day=date(2026, 12, 15))
    Appointment.objects.exclude(pk=alone.pk).update(group=VisitGroup.objects.create(every_weeks=2))
    wish = wait(visit.visit_type, visit.patient, appointment=visit)

    desk.post(f"/admin/desk/visit/{visit.pk}/language/", {"language": "es"})

    for row in (visit, other, alone, wish):
        row.refresh_from_db()
    assert (visit.language, other.language, wish.language, alone.language) == ("es", "es", "es", "en")


@pytest.mark.parametrize("language", ["tlh", "", "es\x00", "e" * 300])
def test_a_language_that_there_is_not_changes_nothing(desk: Client, visit: Appointment, language: str):
    response = desk.post(f"/admin/desk/visit/{visit.pk}/language/", {"language": language})

    visit.refresh_from_db()
    assert response.status_code == 302
    assert visit.language == "en"


def test_only_the_desk_may(client: Client, visit: Appointment, django_user_model: Any):
    other = django_user_model.objects.create_user("other", is_staff=True)
    other.user_permissions.add(Permission.objects.get(codename="view_appointment"))

    client.force_login(other)
    response = client.post(f"/admin/desk/visit/{visit.pk}/language/", {"language": "es"})
    read = client.get(f"/admin/desk/visit/{visit.pk}/language/")

    visit.refresh_from_db()
    assert (response.status_code, read.status_code) in ((403, 403), (403, 405))
    assert visit.language == "en"


def test_a_visit_that_moved_keeps_its_language(visit: Appointment):
    actions.keep_language(appointment=visit, language="es")
    actions.cancel(appointment=visit, reason="practice", by=actions.Actor.staff(None))

    visit.refresh_from_db()
    assert visit.language == "es"
