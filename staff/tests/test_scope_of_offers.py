"""What a clinician reads of the waitlist: no patient of others, no calendar of others."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from booking import actions
from booking.actions import Actor
from booking.models import Practitioner, WaitlistEntry, WaitlistOffer
from booking.tests import practice
from booking.tests.audited.conftest import last_key, list_shown
from staff.tests.scene import PEOPLE, Scene

NOON = practice.at("12:00", practice.NOW.date())


@pytest.fixture
def doctor(client: Client, scene: Scene) -> Client:
    client.force_login(scene.users["practitioner"])
    return client


def offer_time(scene: Scene, *, patient: str, practitioner: str, later: int = 1) -> WaitlistOffer:
    """Offer somebody who waits for a first visit a time of one of the clinicians."""
    entry = WaitlistEntry.objects.create(
        patient=scene.rows["booking.patient"][patient],
        visit_type=scene.rows["booking.visittype"]["all"],
        until=practice.TUESDAY + timedelta(days=7),
    )
    person: Practitioner = scene.rows["booking.practitioner"][practitioner]
    return actions.offer_time(
        entry=entry,
        practitioner=person,
        location=scene.rows["booking.location"]["all"],
        start=NOON + timedelta(hours=later),
        by=Actor.system(),
    )


def test_time_held_for_a_patient_of_others_does_not_name_them(doctor: Client, scene: Scene) -> None:
    offer = offer_time(scene, patient="foreign", practitioner="own")

    panel = doctor.get(reverse("desk:visit", args=[offer.hold_id]))

    assert panel.status_code == 200
    assert "Offered to the waitlist" in panel.content.decode()
    assert PEOPLE["foreign"] not in panel.content.decode()
    assert reverse("desk:wish", args=[offer.entry_id]) not in panel.content.decode()


@pytest.mark.parametrize("persona", ["practitioner", "front_desk"])
def test_panel_of_a_held_time_says_in_the_trail_whom_it_named(
    client: Client, scene: Scene, persona: str
) -> None:
    client.force_login(scene.users[persona])
    offer = offer_time(scene, patient="own", practitioner="own")
    before = last_key()

    for _twice in range(2):
        panel = client.get(reverse("desk:visit", args=[offer.hold_id])).content.decode()

    assert PEOPLE["own"] in panel
    [entry] = Entry.objects.filter(pk__gt=before)
    assert (entry.page, list_shown(entry)) == ("desk:visit", {offer.entry.patient_id})


def test_offers_of_others_times_are_not_shown(doctor: Client, scene: Scene) -> None:
    Practitioner.objects.filter(slug="dr-foreign").update(family_name="Grimsby")
    offer = offer_time(scene, patient="own", practitioner="foreign")

    pages = [
        doctor.get(reverse("desk:waitlist")),
        doctor.get(reverse("desk:wish", args=[offer.entry_id])),
    ]
    actions.withdraw_offer(offer=offer, by=Actor.staff(scene.users["front_desk"]))
    pages += [
        doctor.get(reverse("desk:waitlist")),
        doctor.get(reverse("desk:wish", args=[offer.entry_id])),
    ]

    assert [page.status_code for page in pages] == [200] * 4
    assert [page.content.decode().count("Grimsby") for page in pages] == [0] * 4


def test_offers_of_one_s_own_times_are_shown(doctor: Client, scene: Scene) -> None:
    offer = offer_time(scene, patient="own", practitioner="own")

    page = doctor.get(reverse("desk:wish", args=[offer.entry_id])).content.decode()

    assert "Waiting for an answer" in page


def make_coordinator(scene: Scene) -> Any:
    """A clinician whom the practice lets run the waitlist of their own patients."""
    user = scene.users["practitioner"]
    group = Group.objects.create(name="Waitlist")
    group.permissions.add(Permission.objects.get(codename="change_waitlistentry"))
    user.groups.add(group)
    return user


def test_time_of_others_is_not_offered(client: Client, scene: Scene) -> None:
    client.force_login(make_coordinator(scene))
    entry = offer_time(scene, patient="own", practitioner="own").entry
    WaitlistOffer.objects.filter(entry=entry).update(status="withdrawn", ended_at=practice.NOW)
    slot = f"{NOON + timedelta(hours=3):%Y-%m-%dT%H:%MZ}"

    def offer(slug: str) -> bool:
        client.post(reverse("desk:wish-offer", args=[entry.pk]), {"slot": f"{slot}/{slug}/midtown"})
        return entry.offers.filter(status="open", practitioner__slug=slug).exists()

    assert not offer("dr-foreign")
    assert offer("dr-own")


def test_offer_of_others_times_is_not_answered(client: Client, scene: Scene) -> None:
    client.force_login(make_coordinator(scene))
    offer = offer_time(scene, patient="own", practitioner="foreign")

    for name in ("offer-accept", "offer-withdraw"):
        assert client.post(reverse(f"desk:{name}", args=[offer.pk])).status_code == 404


def test_place_in_the_line_counts_those_who_are_out_of_sight(doctor: Client, scene: Scene) -> None:
    WaitlistEntry.objects.all().delete()
    first = offer_time(scene, patient="foreign", practitioner="foreign").entry
    second = offer_time(scene, patient="own", practitioner="own", later=2).entry
    WaitlistEntry.objects.filter(pk=first.pk).update(created_at=practice.NOW - timedelta(days=1))

    page = doctor.get(reverse("desk:waitlist"))

    assert [(line.entry, line.place) for line in page.context["lines"]] == [(second, 2)]
