"""The faults, one function each. Each lets patients book, does its harm, and waits until mail has left."""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from django.db import connection

from faults.clinic import Process
from faults.scene import Scene
from outbox.queue import kick

HOUR = 3600
SORRY = "Please try again in a minute"

Fault = Callable[[Scene], None]


def start_all(scene: Scene) -> tuple[Process, Process, Process, Process]:
    """Broker, web, worker and beat; returns once the worker waits for work."""
    clinic = scene.clinic
    broker, worker, beat = clinic.start_broker(), clinic.start_worker(), clinic.start_beat()
    web = clinic.start_web()
    scene.wait_until(partial(clinic.has_idle_workers, 1), what="a worker that is ready")
    return broker, web, worker, beat


def nothing(scene: Scene) -> None:
    """For comparison: an ordinary day."""
    start_all(scene)

    scene.book(8)

    scene.wait_until_settled()


def kill_web_between_commit_and_kick(scene: Scene, *, times: int = 3) -> None:
    """The visit is written, the patient has no answer and the worker knows nothing. Pressing again helps."""
    broker, web, *_ = start_all(scene)

    for patient in scene.prepare(times):
        # The kick hangs for a second: the time to die in.
        scene.clinic.hang(broker)
        expected = scene.visits() + 1
        [pressed] = scene.press([patient])
        scene.wait_until(partial(scene.has_visits, expected), what="the visit is written")
        scene.clinic.kill(web)
        scene.clinic.wake(broker)
        scene.demand(isinstance(pressed.exception(), OSError), "the web process answered before it died")
        web = scene.clinic.start_web()
        scene.press_until_answered([patient])

    scene.wait_until_settled()


def kill_worker_in_smtp(scene: Scene) -> None:
    clinic = scene.clinic
    scene.sink.seconds_for_data = 0.3
    clinic.start_broker()
    clinic.start_beat()
    clinic.start_web()
    scene.book(12)

    for _ in range(3):
        worker = clinic.start_worker()
        before = len(scene.sink.mails)
        scene.wait_until(partial(scene.sink.has_more_than, before + 1), what="the worker sends")
        scene.wait_until(scene.is_sending, what="a mail is on its way")
        clinic.kill(worker)
        scene.crashes += 1
    clinic.start_worker()

    scene.wait_until_settled()


def kill_redis_with_a_full_queue(scene: Scene) -> None:
    """All that it knew is gone; it comes back empty."""
    clinic = scene.clinic
    broker = clinic.start_broker()
    clinic.start_web()
    scene.book(8)
    scene.demand(clinic.queue_length() == 8, "the queue was not full")

    clinic.kill(broker)
    clinic.wipe_broker()
    scene.book(4)
    clinic.start_broker()
    clinic.start_worker()
    clinic.start_beat()

    scene.wait_until_settled()


def hang_redis(scene: Scene) -> None:
    """It takes connections and never answers, for a while; then it is killed and comes back empty."""
    clinic = scene.clinic
    broker, *_ = start_all(scene)
    scene.book(2)

    clinic.hang(broker)
    scene.book(6)
    clinic.kill(broker)
    clinic.wipe_broker()
    clinic.start_broker()

    scene.wait_until_settled()


def double_everything(scene: Scene) -> None:
    """Two beats, two workers, and each message kicked three times."""
    scene.sink.seconds_for_data = 0.1
    start_all(scene)
    scene.clinic.start_beat()
    scene.clinic.start_worker()
    scene.wait_until(partial(scene.clinic.has_idle_workers, 2), what="two workers that are ready")

    scene.book(12)
    for message in scene.messages():
        kick(message.pk)
        kick(message.pk)

    scene.wait_until_settled()
    scene.wait_until(lambda: scene.clinic.queue_length() == 0, what="all kicks are used up")
    scene.clinic.finish(*scene.clinic.children[1:])


def deploy_three_times(scene: Scene) -> None:
    """SIGTERM to web, worker and beat while patients press and mail leaves; then the next version."""
    clinic = scene.clinic
    scene.sink.seconds_for_data = 0.2
    _, web, worker, beat = start_all(scene)

    for _ in range(3):
        patients = scene.prepare(5)
        pressed = scene.press(patients)
        scene.wait_until(scene.is_sending, what="a mail is on its way")
        clinic.finish(web, worker, beat)
        web, worker, beat = clinic.start_web(), clinic.start_worker(), clinic.start_beat()
        for press in pressed:
            with suppress(OSError):
                press.result()
        scene.press_until_answered(patients)

    scene.wait_until_settled()


def answer_451(scene: Scene) -> None:
    scene.sink.next_answers.extend(["451 4.3.0 Please try again later"] * 6)
    start_all(scene)

    scene.book(6)

    scene.wait_until_settled()
    scene.demand(not scene.sink.next_answers, "the server did not answer 451")


