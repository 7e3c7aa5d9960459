from collections.abc import Iterator

import pytest
import time_machine

from booking.tests import practice
from staff.tests.scene import Scene, make_scene


@pytest.fixture
def scene(db: None) -> Iterator[Scene]:
    with time_machine.travel(practice.NOW, tick=False):
        yield make_scene()
