"""What is of a patient is found in the models, and somebody has said what becomes of it."""

import pytest
from django.apps import apps
from django.db import models

from booking.models import Appointment, Patient
from booking.privacy.inventory import DECISIONS, find_numbered, find_related, find_undecided


def test_somebody_has_decided_about_every_model_of_a_patient() -> None:
    # Say in booking/privacy/inventory.py what an export tells of these, and what an erasure does.
    assert find_undecided() == set()


def test_a_new_model_of_a_patient_is_found() -> None:
    """The control: a model that points at a visit, made here and gone afterwards."""
    with isolated_model("Letter", visit=models.ForeignKey(Appointment, on_delete=models.CASCADE)):
        assert find_undecided() == {"booking.Letter"}


def test_a_new_model_with_the_number_of_a_patient_is_found() -> None:
    with isolated_model("Note", patient_id=models.BigIntegerField()):
        assert find_undecided() == {"booking.Note"}


def test_every_decision_is_about_a_model_that_is_there() -> None:
    found = {model._meta.label for model in (*find_related(), *find_numbered())}

    assert set(DECISIONS) == found


@pytest.mark.parametrize("label", DECISIONS)
def test_fields_that_are_left_out_exist(label: str) -> None:
    names = {one.name for one in apps.get_model(label)._meta.get_fields()}

    assert DECISIONS[label].inner <= names


def test_ways_lead_to_a_patient() -> None:
    ways = find_related()

    assert ways[Patient] == ""
    assert ways[apps.get_model("booking.IntakeAnswer")] == "appointment__patient"
    assert ways[apps.get_model("booking.WishLink")] == "entry__patient"
    # Not over the held time, which goes a day after.
    assert ways[apps.get_model("booking.WaitlistOffer")] == "entry__patient"


class isolated_model:
    """A model of booking that exists for the length of the block."""

    def __init__(self, name: str, **fields: "models.Field") -> None:
        self.name, self.fields = name, fields

    def __enter__(self) -> None:
        meta = type("Meta", (), {"app_label": "booking"})
        type(self.name, (models.Model,), {"__module__": "booking.models", "Meta": meta, **self.fields})

    def __exit__(self, *error: object) -> None:
        del apps.all_models["booking"][self.name.lower()]
        apps.clear_cache()
