"""A short `make storm`: PostgreSQL and the web are killed under load; and that its judge would tell."""

import json
import subprocess
import sys
from collections.abc import Callable
from email.message import Message
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from booking import actions
from booking.actions.actors import Actor
from booking.models import Appointment
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.views.walk import make_key
from clinic.run import ROOT
from outbox.models import OutboxMessage, State
from storm.figures import Kill, describe_kills, describe_presses, measure_disturbances, percentile
from storm.journal import Act, Journal, Offer, Press, read_journals
from storm.judge import Verdict, judge, list_unseen
from storm.people import read_offered
from storm.stale import list_stale

SECONDS = 40


def test_storm_with_postgresql_and_the_web_killed_loses_nothing() -> None:
    words = ["--seconds", str(SECONDS), "--hurry", "--kill", "postgresql", "web"]
    done = subprocess.run(
        [sys.executable, "-m", "storm", *words], cwd=ROOT, capture_output=True, text=True, timeout=600
    )

    # Whole, where it failed: in the assertion it would be cut.
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    heads, figures = [line.split() for line in done.stdout.splitlines() if line][-2:]
    told = dict(zip(heads, figures, strict=False))
    assert (told["overlaps"], told["missing"], told["lost"]) == ("0", "0", "0")
    assert int(told["mails"]) > 0


# --- The judge --------------------------------------------------------------------


def make_act(kind: str, **changes: Any) -> Act:
    began = changes.pop("began", 1.0)
    values = {"email": "", "reference": "", "slot": "", "status": "", "outcome": "done"}
    return Act(**{**values, "kind": kind, "began": began, "ended": began + 0.5, **changes})


@pytest.fixture
def booked(visit: Appointment) -> Act:
    """What the patient of `visit` was told; the mail about it has arrived."""
    OutboxMessage.objects.filter(send_at__lte=timezone.now()).update(state=State.SENT, sent_at=timezone.now())
    return make_act(
        "booked",
        email=visit.patient.email,
        reference=visit.display_reference,
        slot=make_key(visit.start, visit.practitioner, visit.location),
        status="booked",
    )


def receive_mails(times: int = 1) -> list[Message]:
    """Return the mails that are said to have left, as the mail server keeps them."""
    mails = []
    for message in OutboxMessage.objects.filter(state=State.SENT):
        mail = Message()
        mail["Message-ID"] = message.message_id
        mail["To"] = Appointment.objects.get(pk=message.subject_id).patient.email
        mails += [mail] * times
    return mails


def find(acts: list[Act], *, mails: list[Message] | None = None, may_double: int = 0) -> Verdict:
    received = receive_mails() if mails is None else mails
    return judge(presses=[], acts=acts, mails=received, may_double=may_double)


def test_judge_finds_nothing_where_all_is_as_told(booked: Act) -> None:
    verdict = find([booked])

    assert verdict.list_broken() == []
    assert verdict.is_good
    assert (verdict.visits, verdict.mails) == (1, 1)


@pytest.mark.usefixtures("transactional_db", "without_guards")
def test_judge_sees_an_overlap(booked: Act, visit: Appointment) -> None:
    other = Appointment.objects.get(pk=visit.pk)
    other.pk, other.uid, other.reference = None, uuid4(), "ZZZZZZ"
    other.save()

    verdict = find([booked])

    assert verdict.overlaps == 1
    assert not verdict.is_good
    assert "1 overlaps" in verdict.list_broken()


def forget(visit: Appointment) -> None:
    OutboxMessage.objects.all().delete()
    Appointment.objects.filter(pk=visit.pk).delete()


def move_elsewhere(visit: Appointment) -> None:
    shift = practice.at("11:00") - visit.start
    times = {name: getattr(visit, name) + shift for name in ("start", "end", "busy_start", "busy_end")}
    Appointment.objects.filter(pk=visit.pk).update(**times)


def mark_noshow(visit: Appointment) -> None:
    Appointment.objects.filter(pk=visit.pk).update(status=Status.NOSHOW)


