"""Mails that are only looked at: by designers, with made-up people, and by staff, without a link."""

import pytest

from booking.mail import staff
from booking.mail.kinds import KINDS
from booking.mail.samples import SAMPLES
from booking.models import Appointment, Location, ManageLink, Patient, Practitioner, VisitType
from booking.tests.mail.conftest import find_message
from outbox.models import OutboxMessage
from outbox.preview import preview, preview_sample

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", SAMPLES)
def test_sample_is_a_whole_mail_and_leaves_nothing_behind(kind: str):
    mail = preview_sample(kind)

    assert mail.subject
    assert mail.text
    assert mail.html
    for model in (Appointment, Location, ManageLink, OutboxMessage, Patient, Practitioner, VisitType):
        assert not model.objects.exists()


def test_every_kind_has_a_sample():
    assert SAMPLES.keys() == KINDS.keys()


def test_samples_name_the_patient_to_patients_and_to_nobody_else():
    named = {kind for kind in SAMPLES if "Jordan" in preview_sample(kind).text}

    assert named == KINDS.keys() - set(staff.KINDS)


def test_sample_of_a_move_tells_both_times():
    mail = preview_sample("booking.moved")

    assert "9:20" in mail.text
    assert "1:20" in mail.text


def test_samples_do_not_mind_a_real_practice(booked: Appointment):
    mails = [preview_sample(kind) for kind in SAMPLES]

    assert len(mails) == len(SAMPLES)
    assert Appointment.objects.get() == booked


def test_preview_of_a_patients_mail_makes_no_link(booked: Appointment):
    mail = preview(find_message("booking.booked"))

    assert "/visits/the-patients-own-link/" in mail.text
    assert "/visits/the-patients-own-link/" in mail.html
    assert not ManageLink.objects.exists()