def answer_550(scene: Scene) -> None:
    """One mailbox does not exist: a dead letter for staff, and nobody else is held up."""
    start_all(scene)

    patients = scene.prepare(6)
    scene.sink.refused.add(patients[2].email)
    scene.confirm(patients)

    scene.wait_until_settled()


def hang_up_before_250(scene: Scene) -> None:
    """The server has kept the mail and dies before it says so. Nobody can know; it is sent again."""
    scene.sink.hang_ups = 3
    start_all(scene)

    scene.book(6)

    scene.wait_until_settled()
    scene.crashes += 3 - scene.sink.hang_ups
    scene.demand(not scene.sink.hang_ups, "the server did not hang up")


def close_mail_server(scene: Scene) -> None:
    start_all(scene)

    scene.sink.close()
    scene.book(6)
    scene.wait_until(
        lambda: all(message.attempts and message.last_error for message in scene.messages()),
        what="every mail was tried",
    )
    scene.sink.open()

    scene.wait_until_settled()


def restart_postgresql(scene: Scene) -> None:
    """It crashes and recovers while patients press and a mail is on its way."""
    assert scene.server is not None
    scene.sink.seconds_for_data = 1
    start_all(scene)
    first, patients = scene.prepare(4), scene.prepare(4)

    scene.confirm(first)
    scene.wait_until(scene.is_sending, what="a mail is on its way")
    connection.close()
    scene.server.stop()
    try:
        answers = scene.confirm(patients)
    finally:
        scene.server.start()
    scene.crashes += 1
    scene.press_until_answered(patients)

    scene.demand({(a.status, a.heading) for a in answers} == {(503, SORRY)}, "no sentence, or no 503")
    scene.wait_until_settled()


def fill_the_disk(scene: Scene) -> None:
    """SQLite cannot write. Bookings are refused with a sentence, wholly, and work again afterwards."""
    _, web, worker, _ = start_all(scene)
    scene.book(3)
    scene.wait_until_settled()
    patients = scene.prepare(4)
    before = scene.visits()

    scene.clinic.fill_disk(web, worker)
    answers = scene.confirm(patients)
    scene.demand(scene.visits() == before, "a visit was written all the same")
    scene.demand(len(scene.messages()) == before, "a message was written all the same")
    scene.clinic.clear_disk(web, worker)
    scene.confirm(patients)

    scene.demand({(a.status, a.heading) for a in answers} == {(503, SORRY)}, "no sentence, or no 503")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        scene.demand(cursor.fetchone() == ("ok",), "the database is damaged")
    scene.wait_until_settled()


def jump_clock_ahead(scene: Scene) -> None:
    """Leases end an hour early: the mail that is on its way may leave twice."""
    scene.sink.seconds_for_data = 1
    start_all(scene)
    scene.book(3)

    scene.wait_until(scene.is_sending, what="a mail is on its way")
    scene.clinic.set_clock(HOUR)
    scene.crashes += 1
    scene.book(3)

    scene.wait_until_settled()


def jump_clock_back(scene: Scene) -> None:
    """What waits is due in an hour only: it leaves late, once. What is booked now leaves at once."""
    scene.clinic.set_clock(HOUR)
    clinic = scene.clinic
    clinic.start_broker()
    clinic.start_web()
    scene.book(3)

    clinic.set_clock(0)
    clinic.start_worker()
    clinic.start_beat()
    scene.book(3)
    scene.wait_until(partial(scene.sink.has_more_than, 2), what="new mails leave")
    time.sleep(2)
    scene.demand(len(scene.sink.mails) == 3, "mail left before its time")
    clinic.set_clock(HOUR)

    scene.wait_until_settled()


EVERYWHERE: dict[str, Fault] = {
    "nothing": nothing,
    "web killed between commit and kick, 3 times": kill_web_between_commit_and_kick,
    "worker killed in SMTP, 3 times": kill_worker_in_smtp,
    "Redis killed with a full queue, empty again": kill_redis_with_a_full_queue,
    "Redis hangs, killed, empty again": hang_redis,
    "two beats, two workers, extra kicks": double_everything,
    "three deploys by SIGTERM": deploy_three_times,
    "SMTP 451": answer_451,
    "SMTP 550 for one of them": answer_550,
    "SMTP hangs up before 250, 3 times": hang_up_before_250,
    "mail server down": close_mail_server,
    "clock jumps an hour ahead": jump_clock_ahead,
    "clock jumps an hour back": jump_clock_back,
}
FAULTS: dict[str, dict[str, Fault]] = {
    "SQLite": {**EVERYWHERE, "disk full": fill_the_disk},
    "PostgreSQL": {**EVERYWHERE, "PostgreSQL crashes and recovers": restart_postgresql},
}
