"""Processor time of this process, of some work and of its floor in turns."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import process_time
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from django.test.client import ClientHandler
from django.test.utils import override_settings

from clinic.stack import keep_room

ROUNDS = 15
SOME_MILLISECONDS = 40


@dataclass(frozen=True)
class Timing:
    """CPU milliseconds, medians, of the work and of its floor."""

    own: float
    floor: float

    @property
    def times(self) -> float:
        return self.own / self.floor


def time_beside(own: Callable[[], Any], floor: Callable[[], Any]) -> Timing:
    """Time both in turns, as often in a row as makes some milliseconds; with room, as behind gunicorn."""
    own, floor = keep_room(own), keep_room(floor)
    taken: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(ROUNDS):
        for is_floor, work in ((False, own), (True, floor)):
            began = process_time()
            work_count = 0
            while (spent := (process_time() - began) * 1000) < SOME_MILLISECONDS:
                work()
                work_count += 1
            taken[is_floor].append(spent / work_count)
    return Timing(own=median(taken[False]), floor=median(taken[True]))


class BareHandler(ClientHandler):
    """Leads to the floor, without any middleware.

    Never by another ROOT_URLCONF for a moment: each change makes Django read all addresses anew, ours too.
    """

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=False)
        with override_settings(MIDDLEWARE=[]):
            self.load_middleware()

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        request.urlconf = "benchmarks.floor"
        return super().get_response(request)


def make_bare_client() -> Client:
    client = Client()
    client.handler = BareHandler()
    return client