@pytest.mark.parametrize(
    ("harm", "complaint"),
    [
        pytest.param(forget, "was booked, and is not there", id="gone"),
        pytest.param(move_elsewhere, "and was told to be at", id="elsewhere"),
        pytest.param(mark_noshow, "is noshow, and was told to be booked", id="another status"),
    ],
)
def test_judge_misses_an_acknowledged_visit(
    booked: Act, visit: Appointment, harm: Callable[[Appointment], None], complaint: str
) -> None:
    harm(visit)

    verdict = find([booked])

    assert not verdict.is_good
    assert [complaint in missing for missing in verdict.missing] == [True]


def test_judge_takes_a_later_word_or_a_lost_answer_for_what_has_changed_it(
    booked: Act, visit: Appointment
) -> None:
    move_elsewhere(visit)
    slot = make_key(practice.at("11:00"), visit.practitioner, visit.location)

    def move(**changes: Any) -> Act:
        return make_act("moved", reference=visit.display_reference, slot=slot, **changes)

    assert find([booked, move(began=2.0)]).missing == []
    assert find([booked, move(began=0.5, outcome="maybe")]).missing == []
    assert len(find([booked, move(began=2.0, outcome="refused")]).missing) == 1
    # Told before the booking: the last word is another.
    assert len(find([booked, move(began=0.1)]).missing) == 1


def test_judge_takes_an_undo_for_the_last_word(booked: Act, visit: Appointment) -> None:
    here = make_act("arrived", reference=visit.display_reference, status="arrived", began=2.0)
    back = make_act("undone", reference=visit.display_reference, status="booked", began=3.0)

    assert find([booked, here, back]).missing == []
    assert len(find([booked, here]).missing) == 1


def test_judge_takes_the_mail_of_a_visit_that_was_brought_back(booked: Act, visit: Appointment) -> None:
    cancelled = actions.cancel(appointment=visit, reason="practice", by=Actor.system())
    actions.undo(appointment=cancelled, by=Actor.system())
    OutboxMessage.objects.filter(state=State.QUEUED).update(state=State.SENT, sent_at=timezone.now())
    reference = visit.display_reference
    gone = make_act("cancelled", reference=reference, status="cancelled", began=2.0)
    back = make_act("undone", reference=reference, status="booked", began=3.0)

    assert find([booked, gone, back]).list_broken() == []


def test_judge_sees_visits_that_nobody_was_to_have(booked: Act, visit: Appointment) -> None:
    refused = make_act("booked", email=booked.email, outcome="refused")

    assert find([refused]).complaints == [f"{visit.display_reference} was refused, and is there"]
    assert f"{visit.display_reference} is there, and nobody booked it" in find([]).complaints


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"state": State.QUEUED, "sent_at": None}, "is due, and has not left"),
        ({"state": State.DEAD, "last_error": "SMTPDataError 550"}, "failed: SMTPDataError 550"),
        ({"state": State.DROPPED}, "is booked, and its mail was dropped"),
        ({"version": 7}, "is booked, and no mail was written of it"),
    ],
)
def test_judge_sees_a_lost_mail(booked: Act, changes: dict[str, Any], complaint: str) -> None:
    told = OutboxMessage.objects.filter(kind="booking.booked")
    mails = receive_mails()

    told.update(**changes)

    verdict = find([booked], mails=mails)
    assert not verdict.is_good
    assert [complaint in lost for lost in verdict.lost] == [True]


def test_judge_sees_a_mail_that_left_and_never_arrived_and_one_that_went_astray(booked: Act) -> None:
    astray = receive_mails()
    astray[0].replace_header("To", "somebody-else@example.org")

    assert ["has not arrived" in lost for lost in find([booked], mails=[]).lost] == [True]
    assert ["went to somebody else" in lost for lost in find([booked], mails=astray).lost] == [True]


def test_judge_counts_what_came_twice_against_the_deaths_that_excuse_it(booked: Act) -> None:
    twice = receive_mails(times=2)

    assert find([booked], mails=twice, may_double=1).is_good
    assert not find([booked], mails=twice, may_double=0).is_good


