"""Limits before the real web server: two processes count together, without a broker, whatever is forged."""

import psutil

from faults.patient import Patient
from faults.scene import Scene

GUESS = {
    "reference": "ZZZ-ZZZ",
    "birth_date_month": "1",
    "birth_date_day": "2",
    "birth_date_year": "1970",
}


def guess(scene: Scene, *, forwarded: str) -> int:
    """Guess at a visit as a new visitor, on a connection of its own."""
    visitor = Patient(site=scene.clinic.site, number=0)
    visitor.opener.addheaders = [("X-Forwarded-For", forwarded)]
    visitor.get("/visits/find/")
    return visitor.post("/visits/find/", **GUESS).status


def find_processes(scene: Scene) -> int:
    [web] = scene.clinic.children
    return len(psutil.Process(web.pid).children())


def test_a_guesser_is_stopped_by_all_processes_together(scene: Scene) -> None:
    scene.clinic.environment |= {"WEB_CONCURRENCY": "3"}
    scene.clinic.start_web()
    # The first answers while gunicorn still starts the others.
    scene.wait_until(lambda: find_processes(scene) == 3, what="three web processes")

    statuses = [guess(scene, forwarded=f"203.0.113.{number}") for number in range(7)]

    assert statuses == [422] * 5 + [429] * 2


def test_the_proxy_says_who_asks_and_nobody_further_out(scene: Scene) -> None:
    scene.clinic.environment |= {"TRUSTED_PROXIES": "1"}
    scene.clinic.start_web()

    same = [guess(scene, forwarded=f"198.51.100.{number}, 203.0.113.9") for number in range(6)]
    other = guess(scene, forwarded="203.0.113.9, 203.0.113.10")

    assert same == [422] * 5 + [429]
    assert other == 422


def test_bookings_of_a_network_are_limited_by_the_day(scene: Scene) -> None:
    scene.clinic.environment |= {"MAX_BOOKINGS_PER_DAY": "2"}
    scene.clinic.start_web()
    patients = scene.prepare(3)

    for patient in patients:
        patient.confirm()

    assert [patient.is_booked for patient in patients] == [True, True, False]
    assert patients[2].presses[0].status == 429