def test_judge_wants_no_answer_but_those_that_were_promised(booked: Act) -> None:
    presses = [Press(kind="home", began=1.0, seconds=0.1, outcome=word) for word in ("500", "timeout", "ok")]

    verdict = judge(presses=presses, acts=[booked], mails=receive_mails(), may_double=0)

    assert "1 requests were answered 500" in verdict.complaints
    assert not [complaint for complaint in verdict.complaints if "timeout" in complaint]
    assert list_unseen([booked]) == ["nothing was moved", "nothing was cancelled", "nothing was arrived"]


# --- What was on offer --------------------------------------------------------------


SLOT = "2026-12-01T15:00Z/riley/main"
TOLD = 1.5  # make_act ends half a second after it began


@pytest.mark.parametrize(
    ("began", "is_stale"), [(0.5, False), (TOLD + 0.9, False), (TOLD + 1.1, True), (TOLD + 60, True)]
)
def test_a_time_may_be_offered_for_a_second_after_it_was_taken(began: float, is_stale: bool) -> None:
    taken = make_act("booked", reference="AAAAAA", slot=SLOT)
    offer = Offer(began=began, ended=began + 0.1, slots=["2026-12-01T16:00Z/riley/main", SLOT])

    complaints = list_stale([offer], [taken])

    assert len(complaints) == is_stale
    assert all(SLOT in complaint for complaint in complaints)


@pytest.mark.parametrize(
    ("kind", "changes", "is_stale"),
    [
        ("cancelled", {"began": 4.0}, False),
        ("moved", {"began": 4.0, "slot": "elsewhere"}, False),
        ("cancelled", {"began": 4.0, "outcome": "maybe"}, False),
        ("cancelled", {"began": 4.0, "outcome": "refused"}, True),
        ("arrived", {"began": 4.0}, True),
        # The visit was there before, and moved to this time.
        ("moved", {"began": 0.1, "slot": "elsewhere"}, True),
    ],
)
def test_a_time_that_somebody_may_have_let_go_of_is_no_longer_taken(
    kind: str, changes: dict[str, Any], is_stale: bool
) -> None:
    taken = make_act("booked", reference="AAAAAA", slot=SLOT)
    later = make_act(kind, reference="AAAAAA", **changes)

    assert bool(list_stale([Offer(began=5.0, ended=5.1, slots=[SLOT])], [taken, later])) == is_stale


def test_offers_are_read_from_pages_and_from_answers_for_programs() -> None:
    page = f'<button name="slot" value="{SLOT}"></button><button name="slot" value="{SLOT}"></button>'
    told = {"start": "2026-12-01T10:00:00-05:00", "practitioner": "riley", "location": "main"}

    assert read_offered(page) == [SLOT]
    assert read_offered(json.dumps({"slots": [told]})) == [SLOT]


# --- Journals and figures -----------------------------------------------------------


def test_journals_are_read_as_they_were_written(tmp_path: Any) -> None:
    press = Press(kind="home", began=2.0, seconds=0.1, outcome="ok")
    act = make_act("booked", email="a@example.org", slot="x/y/z")
    offer = Offer(began=3.0, ended=3.1, slots=["x/y/z"])
    with Journal(tmp_path / "one.jsonl") as one, Journal(tmp_path / "two.jsonl") as two:
        one.note(press)
        two.note(act)
        two.note(offer)

    assert read_journals(tmp_path.glob("*.jsonl")) == ([press], [act], [offer])


def test_figures_tell_calm_from_storm() -> None:
    presses = [Press("home", began=at, seconds=0.010, outcome="ok") for at in (1, 2, 30)]
    presses.append(Press("home", began=9.9, seconds=3.0, outcome="timeout"))
    presses.append(Press("home", began=28, seconds=1.0, outcome="ok"))

    disturbances = measure_disturbances([Kill(at=10.0, what="web")], presses)
    [_, told] = describe_kills(disturbances, began=0)
    [_, _, home, everything] = describe_presses(presses, disturbances=disturbances, seconds=10)

    # The page that was asked for at 28 came at 29, after 19 seconds without any.
    assert told.split() == ["10", "s", "web", "19.0", "s"]
    assert home.split() == ["home", "5", "0.5", "10", "10", "10", "10", "1000", "1000", "1"]
    assert everything.startswith("all but the empty")
    assert percentile([1, 2, 3, 4], 0.5) == 2
    assert percentile([1, 2, 3, 4], 0.99) == 4
